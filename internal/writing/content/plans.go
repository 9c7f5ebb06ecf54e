package content

import (
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/writing/plan"
)

// Plans make the same octets as Templates, faster: each is nil if there is
// none.
type Plans struct{ Subject, Text, HTML *plan.Plan }

// Plans are those of the templates.
func (t *Templates) Plans() Plans { return t.plans }

func (p *Plans) add(part string, tree *parse.Tree) {
	made := plan.Derive(tree, planned, part == PartHTML)
	switch part {
	case PartSubject:
		p.Subject = made
	case PartText:
		p.Text = made
	case PartHTML:
		p.HTML = made
	}
}

// Recipient is who the buffers are for.
func (b *Buffers) Recipient() *plan.Recipient { return (*plan.Recipient)(&b.data) }

// bySubject is the subject of a plan, as the template would write it.
func (b *Buffers) bySubject(p *plan.Plan) (subject []byte, ok bool) {
	b.planned.Reset()
	subject = b.subject[:0]
	if !p.Run(b.Recipient(), &b.planned, MaxSubject) {
		return subject, false
	}
	for _, piece := range b.planned.Pieces() {
		subject = append(subject, piece.Bytes()...)
	}
	return subject, true
}

// planned are the functions of a plan. Where one can fail, the template is
// left to say how.
var planned = plan.Functions{
	One: map[string]func(string) (string, bool){
		"upper":    always(strings.ToUpper),
		"lower":    always(strings.ToLower),
		"title":    always(title),
		"trim":     always(strings.TrimSpace),
		"urlquery": always(func(s string) string { return escapeURL(s, true) }),
		"urlpath":  always(func(s string) string { return escapeURL(s, false) }),

		escaper + "urlescaper":    always(func(s string) string { return escapeURL(s, true) }),
		escaper + "urlnormalizer": always(func(s string) string { return escapeURL(s, false) }),
		// What safeaddress lets through isn't filtered.
		escaper + "urlfilter": always(func(s string) string { return s }),
	},
	Two: map[string]func(a, b string) (string, bool){
		"default": func(fallback, value string) (string, bool) { return orElse(fallback, value), true },
		beforeURL: func(_, value string) (string, bool) {
			s := strings.TrimSpace(value)
			return s, linkable(s)
		},
		afterFilter: func(_, value string) (string, bool) { return value, !strings.Contains(value, filtered) },
	},
}

func always(f func(string) string) func(string) (string, bool) {
	return func(s string) (string, bool) { return f(s), true }
}
