package plan

import "text/template/parse"

// condition decides about one recipient. ok is false if the template has to.
type condition func(*Recipient) (met, ok bool)

func isTrue(v value) condition {
	return func(r *Recipient) (bool, bool) {
		text, ok := v(r)
		return text != "", ok
	}
}

func (d deriver) pipeTruth(p *parse.PipeNode) (condition, bool) {
	if v, ok := d.pipe(p); ok {
		return isTrue(v), true
	}
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return nil, false
	}
	args := p.Cmds[0].Args
	id, ok := args[0].(*parse.IdentifierNode)
	if !ok {
		return nil, false
	}
	switch id.Ident {
	case "eq", "ne":
		return d.same(args[1:], id.Ident == "eq")
	case "not":
		return d.not(args[1:])
	case "and", "or":
		return d.all(args[1:], id.Ident == "or")
	}
	return nil, false
}

// truth is what an argument is as a condition.
func (d deriver) truth(n parse.Node) (condition, bool) {
	if p, ok := n.(*parse.PipeNode); ok {
		return d.pipeTruth(p)
	}
	v, ok := d.operand(n)
	return isTrue(v), ok
}

// same compares the first text with the others: one of them has to be equal.
func (d deriver) same(args []parse.Node, want bool) (condition, bool) {
	if len(args) < 2 || !want && len(args) != 2 {
		return nil, false
	}
	values := make([]value, len(args))
	for i, a := range args {
		v, ok := d.operand(a)
		if !ok {
			return nil, false
		}
		values[i] = v
	}
	return func(r *Recipient) (bool, bool) {
		first, ok := values[0](r)
		found := false
		for _, v := range values[1:] {
			text, there := v(r)
			found, ok = found || text == first, ok && there
		}
		return found == want, ok
	}, true
}

func (d deriver) not(args []parse.Node) (condition, bool) {
	if len(args) != 1 {
		return nil, false
	}
	of, ok := d.truth(args[0])
	return func(r *Recipient) (bool, bool) {
		met, ok := of(r)
		return !met, ok
	}, ok
}

func (d deriver) all(args []parse.Node, or bool) (condition, bool) {
	of := make([]condition, len(args))
	for i, a := range args {
		c, ok := d.truth(a)
		if !ok {
			return nil, false
		}
		of[i] = c
	}
	return func(r *Recipient) (met, ok bool) {
		for _, c := range of {
			if met, ok = c(r); !ok || met == or {
				return met, ok
			}
		}
		return met, ok
	}, len(args) > 0
}
