package plan

import "text/template/parse"

// value is a text of one recipient. ok is false if the template has to look at
// it.
type value func(*Recipient) (text string, ok bool)

// Functions are those that a plan may call: what they make of texts is what
// the functions of the same names make in the template.
type Functions struct {
	One map[string]func(string) (string, bool)
	Two map[string]func(a, b string) (string, bool)
}

func (d deriver) pipe(p *parse.PipeNode) (value, bool) {
	if p == nil || len(p.Decl) > 0 {
		return nil, false
	}
	return d.commands(p.Cmds)
}

// commands is a pipeline that gives a text.
func (d deriver) commands(cmds []*parse.CommandNode) (v value, ok bool) {
	for _, cmd := range cmds {
		if v, ok = d.command(cmd, v); !ok {
			return nil, false
		}
	}
	return v, ok
}

// command is an operand, or a function whose last argument is what was piped.
func (d deriver) command(cmd *parse.CommandNode, piped value) (value, bool) {
	id, isCall := cmd.Args[0].(*parse.IdentifierNode)
	switch {
	case !isCall && (len(cmd.Args) != 1 || piped != nil):
		return nil, false
	case !isCall:
		return d.operand(cmd.Args[0])
	case id.Ident == "index" && piped == nil:
		return d.index(cmd.Args[1:])
	}
	args := make([]value, 0, len(cmd.Args))
	for _, a := range cmd.Args[1:] {
		v, ok := d.operand(a)
		if !ok {
			return nil, false
		}
		args = append(args, v)
	}
	if (id.Ident == "and" || id.Ident == "or") && piped == nil {
		return either(args, id.Ident == "or")
	}
	if piped != nil {
		args = append(args, piped)
	}
	return d.call(id.Ident, args)
}

func (d deriver) call(name string, args []value) (value, bool) {
	switch one, two := d.functions.One[name], d.functions.Two[name]; {
	case one != nil && len(args) == 1:
		arg := args[0]
		return func(r *Recipient) (string, bool) {
			a, ok := arg(r)
			if !ok {
				return "", false
			}
			return one(a)
		}, true
	case two != nil && len(args) == 2:
		first, second := args[0], args[1]
		return func(r *Recipient) (string, bool) {
			a, ok1 := first(r)
			b, ok2 := second(r)
			if !ok1 || !ok2 {
				return "", false
			}
			return two(a, b)
		}, true
	}
	return nil, false
}

// either is the first text that decides "and" or "or", or the last one.
func either(args []value, or bool) (value, bool) {
	return func(r *Recipient) (text string, ok bool) {
		for _, arg := range args {
			if text, ok = arg(r); !ok || (text != "") == or {
				return text, ok
			}
		}
		return text, ok
	}, len(args) > 0
}

// index is an attribute whose name needn't be an identifier.
func (d deriver) index(args []parse.Node) (value, bool) {
	if len(args) != 2 {
		return nil, false
	}
	var of []string
	switch n := args[0].(type) {
	case *parse.FieldNode:
		if d.dot == nil {
			of = n.Ident
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			of = n.Ident[1:]
		}
	}
	name, ok := args[1].(*parse.StringNode)
	if !ok || len(of) != 1 || of[0] != "Attributes" {
		return nil, false
	}
	return attribute(name.Text), true
}

func (d deriver) operand(n parse.Node) (value, bool) {
	switch n := n.(type) {
	case *parse.StringNode:
		return func(*Recipient) (string, bool) { return n.Text, true }, true
	case *parse.DotNode:
		return d.dot, d.dot != nil
	case *parse.FieldNode:
		if d.dot == nil {
			return field(n.Ident)
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return field(n.Ident[1:])
		}
	case *parse.PipeNode:
		return d.pipe(n)
	}
	return nil, false
}

func field(names []string) (value, bool) {
	switch {
	case len(names) == 2 && names[0] == "Attributes":
		return attribute(names[1]), true
	case len(names) != 1:
	case names[0] == "Name":
		return func(r *Recipient) (string, bool) { return r.Name, true }, true
	case names[0] == "Email":
		return func(r *Recipient) (string, bool) { return r.Email, true }, true
	case names[0] == "UnsubscribeURL":
		return func(r *Recipient) (string, bool) { return r.UnsubscribeURL, true }, true
	}
	return nil, false
}

func attribute(name string) value {
	return func(r *Recipient) (string, bool) { return r.Attributes[name], true }
}
