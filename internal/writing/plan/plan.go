// Package plan takes a template apart into constants and fields. A message for
// one recipient then takes neither reflection nor a look at what is the same for
// everybody. What a plan can't write in the same octets is left to the template.
package plan

import (
	"bytes"
	"text/template/parse"
	"unicode/utf8"
)

// Recipient is what a plan can see of one recipient.
type Recipient struct {
	Name, Email    string
	Attributes     map[string]string
	UnsubscribeURL string
}

// Plan is a template as constants, fields and conditions. It is safe for
// concurrent use.
type Plan struct{ ops []op }

// op is a constant, a condition or, without both, a value.
type op struct {
	constant *Constant
	when     condition
	yes, no  []op
	value    value
	html     bool // the value is escaped
}

// Derive makes the plan of a template, or nil if there is none. tree is what
// would be executed: of HTML with the escapers that html/template puts into it.
func Derive(tree *parse.Tree, functions Functions, html bool) *Plan {
	d := deriver{functions: functions, html: html}
	ops, ok := d.list(tree.Root)
	if !ok {
		return nil
	}
	return &Plan{ops}
}

// deriver knows where it is in the template: dot is nil for the recipient.
type deriver struct {
	functions Functions
	html      bool
	dot       value
}

func (d deriver) list(l *parse.ListNode) ([]op, bool) {
	if l == nil {
		return nil, true
	}
	ops := make([]op, 0, len(l.Nodes))
	for _, n := range l.Nodes {
		o, ok := d.node(n)
		if !ok {
			return nil, false
		}
		ops = append(ops, o)
	}
	return ops, true
}

func (d deriver) node(n parse.Node) (op, bool) {
	switch n := n.(type) {
	case *parse.TextNode:
		return op{constant: &Constant{Text: n.Text}}, fit(n.Text)
	case *parse.ActionNode:
		return d.action(n.Pipe)
	case *parse.IfNode:
		when, ok := d.pipeTruth(n.Pipe)
		return d.branch(n.BranchNode, d, when, ok)
	case *parse.WithNode:
		v, ok := d.pipe(n.Pipe)
		inner := d
		inner.dot = v
		return d.branch(n.BranchNode, inner, isTrue(v), ok)
	}
	return op{}, false
}

func (d deriver) branch(n parse.BranchNode, inner deriver, when condition, ok bool) (op, bool) {
	if !ok {
		return op{}, false
	}
	yes, ok1 := inner.list(n.List)
	no, ok2 := d.list(n.ElseList)
	return op{when: when, yes: yes, no: no}, ok1 && ok2
}

// action is a value to print. In HTML it has to be escaped last, so that no
// value can write a tag.
func (d deriver) action(p *parse.PipeNode) (op, bool) {
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) == 0 {
		return op{}, false
	}
	cmds := p.Cmds
	if d.html {
		last := cmds[len(cmds)-1]
		id, ok := last.Args[0].(*parse.IdentifierNode)
		if !ok || len(last.Args) != 1 || !escapers[id.Ident] {
			return op{}, false
		}
		cmds = cmds[:len(cmds)-1]
	}
	v, ok := d.commands(cmds)
	return op{value: v, html: d.html}, ok
}

// fit says whether a constant may stand in a plan: a part with NUL is refused,
// what isn't UTF-8 is replaced in it, and CR ends a line.
func fit(text []byte) bool {
	return bytes.IndexByte(text, 0) < 0 && bytes.IndexByte(text, '\r') < 0 && utf8.Valid(text)
}

// Last is the constant that the plan ends with, nil if it ends with anything
// else.
func (p *Plan) Last() []byte {
	if len(p.ops) == 0 || p.ops[len(p.ops)-1].constant == nil {
		return nil
	}
	return p.ops[len(p.ops)-1].constant.Text
}

// Cut divides the plan within its last constant.
func (p *Plan) Cut(at int) (before, after *Plan) {
	end := len(p.ops) - 1
	text := p.ops[end].constant.Text
	before, after = &Plan{append([]op(nil), p.ops[:end]...)}, &Plan{}
	if at > 0 {
		before.ops = append(before.ops, op{constant: &Constant{Text: text[:at]}})
	}
	if at < len(text) {
		after.ops = append(after.ops, op{constant: &Constant{Text: text[at:]}})
	}
	return before, after
}

// Each calls do for each constant, also for those that hang on a condition.
func (p *Plan) Each(do func(*Constant)) { each(p.ops, do) }

func each(ops []op, do func(*Constant)) {
	for i := range ops {
		if ops[i].constant != nil {
			do(ops[i].constant)
		}
		each(ops[i].yes, do)
		each(ops[i].no, do)
	}
}
