package message

import (
	"strings"
	"testing"
)

func TestFooterStandsInBothBodies(t *testing.T) {
	for name, test := range map[string]struct{ html, want string }{
		"before the end of the body": {"<html><body><p>x</p></BODY></html>", "<p>x</p><p style"},
		"at the end of a fragment":   {"<p>x</p>", "<p>x</p><p style"},
		"before the end of the html": {"<html><p>x</p></html>", "<p>x</p><p style"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFooter(Frozen{Footer: "You & <me>\nsecond"})
			html, text := string(f.addHTML([]byte(test.html), "")), string(f.addText([]byte("x\n"), ""))
			if !strings.Contains(html, test.want) || !strings.Contains(html, "You &amp; &lt;me&gt;<br>") {
				t.Errorf("html: %q", html)
			}
			if text != "x\n\n-- \nYou & <me>\nsecond\n" {
				t.Errorf("text: %q", text)
			}
		})
	}
}

// The way to leave is the last line, and in HTML a link.
func TestFooterSaysHowToLeave(t *testing.T) {
	for target, want := range map[string][2]string{
		"https://l.example/?a=1&b=2": {"Unsubscribe: https://l.example/?a=1&b=2\n", `<a href="https://l.example/?a=1&amp;b=2"`},
		"mailto:leave@l.example":     {"Unsubscribe: leave@l.example\n", `<a href="mailto:leave@l.example"`},
	} {
		f := plainFrozen()
		f.Footer, f.Leave, f.ListUnsubscribe = "Why.\n1 Main Street", true, []string{target}
		p := read(t, drafted(t, f).Data)
		if text := p.bodies[0]; !strings.HasSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n-- \nWhy.\n1 Main Street\n"+want[0]) {
			t.Errorf("text: %q", text)
		}
		if html := p.bodies[1]; !strings.Contains(html, "1 Main Street<br>") || !strings.Contains(html, want[1]) || !strings.Contains(html, ">Unsubscribe</a></p>") {
			t.Errorf("html: %q", html)
		}
		f.Footer = "Leave at " + shownWay(target)
		p = read(t, drafted(t, f).Data)
		if text, html := p.bodies[0], p.bodies[1]; strings.Contains(text, "Unsubscribe:") || !strings.Contains(html, want[1]) {
			t.Errorf("own words: %q %q", text, html)
		}
	}
}

func TestFooterMakesNoBody(t *testing.T) {
	f := newFooter(Frozen{Footer: "f"})
	if text, html := f.addText(nil, ""), f.addHTML(nil, ""); len(text)+len(html) > 0 {
		t.Errorf("appeared: %q, %q", text, html)
	}
}

func TestEndOfBody(t *testing.T) {
	for _, document := range []string{
		"", "</", "</body", "</BODY>", "x</bOdY></body></html>", "</html></body", "</html>x</html>", "<body>", "</bod", "é</HTML", "</b</body</h",
	} {
		if got, want := endOfBody([]byte(document)), referenceEndOfBody(document); got != want {
			t.Errorf("%q: %d, want %d", document, got, want)
		}
	}
}

// drafted is the message to Jo, which isn't compared with the reference.
func drafted(t *testing.T, f Frozen) Message {
	t.Helper()
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Draft(nil, jo(), 0, 0, testDate)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
