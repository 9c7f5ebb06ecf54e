package draft

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/layout"
)

// Template is a MessageTemplate for the layout.
func Template(name string, spec crier.MessageTemplateSpec) *layout.Template {
	t := &layout.Template{Name: name, HTML: spec.HTML, Text: spec.Text}
	for _, p := range spec.Parameters {
		t.Parameters = append(t.Parameters, layout.Parameter{
			Name: p.Name, Description: p.Description, Type: layout.ParameterType(p.ValueType()),
			Required: p.Required, Default: p.Default,
		})
	}
	return t
}

// Builtin is a template that comes with Crier; nil for a name that none has.
func Builtin(name crier.BuiltinTemplate) *layout.Template {
	spec, ok := builtin.Get(string(name))
	if !ok {
		return nil
	}
	return Template(string(name), spec)
}
