package sharebook

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/share"
)

func TestPerSecond(t *testing.T) {
	for name, c := range map[string]struct {
		rate *crier.Rate
		want float64
	}{
		"none":       {nil, 0},
		"per second": {&crier.Rate{Messages: 5, Per: crier.PerSecond}, 5},
		"per minute": {&crier.Rate{Messages: 30, Per: crier.PerMinute}, 0.5},
		"per hour":   {&crier.Rate{Messages: 3600, Per: crier.PerHour}, 1},
	} {
		if got := PerSecond(c.rate); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What a Relay doesn't say is one connection and no bound of its rate; a
// destination that says only its rate has no bound of connections.
func TestLimits(t *testing.T) {
	relay := &crier.Relay{}
	if got := Limits(relay); got.Connections != 1 || got.PerSecond != 0 || got.Urgent || got.Destinations != nil {
		t.Errorf("of a Relay that says nothing: %+v", got)
	}
	relay.Spec.Limits.MaxConnections = 7
	relay.Spec.Limits.Rate = &crier.Rate{Messages: 2, Per: crier.PerSecond}
	relay.Spec.Grants = []crier.RelayGrant{{}, {Urgent: true}, {}}
	relay.Spec.Limits.Destinations = []crier.DestinationLimits{
		{Name: "slow", Rate: &crier.Rate{Messages: 60, Per: crier.PerMinute}}, {Name: "few", MaxConnections: ptr.To[int32](2)},
	}
	got := Limits(relay)
	if got.Connections != 7 || got.PerSecond != 2 || !got.Urgent || len(got.Destinations) != 2 {
		t.Errorf("%+v", got)
	}
	if got.Destinations["slow"] != (share.Limit{PerSecond: 1}) || got.Destinations["few"] != (share.Limit{Connections: 2}) {
		t.Errorf("%+v", got.Destinations)
	}
}

// A book is written by whoever read it last: nobody overwrites or deletes what
// somebody else has written since.
func TestBooks(t *testing.T) {
	memory := fake.NewClientBuilder().Build()
	store := Store{Client: memory, Reader: memory, Namespace: "crier-system"}
	relay := crier.NamespacedReference{Namespace: "mail", Name: "main"}
	read := func() *Sheet {
		t.Helper()
		sheet, err := store.Read(t.Context(), relay)
		if err != nil {
			t.Fatal(err)
		}
		return sheet
	}
	first, other := read(), read()
	if !first.Missing() {
		t.Error("a book before there is any")
	}
	if err := store.Write(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(t.Context(), other); !apierrors.IsAlreadyExists(err) {
		t.Errorf("created twice: %v", err)
	}
	one, two := read(), read()
	if one.Missing() {
		t.Error("the book isn't found again")
	}
	if err := store.Write(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(t.Context(), one); err != nil {
		t.Errorf("who wrote it writes it again: %v", err)
	}
	if err := store.Write(t.Context(), two); !apierrors.IsConflict(err) {
		t.Errorf("what was written since: %v", err)
	}
	if err := store.Delete(t.Context(), two); err == nil || read().Missing() {
		t.Errorf("what was written since is deleted: %v", err)
	}
	last := read()
	if err := store.Delete(t.Context(), last); err != nil || !read().Missing() {
		t.Errorf("not deleted: %v", err)
	}
	if err := store.Delete(t.Context(), last); err != nil {
		t.Errorf("deleted twice: %v", err)
	}
}

// The book of each Relay has a name and a label of its own.
func TestNamesOfBooks(t *testing.T) {
	a, b := crier.NamespacedReference{Namespace: "a-b", Name: "c"}, crier.NamespacedReference{Namespace: "a", Name: "b-c"}
	if Name(a) == Name(b) {
		t.Errorf("%s and %s", Name(a), Name(b))
	}
	memory := fake.NewClientBuilder().Build()
	store := Store{Client: memory, Reader: memory, Namespace: "crier-system"}
	sheet, _ := store.Read(t.Context(), a)
	if err := store.Write(t.Context(), sheet); err != nil {
		t.Fatal(err)
	}
	var found corev1.SecretList
	if err := memory.List(t.Context(), &found, client.InNamespace("crier-system"), client.MatchingLabels{crier.LabelComponent: crier.ComponentShares}); err != nil || len(found.Items) != 1 {
		t.Errorf("%d books, %v", len(found.Items), err)
	}
	found.Items[0].Data[bookKey] = []byte("{")
	if err := memory.Update(t.Context(), &found.Items[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Read(t.Context(), a); err == nil {
		t.Error("a book that can't be read is an empty one")
	}
}
