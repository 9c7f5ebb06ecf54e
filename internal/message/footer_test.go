package message

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/content"
)

func TestFooterStandsInBothBodies(t *testing.T) {
	for name, test := range map[string]struct{ html, want string }{
		"before the end of the body": {"<html><body><p>x</p></BODY></html>", "<p>x</p><p style"},
		"at the end of a fragment":   {"<p>x</p>", "<p>x</p><p style"},
		"before the end of the html": {"<html><p>x</p></html>", "<p>x</p><p style"},
	} {
		t.Run(name, func(t *testing.T) {
			got := withFooter(content.Rendered{Text: "x\n", HTML: test.html}, "You & <me>\nsecond")
			if !strings.Contains(got.HTML, test.want) || !strings.Contains(got.HTML, "You &amp; &lt;me&gt;<br>") {
				t.Errorf("html: %q", got.HTML)
			}
			if got.Text != "x\n\n-- \nYou & <me>\nsecond\n" {
				t.Errorf("text: %q", got.Text)
			}
		})
	}
}

func TestFooterMakesNoBody(t *testing.T) {
	if got := withFooter(content.Rendered{HTML: "<p>x</p>"}, "f"); got.Text != "" {
		t.Errorf("text appeared: %q", got.Text)
	}
}
