package message

import (
	"bytes"
	"html"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plan"
)

// plans are the faster way to what templates make for the members of a list.
// Where one is nil, or can't be gone by for a recipient, the template makes
// that part.
type plans struct {
	subject    *plan.Plan
	text, html *bodyPlan
}

// bodyPlan is a body: what comes before a footer and after it, and the footer.
type bodyPlan struct {
	divided
	footer *footerPlan // nil for none
	// shown is how the footer writes the way to leave.
	shown func(url string) string
	// trimmed says that line ends before the footer don't count.
	trimmed bool
}

// divided is shared by all lists that have the same template. left counts the
// octets that are in neither.
type divided struct {
	before, after *plan.Plan
	left          int
}

// footerPlan is a footer whose constants are encoded.
type footerPlan struct {
	before, after plan.Constant
	way           bool
}

// planner divides and encodes each template once.
type planner map[dividing]divided

type dividing struct {
	of     *plan.Plan
	footed bool
}

// usePlans is for a variant whose templates and footer are there. Where a part
// can be blank it has to be looked at as it was written.
func (p planner) usePlans(v *variant) {
	from := v.templates.Plans()
	v.plans.subject = from.Subject
	if v.blanks.possible {
		return
	}
	v.plans.text = p.body(from.Text, v.footer.text, trimText)
	v.plans.html = p.body(from.HTML, v.footer.html, splitHTML)
	if v.plans.text != nil {
		v.plans.text.shown, v.plans.text.trimmed = shownWay, true
	}
	if v.plans.html != nil {
		v.plans.html.shown = html.EscapeString
	}
}

// body is nil where there is no plan, or none that a footer fits into.
func (p planner) body(of *plan.Plan, foot part, at func(*plan.Plan) (divided, bool)) *bodyPlan {
	if of == nil || bytes.IndexByte(foot.before, '\r') >= 0 || bytes.IndexByte(foot.after, '\r') >= 0 {
		return nil
	}
	d, ok := p.divide(of, foot.before != nil, at)
	if !ok {
		return nil
	}
	return &bodyPlan{divided: d, footer: newFooterPlan(foot)}
}

// divide leaves room for a footer where at knows a place for it.
func (p planner) divide(of *plan.Plan, footed bool, at func(*plan.Plan) (divided, bool)) (divided, bool) {
	key := dividing{of, footed}
	if d, there := p[key]; there {
		return d, d.before != nil
	}
	d := divided{before: of, after: &plan.Plan{}}
	if footed {
		var ok bool
		if d, ok = at(of); !ok {
			p[key] = divided{}
			return divided{}, false
		}
	}
	d.before.Each(encode)
	d.after.Each(encode)
	p[key] = d
	return d, true
}

// trimText leaves line ends at the end out: footer.addText puts the footer
// directly after what is written.
func trimText(p *plan.Plan) (divided, bool) {
	last := p.Last()
	if last == nil {
		return divided{before: p, after: &plan.Plan{}}, true
	}
	end := len(bytes.TrimRight(last, "\n"))
	before, _ := p.Cut(end)
	return divided{before, &plan.Plan{}, len(last) - end}, true
}

// splitHTML finds the place of footer.addHTML. Values are escaped, so that only
// constants can close an element.
func splitHTML(p *plan.Plan) (divided, bool) {
	last := p.Last()
	for _, word := range []string{"</body", "</html"} {
		if lastFold(last, word) >= 0 {
			before, after := p.Cut(endOfBody(last))
			return divided{before: before, after: after}, true
		}
		if canHold(p, word) {
			return divided{}, false
		}
	}
	return divided{before: p, after: &plan.Plan{}}, true
}

// lastFold is the last place of a word in lower case, -1 if there is none.
func lastFold(text []byte, word string) int {
	for at := len(text) - len(word); at >= 0; at-- {
		if equalFold(text[at:at+len(word)], word) {
			return at
		}
	}
	return -1
}

// canHold says whether a constant has a word, or its beginning at the end.
func canHold(p *plan.Plan, word string) (found bool) {
	p.Each(func(c *plan.Constant) {
		found = found || lastFold(c.Text, word) >= 0
		for n := 1; n < len(word) && n <= len(c.Text); n++ {
			found = found || equalFold(c.Text[len(c.Text)-n:], word[:n])
		}
	})
	return found
}

func newFooterPlan(p part) *footerPlan {
	if p.before == nil {
		return nil
	}
	f := &footerPlan{before: plan.Constant{Text: p.before}, after: plan.Constant{Text: p.after}, way: p.way}
	encode(&f.before)
	encode(&f.after)
	return f
}

// write makes the body for one recipient. It is false where the template has
// to.
func (b *bodyPlan) write(t *planned, to *plan.Recipient) bool {
	t.Reset()
	if t.made = b != nil && b.run(&t.Text, to); t.made {
		t.made = t.Size() > 0
	}
	return t.made
}

func (b *bodyPlan) run(t *plan.Text, to *plan.Recipient) bool {
	if !b.before.Run(to, t, content.MaxPart-b.left) {
		return false
	}
	if b.footer == nil {
		return true
	}
	made := t.Size()
	if made == 0 || b.trimmed && t.EndsLine() {
		return false
	}
	if !b.footer.add(t, b.shown(to.UnsubscribeURL)) {
		return false
	}
	return b.after.Run(to, t, content.MaxPart+t.Size()-made)
}

func (f *footerPlan) add(t *plan.Text, way string) bool {
	t.AddConstant(&f.before)
	ok := !f.way || t.AddValue(way)
	t.AddConstant(&f.after)
	return ok
}
