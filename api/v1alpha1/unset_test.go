package v1alpha1_test

import (
	"reflect"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// TestUnset: a field that is left out means what an earlier schema wrote there.
func TestUnset(t *testing.T) {
	for what, pair := range map[string][2]any{
		"key of a DKIM key":     {crier.SecretKeyReference{}.KeyName(), crier.SecretKeyReference{Key: "tls.key"}.KeyName()},
		"unit of a rate":        {crier.Rate{}.Period(), crier.Rate{Per: "Second"}.Period()},
		"type of a parameter":   {crier.TemplateParameter{}.ValueType(), crier.TemplateParameter{Type: "String"}.ValueType()},
		"type of an attribute":  {crier.AttributeDeclaration{}.ValueType(), crier.AttributeDeclaration{Type: "String"}.ValueType()},
		"attributes for a hash": {crier.Declared(map[string]crier.AttributeDeclaration{"a": {}}), map[string]crier.AttributeDeclaration{"a": {Type: "String"}}},
		"no attributes":         {crier.Declared(nil), map[string]crier.AttributeDeclaration(nil)},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: left out it is %v, want %v", what, pair[0], pair[1])
		}
	}
	for what, pair := range map[string][2]any{
		"key":       {crier.SecretKeyReference{Key: "dkim.pem"}.KeyName(), "dkim.pem"},
		"rate":      {crier.Rate{Per: crier.PerHour}.Period(), crier.PerHour},
		"parameter": {crier.TemplateParameter{Type: crier.ParameterColor}.ValueType(), crier.ParameterColor},
		"attribute": {crier.AttributeDeclaration{Type: crier.AttributeList}.ValueType(), crier.AttributeList},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: given it is %v, want %v", what, pair[0], pair[1])
		}
	}
}
