package manifest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/apirules"
)

var (
	// ours is what a text has that is about objects of Crier: the group, but
	// not as a part of an address.
	ours = regexp.MustCompile(`(^|[^\w/.@-])crier\.dev/`)
	// declares is what a text has that is about objects of Kubernetes.
	declares = regexp.MustCompile(`(?m)^\s*(- )?["']?apiVersion["']?\s*:`)
	// template is what texts have that aren't YAML before another program has
	// filled them in.
	template = regexp.MustCompile(`\{\{|\{%|<%|\$\{\{`)
	// patch has the directives of strategic merge patches.
	patch = regexp.MustCompile(`^\$(patch|retainKeys|setElementOrder/.*|deleteFromPrimitiveList/.*)$`)
)

// mayHold says whether a text can hold an object at all, or something that
// was to be one: others aren't parsed.
func mayHold(text []byte) bool {
	return bytes.Contains(text, []byte("apiVersion")) || bytes.Contains(text, []byte("kind")) || ours.Match(text)
}

// wants says whether a document that can't be read was to be an object: the
// file is about Crier, or the document has an apiVersion and isn't a template.
func wants(file, document []byte) bool {
	return ours.Match(file) || declares.Match(document) && !template.Match(document)
}

// misnamed says what is wrong with a document that isn't an object and was to
// be one of Crier's, and at which field; "" if it wasn't.
func misnamed(content map[string]any) (field, message string) {
	version, _ := content["apiVersion"].(string)
	kind, _ := content["kind"].(string)
	kinds, err := apirules.Kinds()
	if err != nil {
		return "", ""
	}
	isOurs := slices.Contains(kinds, kind)
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return strings.HasPrefix(k, "Delivery") }) // Crier's own
	group := crier.GroupVersion.Group + "/"
	for key, value := range content {
		if s, ok := value.(string); ok && key != "apiVersion" && strings.HasPrefix(s, group+"v") {
			return key, fmt.Sprintf("this isn't a Kubernetes object: write apiVersion instead of %s", key)
		}
	}
	switch {
	case strings.HasPrefix(version, group):
		return "apiVersion", "this isn't a Kubernetes object without a kind: write kind: " + strings.Join(kinds, " or ")
	case isOurs && (content["spec"] != nil || content["metadata"] != nil):
		return "kind", "this isn't a Kubernetes object without an apiVersion: write apiVersion: " + crier.GroupVersion.String()
	}
	return "", ""
}

// holdsOurs says whether an element of a list is an object of Crier.
func holdsOurs(list any) bool {
	elements, _ := list.([]any)
	return slices.ContainsFunc(elements, func(element any) bool {
		object, _ := element.(map[string]any)
		version, _ := object["apiVersion"].(string)
		return strings.HasPrefix(version, crier.GroupVersion.Group+"/")
	})
}

// encrypted says whether SOPS has encrypted values of an object.
func encrypted(content map[string]any) bool {
	sops, ok := content["sops"].(map[string]any)
	return ok && (sops["mac"] != nil || sops["lastmodified"] != nil || sops["version"] != nil)
}
