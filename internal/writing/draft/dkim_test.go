package draft

import (
	"slices"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/message"
)

func TestSelectors(t *testing.T) {
	relay := &crier.Relay{Spec: crier.RelaySpec{DKIM: []crier.RelayDKIM{
		{Domain: "example.gov", Selector: "ed"}, {Domain: "tax.example.gov", Selector: "t1"},
		{Domain: "example.gov", Selector: "rsa"}, {Domain: "xn--bcher-kva.example", Selector: "b"},
	}}}
	for author, want := range map[string][]message.Selector{
		"hr@example.gov":     {{Domain: "example.gov", Selector: "ed"}, {Domain: "example.gov", Selector: "rsa"}},
		"hr@DEP.Example.gov": {{Domain: "example.gov", Selector: "ed"}, {Domain: "example.gov", Selector: "rsa"}},
		"hr@tax.example.gov": {{Domain: "tax.example.gov", Selector: "t1"}},
		"hr@bücher.example":  {{Domain: "xn--bcher-kva.example", Selector: "b"}},
		"hr@myexample.gov":   nil,
		"hr@other.gov":       nil,
		"no address":         nil,
	} {
		if got := Selectors(relay, author); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", author, got, want)
		}
	}
}
