package crd_test

import (
	"io/fs"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"crier.dev/crier/config/crd"
)

// TestNoDefaultWithinLists: what an API server writes into items of a list, or
// into values of a map, differs from the manifest ever after: kubectl apply
// says "configured" each time, and Argo CD OutOfSync.
func TestNoDefaultWithinLists(t *testing.T) {
	files, err := fs.Glob(crd.Bases, "bases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d definitions: %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(crd.Bases, file)
		if err != nil {
			t.Fatal(err)
		}
		var d apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, v := range d.Spec.Versions {
			for _, path := range defaults(d.Spec.Names.Kind, *v.Schema.OpenAPIV3Schema, false) {
				t.Errorf("%s: %s has a default: say what it means unless given in api/v1alpha1/unset.go", file, path)
			}
		}
	}
}

// TestDefaultsAreFound is about the search of the test above.
func TestDefaultsAreFound(t *testing.T) {
	var schema apiextensionsv1.JSONSchemaProps
	if err := yaml.Unmarshal([]byte(`
properties:
  outside: {type: string, default: x}
  list: {type: array, items: {properties: {deep: {properties: {inside: {type: string, default: x}}}}}}
  map: {type: object, additionalProperties: {properties: {inside: {type: string, default: x}}}}
`), &schema); err != nil {
		t.Fatal(err)
	}
	if got := defaults("", schema, false); len(got) != 2 {
		t.Errorf("found %q, want those within the list and the map", got)
	}
}

// defaults are the paths that have one, within a list or a map.
func defaults(path string, s apiextensionsv1.JSONSchemaProps, within bool) (found []string) {
	if within && s.Default != nil {
		found = append(found, path)
	}
	for name, property := range s.Properties {
		found = append(found, defaults(path+"."+name, property, within)...)
	}
	if s.Items != nil && s.Items.Schema != nil {
		found = append(found, defaults(path+"[]", *s.Items.Schema, true)...)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		found = append(found, defaults(path+"{}", *s.AdditionalProperties.Schema, true)...)
	}
	return found
}
