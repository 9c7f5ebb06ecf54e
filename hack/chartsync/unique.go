package main

import "fmt"

// uniqueRules fails if one schema holds the same CEL rule twice. A create
// accepts that, but server-side apply, as Helm and GitOps tools do it, refuses
// the CRD: rules are a map by their text there. It happens when a type repeats
// a rule of the type that it embeds.
func uniqueRules(path string, value any) error {
	switch node := value.(type) {
	case []any:
		for i, child := range node {
			if err := uniqueRules(fmt.Sprintf("%s[%d]", path, i), child); err != nil {
				return err
			}
		}
	case map[string]any:
		seen := map[string]bool{}
		for _, text := range ruleTexts(node["x-kubernetes-validations"]) {
			if seen[text] {
				return fmt.Errorf("%s holds the rule %q twice", path, text)
			}
			seen[text] = true
		}
		for key, child := range node {
			if err := uniqueRules(path+"."+key, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// ruleTexts lists the rules of an x-kubernetes-validations.
func ruleTexts(validations any) []string {
	list, _ := validations.([]any)
	var out []string
	for _, one := range list {
		if validation, ok := one.(map[string]any); ok {
			if text, ok := validation["rule"].(string); ok {
				out = append(out, text)
			}
		}
	}
	return out
}
