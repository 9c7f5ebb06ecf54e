package content

import (
	"slices"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
)

// call checks a function and its arguments and returns the kind of its result.
func (c *checker) call(id *parse.IdentifierNode, args []parse.Node, s *scope, depth int, piped bool, last kind) kind {
	if c.done() || !c.enter(id.Pos, depth) {
		return kindUnknown
	}
	sig, ok := signatures[id.Ident]
	if !ok {
		c.unknownFunction(id)
		return kindUnknown
	}
	kinds := make([]kind, 0, len(args)+1)
	for _, a := range args {
		kinds = append(kinds, c.operand(a, s, depth))
	}
	if piped {
		kinds = append(kinds, last)
	}
	if len(kinds) < len(sig.args) || !sig.more && len(kinds) > len(sig.args) {
		c.problem(id.Pos, "%s has %d arguments; use it as in %s", id.Ident, len(kinds), sig.example)
		return sig.gives
	}
	if id.Ident == "index" {
		c.index(id.Pos, args)
	}
	for i, k := range kinds {
		want := sig.args[min(i, len(sig.args)-1)]
		if !fits(k, want) {
			c.problem(id.Pos, "%s can't take %s; use it as in %s", id.Ident, k, sig.example)
			return sig.gives
		}
	}
	return c.result(id, sig, kinds)
}

// fits says whether a value may be passed where want is expected. Conditions
// take anything that has a truth value; comparisons take what can be ordered.
func fits(k, want kind) bool {
	switch {
	case k == kindUnknown, k == want:
		return true
	case want == kindMixed:
		return k != kindRecipient
	case want == kindUnknown:
		return k == kindText || k == kindNumber || k == kindBool
	}
	return false
}

func (c *checker) result(id *parse.IdentifierNode, sig signature, kinds []kind) kind {
	same := true
	for _, k := range kinds {
		if k != kinds[0] && k != kindUnknown && kinds[0] != kindUnknown {
			same = false
		}
	}
	switch {
	case sig.args[0] == kindUnknown && !same:
		c.problem(id.Pos, "%s compares %s with %s; compare like with like, as in %s", id.Ident, kinds[0], kinds[1], sig.example)
	case sig.args[0] == kindUnknown && sig.gives == kindBool && kinds[0] == kindBool && id.Ident != "eq" && id.Ident != "ne":
		c.problem(id.Pos, "%s can't order true and false; use eq or ne", id.Ident)
	}
	switch {
	case sig.gives != kindUnknown:
		return sig.gives
	case same:
		return kinds[0]
	}
	return kindMixed
}

// index reads an attribute whose name may not be an identifier; the name must
// be written out, so that it can be checked.
func (c *checker) index(pos parse.Pos, args []parse.Node) {
	var name *parse.StringNode
	if len(args) == 2 {
		name, _ = args[1].(*parse.StringNode)
	}
	if name == nil {
		c.problem(pos, "index needs the name of an attribute in quotation marks, as in %s", signatures["index"].example)
		return
	}
	c.attribute(name.Pos, []string{name.Text}, ".Attributes."+name.Text)
}

func (c *checker) unknownFunction(id *parse.IdentifierNode) {
	name := id.Ident
	fields := append([]string{"Name", "Email"}, c.attributes...)
	if slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }) {
		c.problem(id.Pos, "%s is written without its dot.%s", name, c.suggest(name))
		return
	}
	hint := ""
	for _, f := range Functions() {
		if words.Edits(name, f) == 1 && len(f) > 2 {
			hint = " Did you mean " + f + "?"
		}
	}
	c.problem(id.Pos, "unknown function %s.%s Functions that can be used: %s. %s", words.Clip(name), hint, strings.Join(Functions(), ", "), c.known())
}
