package message

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// FuzzPlans holds that plans write what templates write, whatever is around and
// in a value.
func FuzzPlans(f *testing.F) {
	for i, text := range planTexts {
		f.Add(planSubjects[i%len(planSubjects)], text, planHTMLs[i%len(planHTMLs)], planFooters[i%len(planFooters)], hostile[i], hostile[len(hostile)-1-i], uint8(i+i%2*128))
	}
	for i, html := range planHTMLs {
		f.Add("x", "", html, planFooters[(i+1)%len(planFooters)], hostile[i+20], hostile[i], uint8(i+1+i%2*128))
	}
	f.Fuzz(func(t *testing.T, subject, text, html, footer, a, b string, choice uint8) {
		p := newPair(t, plannedFrozen(subject, text, html, footer, planWays[int(choice)%len(planWays)]))
		if choice >= 128 {
			p = p.unlooked()
		}
		if p == nil {
			return
		}
		for list := range 3 {
			p.same(t, planReader(a, b, list))
			p.same(t, planReader(b, a, list))
		}
		for _, v := range hostile[:len(hostile)-6] {
			p.same(t, planReader(v, a, int(choice)%3))
		}
	})
}

// FuzzPlannedLines puts values between constants that are encoded beforehand.
func FuzzPlannedLines(f *testing.F) {
	for i, v := range hostile {
		f.Add("a\n"+v, v, v+"\nb \n=", hostile[len(hostile)-1-i])
	}
	f.Fuzz(func(t *testing.T, first, value, second, other string) {
		text := literalTemplate(first) + "{{.Attributes.a}}" + literalTemplate(second) + "{{.Attributes.b}}" + literalTemplate(first)
		for _, html := range []string{"", "<body>" + text + "</body>"} {
			if p := newPair(t, plannedFrozen("x", text, html, "foot", nil)).unlooked(); p != nil {
				for list := range 3 {
					p.same(t, planReader(value, other, list))
				}
			}
		}
	})
}

// literalTemplate is a text that a template prints as it is.
func literalTemplate(s string) string { return strings.ReplaceAll(s, "{{", "{ {") }

// fragments that templates are put together from, for text and for HTML.
var (
	fragments = []string{
		"{{.Name}}", "{{.Email}}", "{{.Attributes.a}}", "{{.Attributes.b}}", "{{upper .Attributes.a}}", "{{.Attributes.b | default \"friend\"}}", "{{or .Attributes.a .Attributes.b}}",
		"{{title .Attributes.a | trim}}", "{{index .Attributes \"a\"}}", "{{and .Name .Attributes.b}}", "{{\"a = b\\nc \"}}", "{{urlquery .Attributes.a}}", "{{.UnsubscribeURL}}", "{{len .Name}}",
		"\n", "\n\n", " ", "\t", " \n", "=", ".", "\n.", "\nFrom ", "From ", "F", "é", "ö\n", "\r\n", "words", "x x x x x x x x x x x x x x x x x x x x ", "0123456789012345678901234567890123456789",
		"012345678901234567890123456789012345678901234567890123456789012345678901234", "a line that stands by itself\n", "eine Zeile für sich\n",
	}
	htmlFragments = []string{
		"<p>", "</p>\n", "<br>", "<a href=\"{{.Attributes.a}}\">", "<a href='https://x/{{.Attributes.b}}?q={{.Attributes.a}}&amp;r={{.Name}}'>", "</a>", "<td title=\"{{.Attributes.a}} {{.Attributes.b}}\">",
		"</body>", "</BODY>", "</html>", "<body>", "</bod", "<", "</", "<i title=\"<", "\">", "<title>{{.Attributes.a}}</title>", "<!--[if mso]>{{.Attributes.b}}<![endif]-->", "<p style=\"color:{{.Attributes.a}}\">",
	}
	conditions = []string{
		"if .Attributes.a", "if not .Attributes.b", "if eq .Attributes.a .Attributes.b", "if ne .Attributes.a \"x\"", "if eq .Name \"Jo\" \"\" .Attributes.b", "with .Attributes.a", "with upper .Attributes.b",
		"if and .Attributes.a (not .Attributes.b)", "if or (eq .Attributes.a \"\") .Attributes.b", "if gt (len .Name) 5", "if .Attributes.a | trim", "if true", "with \"a\\nb\"", "if or .Attributes.a .Attributes.b",
	}
)

// assembled is a random template.
func assembled(r *rand.Rand, html bool, depth int) string {
	var b strings.Builder
	for range r.IntN(9) {
		switch pick := r.IntN(10); {
		case pick == 0 && depth < 3:
			b.WriteString("{{" + conditions[r.IntN(len(conditions))] + "}}" + assembled(r, html, depth+1))
			if r.IntN(2) == 0 {
				b.WriteString("{{else}}" + assembled(r, html, depth+1))
			}
			b.WriteString("{{end}}")
		case html && pick < 5:
			b.WriteString(htmlFragments[r.IntN(len(htmlFragments))])
		default:
			b.WriteString(fragments[r.IntN(len(fragments))])
		}
	}
	return b.String()
}

// hostileValue is one of the hostile, or several of them in a row.
func hostileValue(r *rand.Rand) string {
	v := hostile[r.IntN(len(hostile))]
	for r.IntN(3) == 0 {
		v += hostile[r.IntN(len(hostile))]
	}
	return v
}

// FuzzAssembledPlans does the same with templates that are put together at
// random.
func FuzzAssembledPlans(f *testing.F) {
	for seed := range uint64(3000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		subject, text, html := fragments[r.IntN(14)]+fragments[r.IntN(len(fragments))], assembled(r, false, 0), assembled(r, true, 0)
		p := newPair(t, plannedFrozen(subject, text, html, planFooters[r.IntN(len(planFooters))], planWays[r.IntN(len(planWays))]))
		if p == nil {
			return
		}
		if r.IntN(4) > 0 {
			p = p.unlooked()
		}
		for range 12 {
			p.same(t, planReader(hostileValue(r), hostileValue(r), r.IntN(3)))
		}
	})
}
