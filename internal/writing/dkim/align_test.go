package dkim

import "testing"

func TestSigningDomain(t *testing.T) {
	domains := []string{"gov", "example.gov", "hr.example.gov", "other.example", "ple.gov", ""}
	for from, want := range map[string]string{
		"example.gov":           "example.gov",
		"hr.example.gov":        "hr.example.gov",
		"a.hr.example.gov":      "hr.example.gov",
		"tax.example.gov":       "example.gov",
		"badexample.gov":        "",
		"other.gov":             "",
		"gov":                   "",
		"example.gov.evil.test": "",
		"other.example":         "other.example",
		"":                      "",
	} {
		if got := SigningDomain(domains, from); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}
