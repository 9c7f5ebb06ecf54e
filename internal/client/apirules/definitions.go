package apirules

import (
	"fmt"
	"io/fs"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemacel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"crier.dev/crier/config/crd"
)

// definition is one kind.
type definition struct {
	namespaced bool
	versions   map[string]*version
}

// version of a kind. Its rules are compiled when they are first asked for,
// which takes some 10 ms.
type version struct {
	compiled func() (*rules, error)
}

type rules struct {
	structural *structuralschema.Structural
	schema     validation.SchemaValidator
	cel        *schemacel.Validator
}

// definitions are the kinds by name, read once.
var definitions = sync.OnceValues(func() (map[string]*definition, error) {
	files, err := fs.Glob(crd.Bases, "bases/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]*definition{}
	for _, file := range files {
		text, err := fs.ReadFile(crd.Bases, file)
		if err != nil {
			return nil, err
		}
		var read apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &read); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		d := &definition{
			namespaced: read.Spec.Scope == apiextensionsv1.NamespaceScoped,
			versions:   map[string]*version{},
		}
		for _, v := range read.Spec.Versions {
			schema := v.Schema
			d.versions[v.Name] = &version{sync.OnceValues(func() (*rules, error) { return compile(schema) })}
		}
		all[read.Spec.Names.Kind] = d
	}
	return all, nil
})

func compile(schema *apiextensionsv1.CustomResourceValidation) (*rules, error) {
	var internal apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(schema.OpenAPIV3Schema, &internal, nil)
	if err != nil {
		return nil, err
	}
	var r rules
	if r.structural, err = structuralschema.NewStructural(&internal); err != nil {
		return nil, err
	}
	if r.schema, _, err = validation.NewSchemaValidator(&internal); err != nil {
		return nil, err
	}
	r.cel = schemacel.NewValidator(r.structural, true, cel.PerCallLimit)
	return &r, nil
}
