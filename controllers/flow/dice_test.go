package flow_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// dice makes everything of a round out of one seed.
type dice struct {
	*rand.Rand
	words int
}

func newDice(seed uint64) *dice { return &dice{Rand: rand.New(rand.NewPCG(seed, 7))} }

func (d *dice) chance(part float64) bool { return d.Float64() < part }

func of[T any](d *dice, among ...T) T { return among[d.IntN(len(among))] }

// some is each of a slice by chance, in any order.
func some[T any](d *dice, part float64, among []T) (out []T) {
	for _, i := range d.Perm(len(among)) {
		if d.chance(part) {
			out = append(out, among[i])
		}
	}
	return out
}

// word is one that stands nowhere else.
func (d *dice) word() string { d.words++; return fmt.Sprintf("W%dw", d.words) }

// attributes that conditions and fields are about. Not every set has all.
var attributes = []string{"agency", "vip", "grade", "city"}

// when puts a text under a condition, sometimes with another for everybody else.
func (d *dice) when(in func() string) string {
	name := of(d, attributes...)
	text := of(d,
		"{{ if $.Attributes."+name+" }}", "{{ if not $.Attributes."+name+" }}", "{{ with $.Attributes."+name+" }}",
		`{{ if eq $.Attributes.agency "Santé" }}`, `{{ if eq $.Attributes.vip "yes" }}`, "{{ if $.Name }}") + in()
	if d.chance(0.5) {
		text += "{{ else }}" + in()
	}
	return text + "{{ end }}"
}

// field is one of the subscriber or the list.
func (d *dice) field() string {
	return of(d, "{{ $.Name }}", "{{ $.Email }}", "{{ $.List.Name }}", "{{ $.Attributes."+of(d, attributes...)+" }}",
		`{{ $.Name | default "subscriber" }}`, `{{ $.Attributes.city | default "nowhere" }}`)
}

// text is a text part.
func (d *dice) text(depth int) string {
	in := func() string { return d.text(depth - 1) }
	if depth == 0 {
		return d.word() + " " + d.field() + "\n"
	}
	return of(d, d.when, func(in func() string) string { return in() + in() }, func(in func() string) string { return d.word() + "\n" + d.when(in) })(in)
}

// span is HTML within a block.
func (d *dice) span(depth int) string {
	if depth == 0 {
		return d.word() + " " + d.field()
	}
	in := func() string { return d.span(depth - 1) }
	switch d.IntN(8) {
	case 0:
		return "<b>" + in() + "</b>"
	case 1:
		return `<a href="https://example.gov/` + d.word() + `">` + in() + "</a>"
	case 2:
		return d.word() + "<br>" + in()
	case 3, 4:
		return d.when(in)
	case 5:
		return `<a href="https://example.gov/{{ if $.Attributes.vip }}x{{ else }}y{{ end }}">` + in() + "</a>"
	case 6:
		return `<span style="` + of(d, "color:red", "display:none") + `">` + in() + "</span>"
	}
	return in() + " " + in()
}

// block is HTML of blocks: conditions stand around them, around list entries,
// rows and cells, and in them.
func (d *dice) block(depth int) string {
	if depth == 0 {
		return "<p>" + d.span(2) + "</p>"
	}
	in := func() string { return d.block(depth - 1) }
	item := func() string { return "<li>" + d.span(1) + "</li>" }
	cell := func() string { return "<td>" + d.span(1) + "</td>" }
	row := func() string { return "<tr>" + cell() + d.when(cell) + "</tr>" }
	switch d.IntN(10) {
	case 0:
		return "<div>" + in() + "</div>"
	case 1:
		return "<ul>" + item() + d.when(item) + item() + "</ul>"
	case 2:
		return "<table>" + row() + d.when(row) + "</table>"
	case 3, 4:
		return d.when(in)
	case 5:
		return in() + "\n" + in()
	case 6:
		return "<blockquote>" + in() + "</blockquote>"
	case 7:
		return "<pre>" + d.span(1) + "\n" + d.span(1) + "</pre>"
	case 8:
		return `<div ` + of(d, "hidden", `style="display: none"`, `class="a"`) + `>` + in() + "</div>"
	}
	return "<h2>" + d.span(1) + "</h2>" + in()
}

// markdown is a body of paragraphs, lists and tables.
func (d *dice) markdown(depth int) string {
	line := func() string {
		return of(d, d.word()+" "+d.field(), "**"+d.word()+"** "+d.field(), "["+d.word()+"](https://example.gov/"+d.word()+")", "`"+d.word()+"`")
	}
	var b strings.Builder
	for range 1 + d.IntN(3) {
		switch d.IntN(6) {
		case 0:
			b.WriteString("# " + line() + "\n\n")
		case 1:
			b.WriteString("- " + line() + "\n- " + d.when(line) + "\n- " + line() + "\n\n")
		case 2:
			b.WriteString("| " + d.word() + " | " + d.word() + " |\n|---|---|\n| " + line() + " | " + d.when(line) + " |\n\n")
		case 3:
			b.WriteString("> " + line() + "\n\n")
		default:
			if depth > 0 {
				b.WriteString(d.when(func() string { return "\n\n" + d.markdown(depth-1) + "\n" }) + "\n\n")
			}
			b.WriteString(line() + " " + d.when(line) + "\n\n")
		}
	}
	return b.String()
}

// layout is a template around a body.
func (d *dice) layout() string {
	parts := []string{"{{ .Body }}", "<p>{{ .List.Name }}</p>", d.span(1), d.when(func() string { return "<p>" + d.word() + "</p>" })}
	if d.chance(0.5) {
		parts = append(parts, of(d, "<p>{{ .List.Footer }}</p>", `<p><a href="{{ .List.UnsubscribeURL }}">leave</a></p>`, "<!-- {{ .List.Footer }} -->"))
	}
	d.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "<html><body>" + strings.Join(parts, "\n") + "</body></html>"
}
