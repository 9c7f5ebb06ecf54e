package address

import (
	"slices"
	"strings"
	"testing"
)

func TestReadTakesWhatMeansOneAddress(t *testing.T) {
	for _, cell := range []string{
		"ann@example.org", " ann@example.org ", "\u00a0ann@example.org\u00a0", "\u200bann@example.org\ufeff", "ann@example.org\u202c",
		"ann@example.org;", "ann@example.org, ", "mailto:ann@example.org", "MAILTO: ann@example.org", "mailto:ann@example.org?subject=Hi",
		"SMTP:ann@example.org", "smtp:ann@example.org", "Smtp: ann@example.org", "<ann@example.org>", "Ann Lee <ann@example.org>",
		`"Lee, Ann" <ann@example.org>`, "Ann <mailto:ann@example.org>;", "ann@example.org <ANN@example.org>", "'ann@example.org'", `"ann@example.org"`,
		"SMTP:ann@example.org;smtp:a.lee@example.org;X400:C=US;A= ;P=Org;S=Lee;", "smtp:a.lee@example.org|SMTP:ann@example.org|SIP:ann@other.example",
		"X500:/o=Org/cn=ann, smtp:ann@example.org",
	} {
		if a, err := Read(cell); err != nil || a.Key != "ann@example.org" {
			t.Errorf("%q: %q, %v", cell, a.Key, err)
		}
	}
}

func TestReadDoesNotGuess(t *testing.T) {
	for cell, reason := range map[string]string{
		"":                                        "empty",
		"ann@example.org, bob@example.org":        "several",
		"ann@example.org <bob@example.org>":       "several",
		"Ann <ann@example.org> <b@example.org>":   "several",
		"Ann <ann@example.org> (work)":            "angle brackets",
		"Ann <>":                                  "no @",
		"ann @example.org":                        "space inside",
		"an\u200bn@example.org":                   "invisible",
		"smtp:ann@example.org;smtp:b@example.org": "several",
		"SMTP:ann@example.org;SMTP:b@example.org": "several",
		"SMTP:ann@example.org;b@example.org":      "several",
		"X400:C=US;A= ;P=Org;":                    "no @",
		"SIP:ann@example.org":                     "can't have",
		"ann@example.org\nbob@example.org":        "control",
		"mailto:":                                 "no @",
	} {
		a, err := Read(cell)
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %q, %v; want %q", cell, a.Key, err, reason)
		}
	}
}

func TestChoosePrefersThePrimaryAddress(t *testing.T) {
	for _, c := range []struct {
		values []string
		chosen string
		others []string
	}{
		{nil, "", nil},
		{[]string{"a@x.example", "b@x.example"}, "a@x.example", []string{"b@x.example"}},
		{[]string{"smtp:b@x.example", "X400:C=US;", "SMTP:a@x.example"}, "SMTP:a@x.example", []string{"smtp:b@x.example"}},
		{[]string{"SMTP:a@x.example", "SMTP:b@x.example"}, "SMTP:a@x.example", []string{"SMTP:b@x.example"}},
		{[]string{"X400:C=US;", "SIP:a@x.example"}, "", nil},
		{[]string{"sip:a@x.example", "smtp:b@x.example"}, "smtp:b@x.example", nil},
	} {
		if chosen, others := Choose(c.values); chosen != c.chosen || !slices.Equal(others, c.others) {
			t.Errorf("%q: %q and %q", c.values, chosen, others)
		}
	}
}

// Whoever must not be written to is found in whatever is left of a row.
func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"Ann Lee":                           "",
		"a@x.example;b@x.example":           "a@x.example b@x.example",
		"a@x.example, A@X.example":          "a@x.example",
		"Ann <a@x.example> (work)":          "a@x.example",
		"a @x.example":                      "a@x.example",
		"a\u200b@x.example":                 "a@x.example",
		"a@x.example.":                      "a@x.example",
		"write to a@x.example, please.":     "a@x.example",
		"a@x.example/b@x.example":           "a@x.example b@x.example",
		`{"email":"a@x.example","name`:      "a@x.example",
		"SMTP:a@x.example smtp:b@x.example": "a@x.example b@x.example",
		"m\xfcnch@x.example":                "münch@x.example",
		"a@x.example,f\xfcr":                "a@x.example",
		"a\uff20x.example":                  "a@x.example",
		`a"@x.example`:                      "a@x.example",
		`"a"@x.example`:                     "a@x.example",
		"a@x.example\u2028b@x.example":      "a@x.example b@x.example",
		"a@x.example\u0085b@x.example":      "a@x.example b@x.example",
		"a@x.example\vb@x.example":          "a@x.example b@x.example",
		"Email:a@x.example":                 "a@x.example",
		"a@x.example: left in May":          "a@x.example",
		"a@x.example?subject=leave":         "a@x.example",
		"a@x.example?":                      "a@x.example",
		"o/u=a?b@x.example":                 "o/u=a?b@x.example",
		"a@localhost":                       "",
		"@":                                 "",
	} {
		var keys []string
		for _, a := range Find(text) {
			keys = append(keys, a.Key)
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
