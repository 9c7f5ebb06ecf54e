package reporting

import "testing"

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
