package v1alpha1

import (
	"cmp"
	"maps"
)

// The fields here are items of lists or values of maps, so no default is in
// the schema: one that an API server wrote there would differ from the
// manifest forever, since clients compare such lists as a whole. What the
// field means unless it is given is said here, and read through these methods
// alone. Objects that an earlier schema filled in have the value written.

// DefaultSecretKey is the key of a Secret that holds a private key.
const DefaultSecretKey = "tls.key"

// KeyName is the key within the Secret: DefaultSecretKey unless given.
func (r SecretKeyReference) KeyName() string { return cmp.Or(r.Key, DefaultSecretKey) }

// Period is the unit of time: a second unless given.
func (r Rate) Period() RatePeriod { return cmp.Or(r.Per, PerSecond) }

// ValueType is the type of the parameter's value: String unless given.
func (p TemplateParameter) ValueType() ParameterType { return cmp.Or(p.Type, ParameterString) }

// ValueType is the type of the attribute's values: String unless given.
func (d AttributeDeclaration) ValueType() AttributeType { return cmp.Or(d.Type, AttributeString) }

// Declared are attributes with their types, for digests: one that is written
// and one that is left out are the same.
func Declared(attributes map[string]AttributeDeclaration) map[string]AttributeDeclaration {
	out := maps.Clone(attributes)
	for name, d := range out {
		d.Type = d.ValueType()
		out[name] = d
	}
	return out
}
