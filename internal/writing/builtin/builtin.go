// Package builtin holds the message templates that come with Crier. They are
// manifests of the kind MessageTemplate, so that one that doesn't fit is
// exported, changed and applied like any other.
package builtin

import (
	"embed"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
)

//go:embed templates/*.yaml
var manifests embed.FS

// names are in the order in which people are shown them.
var names = []string{"announcement", "newsletter", "alert", "invitation", "survey", "letter"}

// Names are the names that content.templateRef.builtin takes.
func Names() []string { return slices.Clone(names) }

// Manifest is the template as a manifest, comments included. It is false if
// there is none of that name.
func Manifest(name string) ([]byte, bool) {
	if !slices.Contains(names, name) {
		return nil, false
	}
	manifest, err := manifests.ReadFile("templates/" + name + ".yaml")
	return manifest, err == nil
}

// Get is the template of that name. It is false if there is none.
func Get(name string) (crier.MessageTemplateSpec, bool) {
	manifest, known := Manifest(name)
	if !known {
		return crier.MessageTemplateSpec{}, false
	}
	var template crier.MessageTemplate
	if err := yaml.UnmarshalStrict(manifest, &template); err != nil {
		// The tests read every one of them.
		panic(fmt.Sprintf("built-in template %s: %v", name, err))
	}
	return template.Spec, true
}
