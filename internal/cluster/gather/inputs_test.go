package gather

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source/kinds"
)

// What a status remembers was written by releases before: if it were made in
// another way, every source would be read again, and sets that can't be read at
// the moment would have nobody.
func TestInputsAreAsBefore(t *testing.T) {
	set := &crier.SubscriberSet{}
	set.UID, set.Name, set.Namespace = "6f1f4b0e-6b3e-4f4e-9d5c-0d9f2c1b7a55", "staff", "hr"
	set.Spec.Source.Inline = []crier.Subscriber{{Email: "ann@example.gov", Attributes: map[string]string{"agency": "Parks"}}}
	in, err := InputsOf(t.Context(), nil, set, kinds.New(set.Spec.Source))
	if err != nil {
		t.Fatal(err)
	}
	const roster = "sha256:0123"
	const of = "7be3d358adf09f626d9bbee560d7de14-449472ca0abcf2efc07f64f283d9f60c"
	if got := in.Of(roster); got != of {
		t.Errorf("got %s", got)
	}
	if !in.SameSpec(of, roster) || in.SameSpec(of, "sha256:4567") {
		t.Error("the spec is another one")
	}
	const attempt = "4463e26318ab1b0cd0c9d3d300fb6af7ee967693064bed97de14a8be6b38ec0a"
	if got := in.Attempt("accepted"); got != attempt {
		t.Errorf("got %s", got)
	}
}
