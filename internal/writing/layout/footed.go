package layout

import (
	"strings"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/visible"
)

// marks stand for what a footer has to say: why one gets the message, who
// sends it, and how to leave the list. Where they are seen, that will be seen.
type marks struct{ why, from, leave, unknown string }

// marksFor makes marks that occur nowhere in what is put together: they are a
// digest of it. What there is nothing to say of has none.
func marksFor(in Input) *marks {
	prefix := prefixFor(strings.Join(in.texts(), "\x00"))
	m := &marks{why: prefix + "why", unknown: prefix + "unknown"}
	if !blank(in.List.PostalAddress) {
		m.from = prefix + "from"
	}
	if !blank(in.List.UnsubscribeURL) {
		m.leave = "https://" + prefix + ".invalid/"
	}
	return m
}

// on is a field of .List that prints its mark. What conditions and functions
// make of it stays as it is.
func (m *marks) on(name string, v *static) *static {
	if m == nil || v == nil {
		return v
	}
	mark := map[string]string{"Footer": m.why, "PostalAddress": m.from, "UnsubscribeURL": m.leave}[name]
	if mark == "" {
		return v
	}
	marked := *v
	marked.html, marked.text = constant(mark), literal(mark)
	return &marked
}

// texts are all that an author wrote.
func (in Input) texts() []string {
	texts := []string{in.Subject, in.Body.Markdown, in.Body.HTML, in.Body.Text}
	if in.Template != nil {
		texts = append(texts, in.Template.HTML, in.Template.Text)
	}
	for _, name := range sortedKeys(in.Values) {
		texts = append(texts, in.Values[name])
	}
	for _, s := range in.Sections {
		texts = append(texts, s.Title, s.Markdown, s.ImageURL, s.ImageAlt, s.LinkURL, s.LinkText)
	}
	return texts
}

// footed finds out what of the footer is seen, by putting the message together
// once more with marks. What nobody can be sure of isn't seen: a part needs a
// footer then, in which something may stand again, better twice than not at
// all.
func (r *Result) footed(in Input) {
	if !strings.Contains(strings.Join(in.texts(), "\x00"), "List") {
		return // most templates leave the footer to Crier
	}
	a := newAssembly(in)
	a.marks = marksFor(in)
	a.check()
	src := a.result()
	if len(a.problems) > 0 {
		return
	}
	r.FooterInHTML = a.marks.seen(content.PartHTML, src.HTML)
	r.FooterInText = a.marks.seen(content.PartText, src.Text)
	for _, part := range []struct {
		name, src string
		seen      bool
	}{{content.PartHTML, src.HTML, r.FooterInHTML}, {content.PartText, src.Text, r.FooterInText}} {
		if !part.seen && a.marks.written(part.src) {
			r.Warnings = append(r.Warnings, content.Problem{
				Place: together(part.name),
				Message: "the footer stands where not everybody sees it, so another one is added; " +
					"write {{.List.Footer}}, {{.List.PostalAddress}} and a link to {{.List.UnsubscribeURL}} outside of conditions and of what is hidden",
			})
		}
	}
}

// written says whether all that there is to say stands somewhere in a part.
func (m *marks) written(src string) bool {
	return src != "" && strings.Contains(src, m.why) && strings.Contains(src, m.from) && strings.Contains(src, m.leave)
}

// seen says whether every recipient sees all of it.
func (m *marks) seen(part, src string) bool {
	if !m.written(src) {
		return false
	}
	shapes, ok := content.Shapes(part, src, m.unknown)
	for _, shape := range shapes {
		ok = ok && m.seenIn(part, shape)
	}
	return ok
}

func (m *marks) seenIn(part, shape string) bool {
	if part == content.PartText {
		return m.written(shape)
	}
	page, err := visible.Read(shape, m.unknown)
	if err != nil {
		return false
	}
	text := page.Text()
	return strings.Contains(text, m.why) && strings.Contains(text, m.from) && (m.leave == "" || page.Link(m.leave))
}
