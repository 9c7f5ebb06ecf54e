// Package kustomize_test checks that kustomize is told of every reference.
package kustomize_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"crier.dev/crier/config/crd"
)

// TestEveryReferenceIsKnown compares names/names.yaml with the schemas of the
// kinds that users write, both ways.
func TestEveryReferenceIsKnown(t *testing.T) {
	var configuration struct {
		NameReference []struct {
			FieldSpecs []struct{ Group, Kind, Path string }
		}
	}
	text, err := os.ReadFile("names/names.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &configuration); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, target := range configuration.NameReference {
		for _, f := range target.FieldSpecs {
			known[f.Group+" "+f.Kind+" "+strings.TrimSuffix(f.Path, "/name")] = true
		}
	}
	want := map[string]bool{}
	for _, plural := range []string{"broadcasts", "mailinglists", "messagetemplates", "relays", "subscribersets", "suppressions"} {
		for _, path := range references(t, plural) {
			want[path] = true
		}
	}
	if !maps.Equal(known, want) {
		t.Errorf("names.yaml has\n%s\nthe schemas have\n%s", lines(known), lines(want))
	}
}

func lines(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), "\n") }

// referring are the fields with a name that is the name of another object.
var referring = regexp.MustCompile(`(Refs?|/subscriberSets|/configMap|/secret|/scope)$`)

// references are the group, the kind and the paths of the fields of a kind.
func references(t *testing.T, plural string) (found []string) {
	t.Helper()
	text, err := crd.Bases.ReadFile("bases/crier.dev_" + plural + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, s apiextensionsv1.JSONSchemaProps)
	walk = func(path string, s apiextensionsv1.JSONSchemaProps) {
		if s.Items != nil {
			s = *s.Items.Schema
		}
		if _, named := s.Properties["name"]; named && referring.MatchString(path) {
			found = append(found, d.Spec.Group+" "+d.Spec.Names.Kind+" "+path)
		}
		for name, property := range s.Properties {
			walk(path+"/"+name, property)
		}
	}
	walk("spec", d.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"])
	return found
}
