package filter

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"crier.dev/crier/internal/words"
)

const example = `write a condition such as subscriber.attributes.branch == "executive"`

// names checks the names in an expression before its types: what a name that
// doesn't exist was meant to be is the most useful thing to say.
type names struct {
	source source
	schema Schema
	used   map[string]bool
	locals []string // variables of exists and its like, innermost last
	depth  int      // of comprehensions
}

// check looks at a part that is used as a value. It stops at the first
// mistake.
func (n *names) check(e ast.Expr) *Error {
	switch e.Kind() {
	case ast.IdentKind:
		return n.ident(e)
	case ast.SelectKind:
		return n.selection(e)
	case ast.CallKind:
		return n.call(e)
	case ast.ListKind:
		return n.all(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			if err := n.all([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()}); err != nil {
				return err
			}
		}
	case ast.StructKind:
		return n.source.errorAt(e.ID(), "an object can't be made here; %s", example)
	case ast.ComprehensionKind:
		return n.comprehension(e)
	}
	return nil
}

func (n *names) all(list []ast.Expr) *Error {
	for _, e := range list {
		if err := n.check(e); err != nil {
			return err
		}
	}
	return nil
}

func (n *names) ident(e ast.Expr) *Error {
	name := e.AsIdent()
	switch {
	case slices.Contains(n.locals, name):
		return nil
	case name == variable:
		return n.source.errorAt(e.ID(), "subscriber is a whole person; write one of its fields: "+
			"subscriber.email, subscriber.name, subscriber.domain, or subscriber.attributes.<name>")
	}
	return n.unknown(e.ID(), name)
}

// unknown is about a name that stands alone.
func (n *names) unknown(id int64, name string) *Error {
	switch name {
	case fieldEmail, fieldName, fieldDomain:
		return n.source.errorAt(id, "unknown name %s; write subscriber.%s", name, name)
	case fieldAttribute:
		return n.source.errorAt(id, "attributes belong to a person; write subscriber.attributes.<name>")
	}
	if n.schema != nil {
		if _, ok := n.schema[name]; ok {
			return n.source.errorAt(id, "unknown name %s; write subscriber.attributes.%s", words.Clip(name), words.Clip(name))
		}
	}
	if nearest(name, []string{variable}) != "" {
		return n.source.errorAt(id, "unknown name %s. Did you mean subscriber?", words.Clip(name))
	}
	return n.source.errorAt(id, "unknown name %s. Write a text in quotation marks, %q, and an attribute as subscriber.attributes.%s",
		words.Clip(name), words.Clip(name), words.Clip(name))
}

func (n *names) selection(e ast.Expr) *Error {
	s := e.AsSelect()
	switch operand := s.Operand(); {
	case n.is(operand):
		return n.field(e)
	case operand.Kind() == ast.SelectKind && n.is(operand.AsSelect().Operand()) &&
		operand.AsSelect().FieldName() == fieldAttribute:
		return n.attribute(e, s.FieldName())
	case operand.Kind() == ast.IdentKind && operand.AsIdent() == fieldAttribute && !slices.Contains(n.locals, fieldAttribute):
		return n.source.errorAt(operand.ID(), "write subscriber.attributes.%s", words.Clip(s.FieldName()))
	default:
		return n.check(operand)
	}
}

// is says whether a part is the variable subscriber.
func (n *names) is(e ast.Expr) bool {
	return e.Kind() == ast.IdentKind && e.AsIdent() == variable && !slices.Contains(n.locals, variable)
}

// field is subscriber.<name> as a value.
func (n *names) field(e ast.Expr) *Error {
	s := e.AsSelect()
	switch name := s.FieldName(); name {
	case fieldEmail, fieldName, fieldDomain:
		return nil
	case fieldAttribute:
		if s.IsTestOnly() {
			return n.source.errorAtField(e, "everybody has attributes; write has(subscriber.attributes.<name>)")
		}
		return n.source.errorAtField(e, "subscriber.attributes are all attributes of a person; write subscriber.attributes.<name>. %s",
			n.schema.known())
	default:
		return n.unknownField(e, name)
	}
}

func (n *names) unknownField(e ast.Expr, name string) *Error {
	own := []string{fieldEmail, fieldName, fieldDomain, fieldAttribute}
	if _, ok := n.schema[name]; ok {
		return n.source.errorAtField(e, "unknown field %s; write subscriber.attributes.%s", words.Clip(name), words.Clip(name))
	}
	if meant := nearest(name, own); meant != "" {
		return n.source.errorAtField(e, "unknown field %s. Did you mean subscriber.%s?", words.Clip(name), meant)
	}
	if meant := nearest(name, slices.Collect(maps.Keys(n.schema))); meant != "" {
		return n.source.errorAtField(e, "unknown field %s. Did you mean subscriber.attributes.%s?", words.Clip(name), words.Clip(meant))
	}
	return n.source.errorAtField(e, "unknown field %s. A subscriber has email, name, domain and attributes; "+
		"if it is an attribute, write subscriber.attributes.%s", words.Clip(name), words.Clip(name))
}

// attribute is subscriber.attributes.<name>.
func (n *names) attribute(e ast.Expr, name string) *Error {
	if _, ok := n.schema.typeOf(name); ok {
		n.used[name] = true
		return nil
	}
	message := "unknown attribute " + words.Clip(name) + "."
	if meant := nearest(name, slices.Collect(maps.Keys(n.schema))); meant != "" {
		message += " Did you mean " + words.Clip(meant) + "?"
	}
	return n.source.errorAtField(e, "%s %s", message, n.schema.known())
}

func (n *names) comprehension(e ast.Expr) *Error {
	c := e.AsComprehension()
	if err := n.check(c.IterRange()); err != nil {
		return err
	}
	if n.depth == maxNesting {
		return n.source.errorAt(e.ID(), "exists, all, filter and map are nested more than %d deep. %s", maxNesting, simplify)
	}
	if c.IterVar() == variable {
		return n.source.errorAt(e.ID(), "subscriber is the person; give the element of the list another name, such as t")
	}
	outer := n.locals
	n.locals = append(slices.Clip(outer), c.IterVar(), c.AccuVar())
	if c.HasIterVar2() {
		n.locals = append(n.locals, c.IterVar2())
	}
	n.depth++
	err := n.all([]ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()})
	n.depth--
	n.locals = outer
	return err
}

// bracketed is subscriber["x"] or subscriber.attributes["x"].
func (n *names) bracketed(e ast.Expr) *Error {
	args := e.AsCall().Args()
	if len(args) != 2 {
		return nil
	}
	of, key := args[0], args[1]
	whole := of.Kind() == ast.SelectKind && n.is(of.AsSelect().Operand()) && of.AsSelect().FieldName() == fieldAttribute
	if !whole && !n.is(of) {
		return nil
	}
	name := "<name>"
	if key.Kind() == ast.LiteralKind && key.AsLiteral().Type() == types.StringType {
		if s, ok := key.AsLiteral().Value().(string); ok && s != "" && strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) }) < 0 {
			name = s
		}
	}
	return n.source.errorAt(e.ID(), "write the name of an attribute after a dot: subscriber.attributes.%s", words.Clip(name))
}

func (n *names) call(e ast.Expr) *Error {
	if err := n.function(e); err != nil {
		return err
	}
	c := e.AsCall()
	if c.FunctionName() == operators.Index {
		if err := n.bracketed(e); err != nil {
			return err
		}
	}
	if c.IsMemberFunction() {
		if err := n.check(c.Target()); err != nil {
			return err
		}
	}
	return n.all(c.Args())
}
