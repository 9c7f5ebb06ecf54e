package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// bookkeeping are labels and annotations that only one of the two tools sets
// and that nothing in the cluster acts on.
var bookkeeping = []string{
	"app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart",
	"helm.sh/resource-policy", digestAnnotation,
}

// compareFiles fails unless both files hold the same objects.
func compareFiles(a, b string) error {
	left, err := readObjects(a)
	if err != nil {
		return err
	}
	right, err := readObjects(b)
	if err != nil {
		return err
	}
	differences := compareObjects(left, right)
	if len(differences) == 0 {
		return nil
	}
	return fmt.Errorf("%s (left) and %s (right) differ:\n  %s", a, b, strings.Join(differences, "\n  "))
}

func readObjects(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	objects, err := parseObjects(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return objects, nil
}

// parseObjects reads a YAML stream into objects by kind, namespace and name.
func parseObjects(text []byte) (map[string]any, error) {
	out := map[string]any{}
	for _, document := range documents(text) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			return nil, err
		}
		if object == nil {
			continue // Only comments.
		}
		key, err := objectKey(object)
		if err != nil {
			return nil, err
		}
		if _, ok := out[key]; ok {
			return nil, fmt.Errorf("%s appears twice", key)
		}
		normalise(object)
		out[key] = object
	}
	return out, nil
}

func objectKey(object map[string]any) (string, error) {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	kind, _ := object["kind"].(string)
	if name == "" || kind == "" {
		return "", errors.New("an object without kind or name")
	}
	namespace, _ := metadata["namespace"].(string)
	return fmt.Sprintf("%s %s/%s", kind, namespace, name), nil
}

// normalise drops bookkeeping and empty maps, and spells the rules of a role out
// one permission at a time, since the order and grouping of rules mean nothing.
func normalise(object map[string]any) {
	for key, value := range object {
		child, ok := value.(map[string]any)
		if !ok {
			continue
		}
		if key == "labels" || key == "annotations" {
			maps.DeleteFunc(child, func(name string, _ any) bool { return slices.Contains(bookkeeping, name) })
		}
		normalise(child)
		if len(child) == 0 {
			delete(object, key)
		}
	}
	kind, _ := object["kind"].(string)
	if rules, ok := object["rules"].([]any); ok && (kind == "Role" || kind == "ClusterRole") {
		object["rules"] = permissions(rules)
	}
}

// permissions lists every (group, resource, name, URL, verb) of rules, sorted.
func permissions(rules []any) map[string]any {
	out := map[string]any{}
	for _, one := range rules {
		r, _ := one.(map[string]any)
		for _, group := range orBlank(r["apiGroups"]) {
			for _, resource := range orBlank(r["resources"]) {
				for _, name := range orBlank(r["resourceNames"]) {
					for _, url := range orBlank(r["nonResourceURLs"]) {
						for _, verb := range orBlank(r["verbs"]) {
							out[fmt.Sprint([]any{verb, group, resource, name, url})] = true
						}
					}
				}
			}
		}
	}
	return out
}

// orBlank makes an absent list one blank element, so that it multiplies by one.
func orBlank(list any) []any {
	if values, ok := list.([]any); ok && len(values) > 0 {
		return values
	}
	return []any{""}
}

// compareObjects names what is on one side only and what differs, sorted.
func compareObjects(left, right map[string]any) []string {
	var out []string
	for key, value := range left {
		other, ok := right[key]
		if !ok {
			out = append(out, key+": only on the left")
			continue
		}
		out = append(out, compareValues(key, value, other)...)
	}
	for key := range right {
		if _, ok := left[key]; !ok {
			out = append(out, key+": only on the right")
		}
	}
	slices.Sort(out)
	return out
}

// compareValues descends into maps and lists of one length, so that a
// difference is named by its path and not by two whole objects.
func compareValues(path string, left, right any) []string {
	if a, ok := left.(map[string]any); ok {
		if b, ok := right.(map[string]any); ok {
			return compareMaps(path, a, b)
		}
	}
	a, okA := left.([]any)
	b, okB := right.([]any)
	if okA && okB && len(a) == len(b) {
		var out []string
		for i := range a {
			out = append(out, compareValues(fmt.Sprintf("%s[%d]", path, i), a[i], b[i])...)
		}
		return out
	}
	if x, y := encode(left), encode(right); x != y {
		return []string{fmt.Sprintf("%s: %s, %s", path, x, y)}
	}
	return nil
}

func compareMaps(path string, left, right map[string]any) []string {
	var out []string
	for key := range left {
		out = append(out, compareValues(path+" "+key, left[key], right[key])...)
	}
	for key := range right {
		if _, ok := left[key]; !ok {
			out = append(out, compareValues(path+" "+key, nil, right[key])...)
		}
	}
	return out
}

// encode is the JSON of a value that came out of a decoder.
func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
