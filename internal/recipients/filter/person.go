package filter

import (
	"errors"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// The variable, its fields, and the names that their types have in CEL.
const (
	variable       = "subscriber"
	fieldEmail     = "email"
	fieldDomain    = "domain"
	fieldName      = "name"
	fieldAttribute = "attributes"

	typeSubscriber = "crier.Subscriber"
	typeAttributes = "crier.Attributes"
)

// errMissing never leaves the evaluation.
var errMissing = errors.New("missing")

// person is one subscriber during an evaluation: the variables, the value of
// subscriber, and that of subscriber.attributes.
type person struct {
	email, name string
	attributes  map[string]string

	// large says that a value was larger than maxText; it had no result then.
	large bool
	// counted says that the cost is counted, so that values may be large.
	counted bool
}

// fits says whether a value may be looked at, and remembers one that is too
// large to go without counting.
func (p *person) fits(value string) bool {
	if len(value) > maxText && !p.counted {
		p.large = true
		return false
	}
	return true
}

// ResolveName implements cel.Activation.
func (p *person) ResolveName(name string) (any, bool) {
	return p, name == variable
}

// Parent implements cel.Activation.
func (p *person) Parent() cel.Activation { return nil }

func (p *person) domain() string {
	return strings.ToLower(p.email[strings.LastIndexByte(p.email, '@')+1:])
}

// provider tells checker and planner which fields there are, and how to get
// at them.
type provider struct {
	types.Provider

	schema Schema
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if name == typeSubscriber || name == typeAttributes {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p *provider) FindStructFieldNames(string) ([]string, bool) { return nil, false }

func (p *provider) FindStructFieldType(of, field string) (*types.FieldType, bool) {
	switch of {
	case typeSubscriber:
		return subscriberField(field)
	case typeAttributes:
		t, ok := p.schema.typeOf(field)
		if !ok {
			return nil, false
		}
		return attributeField(field, t), true
	}
	return p.Provider.FindStructFieldType(of, field)
}

func subscriberField(name string) (*types.FieldType, bool) {
	switch name {
	case fieldEmail:
		return textField(func(p *person) string { return p.email }), true
	case fieldName:
		return textField(func(p *person) string { return p.name }), true
	case fieldDomain:
		return textField((*person).domain), true
	case fieldAttribute:
		return &types.FieldType{
			Type:    types.NewObjectType(typeAttributes),
			IsSet:   func(any) bool { return true },
			GetFrom: func(target any) (any, error) { return target, nil },
		}, true
	}
	return nil, false
}

func textField(get func(*person) string) *types.FieldType {
	return &types.FieldType{
		Type: types.StringType,
		IsSet: func(target any) bool {
			p, ok := target.(*person)
			return ok && get(p) != ""
		},
		GetFrom: func(target any) (any, error) {
			p, ok := target.(*person)
			if !ok {
				return nil, errMissing
			}
			value := get(p)
			if !p.fits(value) {
				return nil, errMissing
			}
			return types.String(value), nil
		},
	}
}

// attributeField is one attribute. What is missing has the value that the
// package documentation says, or errMissing.
func attributeField(name string, t Type) *types.FieldType {
	value := t.reader()
	return &types.FieldType{
		Type: t.cel(),
		IsSet: func(target any) bool {
			p, ok := target.(*person)
			if !ok {
				return false
			}
			return t.present(p.attributes[name])
		},
		GetFrom: func(target any) (any, error) {
			p, ok := target.(*person)
			if !ok {
				return nil, errMissing
			}
			stored := p.attributes[name]
			if !p.fits(stored) {
				return nil, errMissing
			}
			return value(stored)
		},
	}
}

// reader makes a value of a stored text.
func (t Type) reader() func(stored string) (ref.Val, error) {
	switch t {
	case TypeInteger:
		return func(stored string) (ref.Val, error) {
			n, err := parseInteger(stored)
			return types.Int(n), err
		}
	case TypeNumber:
		return func(stored string) (ref.Val, error) {
			n, err := parseNumber(stored)
			return types.Double(n), err
		}
	case TypeBoolean:
		return func(stored string) (ref.Val, error) {
			b, err := parseBoolean(stored)
			return types.Bool(err == nil && b), nil
		}
	case TypeDate:
		return func(stored string) (ref.Val, error) {
			d, err := parseDate(stored)
			return types.Timestamp{Time: d}, err
		}
	case TypeList:
		return func(stored string) (ref.Val, error) {
			return types.NewStringList(types.DefaultTypeAdapter, parseList(stored)), nil
		}
	}
	return func(stored string) (ref.Val, error) { return types.String(stored), nil }
}
