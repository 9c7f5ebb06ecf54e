package preview

import (
	"errors"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// Nobody reads in the text part what the HTML part has for others.
func TestConditionsHoldInBothParts(t *testing.T) {
	for name, c := range map[string]crier.BroadcastContent{
		"comments":         {HTML: "<p>All</p>\n<!-- {{ if .Attributes.vip }} -->\n<p>Code 4711</p>\n<!-- {{ else }} -->\n<p>No code</p>\n<!-- {{ end }} -->"},
		"hidden elements":  {HTML: `<p>All</p><div style="display:none">{{ if .Attributes.vip }}</div><p>Code 4711</p><div style="display:none">{{ end }}</div>`},
		"a tag":            {HTML: `<p>All</p><div {{ if .Attributes.vip }}class="a">Code 4711{{ else }}class="b">plain{{ end }}</div>`},
		"hidden":           {HTML: `<p>All</p><p {{ if not .Attributes.vip }}hidden{{ end }}>Code 4711</p>`},
		"a style":          {HTML: `<p>All</p><p style="display:{{ if .Attributes.vip }}block{{ else }}none{{ end }}">Code 4711</p>`},
		"a style for some": {HTML: `<p>All</p><p style="{{ if not .Attributes.vip }}display:none{{ end }}">Code 4711</p>`},
		"Markdown":         {Markdown: "All\n\n<!-- {{ if .Attributes.vip }} -->\nCode 4711\n<!-- {{ else }} -->\nno code\n<!-- {{ end }} -->\n"},
		"text":             {HTML: `<p>All</p>{{ if .Attributes.vip }}<p>Code 4711</p>{{ else }}<p>No code</p>{{ end }}`},
	} {
		p, err := Make(facts(c), roster.Subscriber{Email: "bob@example.org"}, now)
		var problem *Problem
		switch {
		case errors.As(err, &problem):
			if problem.Reason != crier.ReasonInvalidTemplate || !strings.Contains(err.Error(), ".Attributes.vip") {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case strings.Contains(p.Text, "4711") || strings.Contains(p.HTML, "4711"):
			t.Errorf("%s: somebody who isn't meant gets %q, %q", name, p.Text, p.HTML)
		case name != "text":
			t.Errorf("%s: sent as %q, %q", name, p.Text, p.HTML)
		}
	}
}
