package reporting

import (
	"testing"

	"crier.dev/crier/internal/writing/message"
)

func TestHeadline(t *testing.T) {
	for subject, want := range map[string]string{
		"Open enrollment starts Monday":              "Open enrollment starts Monday",
		"{{ .Name }}, open enrollment starts Monday": "open enrollment starts Monday",
		"Your bill, {{ .Name }}!":                    "Your bill",
		"News of {{ .Attributes.agency }} for you":   "News of … for you",
		"{{ .Name }}": "kept",
		`{{ if .Name }}Dear {{ .Name }}{{ end }}, the storm`: "Dear …, the storm",
	} {
		if got := headline(subject, "kept"); got != want {
			t.Errorf("%q: %q, want %q", subject, got, want)
		}
	}
}

// Of several lists, each has the subject that its members got.
func TestHeadlines(t *testing.T) {
	m := message.Frozen{Subject: "[One] News"}
	for want, lists := range map[string][]message.List{
		"[One] News":              nil,
		"[One] News / [Two] News": {{}, {Subject: "[Two] News"}, {Subject: "[Two] News, {{.Name}}"}},
		"[One] News / [2] News / [3] News / and 2 more": {{}, {Subject: "[2] News"}, {Subject: "[3] News"}, {Subject: "[4] News"}, {Subject: "[5] News"}},
	} {
		m.Lists = lists
		if got := headlines(m, "kept"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
