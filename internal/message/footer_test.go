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
			f := newFooter("You & <me>\nsecond")
			html, text := string(f.addHTML([]byte(test.html))), string(f.addText([]byte("x\n")))
			if !strings.Contains(html, test.want) || !strings.Contains(html, "You &amp; &lt;me&gt;<br>") {
				t.Errorf("html: %q", html)
			}
			if text != "x\n\n-- \nYou & <me>\nsecond\n" {
				t.Errorf("text: %q", text)
			}
		})
	}
}

func TestFooterMakesNoBody(t *testing.T) {
	f := newFooter("f")
	if text, html := f.addText(nil), f.addHTML(nil); len(text)+len(html) > 0 {
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
