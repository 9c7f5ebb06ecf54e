package message

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
)

// slowly makes a composer that goes by templates alone.
func slowly(t testing.TB, f Frozen) *Composer {
	t.Helper()
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.variants {
		c.variants[i].plans = plans{}
	}
	return c
}

// plannedFrozen is a message of these templates, to three lists.
func plannedFrozen(subject, text, html, footer string, ways []string) Frozen {
	f := plainFrozen()
	f.Subject, f.Text, f.HTML = subject, text, html
	f.ListID, f.ListName, f.ListUnsubscribe, f.Footer = "", "", nil, ""
	f.Lists = []List{
		{ListID: "a.example.gov", Footer: footer, ListUnsubscribe: ways, Leave: ways != nil},
		{ListID: "b.example.gov"},
		{ListID: "c.example.gov", Footer: "another footer", Text: "only {{.Attributes.a}} here", ListUnsubscribe: ways, Leave: ways != nil},
	}
	return f
}

// pair are a composer with plans and one without.
type pair struct {
	fast, slow             *Composer
	fastMemory, slowMemory Scratch
}

// newPair is nil for what can't be frozen.
func newPair(t testing.TB, f Frozen) *pair {
	t.Helper()
	fast, err := NewComposer(f)
	if err != nil {
		return nil
	}
	return &pair{fast: fast, slow: slowly(t, f)}
}

// unlooked sends blank parts too, so that templates of values alone have plans.
func (p *pair) unlooked() *pair {
	if p == nil {
		return nil
	}
	again := planner{}
	for i := range p.fast.variants {
		p.fast.variants[i].blanks, p.slow.variants[i].blanks = blanks{}, blanks{}
		again.usePlans(&p.fast.variants[i])
	}
	return p
}

// same holds that both write the same octets to somebody, or the same reason.
// It says which bodies a plan wrote.
func (p *pair) same(t testing.TB, r roster.Subscriber) (text, html bool) {
	t.Helper()
	fast, err1 := p.fast.Draft(&p.fastMemory, r, 3, 14, testDate)
	slow, err2 := p.slow.Draft(&p.slowMemory, r, 3, 14, testDate)
	if fmt.Sprint(err1) != fmt.Sprint(err2) || whole(fast) != whole(slow) {
		f := p.fast.frozen
		t.Fatalf("they differ: %v, %v\nsubject %q\ntext %q\nHTML %q\nlists %+v\nto %q %q list %d\n%q\n%q", err1, err2, f.Subject, f.Text, f.HTML, f.Lists, r.Name, r.Attributes, r.List, whole(fast), whole(slow))
	}
	if p.slowMemory.text.made || p.slowMemory.html.made {
		t.Fatal("the reference goes by a plan")
	}
	return err1 == nil && p.fastMemory.text.made, err1 == nil && p.fastMemory.html.made
}

func planReader(a, b string, list int) roster.Subscriber {
	r := roster.Subscriber{Email: "jo.o'neil@example.com", Name: "Jo Ö", Attributes: map[string]string{"a": a, "b": b}, List: list}
	if !controls(a) && len(a) < maxName {
		r.Name = a
	}
	return r
}

// Every value meets every template, every footer and every way to leave.
func TestPlansWriteTheSameOctets(t *testing.T) {
	texts, htmls, messages := 0, 0, 0
	for i := range max(len(planTexts), len(planHTMLs)) * len(planFooters) {
		text, html := planTexts[i%len(planTexts)], planHTMLs[i%len(planHTMLs)]
		switch i / 7 % 4 {
		case 1:
			text = ""
		case 2:
			html = ""
		}
		p := newPair(t, plannedFrozen(planSubjects[i%len(planSubjects)], text, html, planFooters[i/3%len(planFooters)], planWays[i%len(planWays)]))
		if i/5%4 > 0 {
			p = p.unlooked()
		}
		if p == nil {
			continue
		}
		for k, a := range hostile {
			for list := range 3 {
				byText, byHTML := p.same(t, planReader(a, hostile[(k*7+i)%len(hostile)], list))
				messages++
				if byText {
					texts++
				}
				if byHTML {
					htmls++
				}
			}
		}
	}
	if texts < messages/10 || htmls < messages/10 {
		t.Errorf("plans wrote %d texts and %d HTML of %d messages", texts, htmls, messages)
	}
}

// What the built-in templates and most authors write goes by plans.
func TestOrdinaryMessagesGoByPlans(t *testing.T) {
	messages := map[string]Frozen{"newsletter": newsletter(), "plain": plainFrozen(), "several lists": severalLists()}
	for _, name := range builtin.Names() {
		messages[name] = builtinFrozen(t, name)
	}
	for name, f := range messages {
		p := newPair(t, f)
		byText, byHTML := p.same(t, reader())
		if !byText || !byHTML || p.fast.variants[0].plans.subject == nil {
			t.Errorf("%s: text %t, HTML %t", name, byText, byHTML)
		}
		for i, v := range hostile {
			p.same(t, roster.Subscriber{Email: "jo@example.com", Name: strings.Trim(v, "\r\n\x00"), Attributes: map[string]string{"agency": v, "license": hostile[(i+9)%len(hostile)]}})
		}
	}
}

// builtinFrozen is a built-in template with what its sample gives it.
func builtinFrozen(t *testing.T, name string) Frozen {
	t.Helper()
	in, err := sample.Input(name)
	if err != nil {
		t.Fatal(err)
	}
	result, err := layout.Assemble(in)
	if err != nil {
		t.Fatal(err)
	}
	f := plainFrozen()
	f.Subject, f.Text, f.HTML = result.Subject, result.Text, result.HTML
	if in.List.UnsubscribeURL != "" {
		f.ListUnsubscribe, f.Leave = []string{in.List.UnsubscribeURL}, true
	}
	return f
}

// Only the part that a value doesn't fit into is made by its template.
func TestPlansAreLeftPartByPart(t *testing.T) {
	f := plainFrozen()
	f.Text, f.HTML = "{{.Attributes.a}} x", "<p>{{.Attributes.b}} x</p>"
	p := newPair(t, f)
	for _, c := range []struct {
		a, b       string
		text, html bool
	}{{"a", "b", true, true}, {"a\nb", "b", false, true}, {"a", "b\nc", true, false}, {"\xff", "\x00", false, false}} {
		if text, html := p.same(t, planReader(c.a, c.b, 0)); text != c.text || html != c.html {
			t.Errorf("%q %q: text %t, HTML %t", c.a, c.b, text, html)
		}
	}
}

// The limit of a part is to the octet where it was.
func TestPlansKeepTheLimit(t *testing.T) {
	made := map[bool]int{}
	for _, ends := range []string{"", "\n", "\n\n\n", "</body>\n"} {
		for over := range 20 {
			f := plainFrozen()
			f.Footer, f.Subject = "a footer", "x"
			body := "{{.Attributes.b}}" + strings.Repeat("{{.Attributes.a}}", 63) + strings.Repeat("y", over) + ends
			if f.Text, f.HTML = body, ""; strings.Contains(ends, "<") {
				f.Text, f.HTML = "", body
			}
			p := newPair(t, f).unlooked()
			text, html := p.same(t, planReader(strings.Repeat("x", content.MaxValue), strings.Repeat("x", content.MaxValue-12), 0))
			made[text || html]++
		}
	}
	if made[true] == 0 || made[false] == 0 {
		t.Errorf("%v", made)
	}
}

// Lists that say the same share what was encoded.
func TestListsShareTheirPlan(t *testing.T) {
	f := severalLists()
	f.Lists = slices.Repeat(f.Lists[:1], maxLists)
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.variants {
		if v.plans.html.before != c.variants[0].plans.html.before || v.plans.text.before != c.variants[0].plans.text.before {
			t.Fatal("a list has its own")
		}
	}
}

// The order of constants and values is kept where lines are divided.
func TestEncodedLines(t *testing.T) {
	f := plainFrozen()
	f.HTML, f.Text = "", "a\nb {{.Attributes.a}} c\nd\n{{.Attributes.b}}"
	p := newPair(t, f)
	p.same(t, planReader("é", "z", 0))
	if m, _ := p.fast.Draft(nil, planReader("é", "z", 0), 3, 14, testDate); !bytes.Contains(m.Data, []byte("\r\na\r\nb =C3=A9 c\r\nd\r\nz\r\n")) {
		t.Errorf("%s", m.Data)
	}
}
