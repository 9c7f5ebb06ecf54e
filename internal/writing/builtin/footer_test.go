package builtin_test

import (
	"testing"

	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/layout"
)

// Every template says why one gets the message, who sends it and how to leave
// the list, so that no footer is added below it.
func TestFooters(t *testing.T) {
	for _, name := range builtin.Names() {
		in, err := sample.Input(name)
		if err != nil {
			t.Fatal(err)
		}
		in.List.Footer, in.List.PostalAddress, in.List.UnsubscribeURL = "Why.", "1 Main Street", "https://example.gov/leave"
		got, err := layout.Assemble(in)
		if err != nil || !got.FooterInHTML || !got.FooterInText {
			t.Errorf("%s: in HTML %t, in text %t, %v", name, got.FooterInHTML, got.FooterInText, err)
		}
	}
}
