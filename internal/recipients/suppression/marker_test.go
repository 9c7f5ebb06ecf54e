package suppression

import (
	"reflect"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	legal        = 1
	unsubscribed = 3
)

// Ann, bob and dan are reached by the first list, cy and eve by the second.
func TestMarker(t *testing.T) {
	matcher := func(rows ...string) *Matcher {
		return NewMatcher(crier.PurposeSubscribed, now, of(t, rows...))
	}
	k := &Marker{Version: "v", Lists: []*Matcher{
		matcher("bob@example.net Manual=always Legal=always", "cy@example.net Unsubscribed=always"),
		matcher("ann@example.net Unsubscribed=always", "eve@example.net Unsubscribed=always"),
	}}
	for i, person := range []struct {
		key  string
		list int
	}{{"ann@example.net", 0}, {"bob@example.net", 0}, {"cy@example.net", 1}, {"dan@example.net", 0}, {"eve@example.net", 1}} {
		if err := k.Mark(int32(i/3), i%3, 3, person.list, []byte(person.key)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := k.Marks()
	want := map[int32]Marked{0: {0, legal, 0}, 1: {0, unsubscribed, 0}}
	if err != nil || m.Version != "v" || !reflect.DeepEqual(m.Shards, want) {
		t.Errorf("got %+v, %v", m, err)
	}
	if err := k.Mark(2, 0, 1, 2, []byte("z@example.net")); err == nil {
		t.Error("a list that isn't there was taken")
	}
}

func TestMarkerOfNobody(t *testing.T) {
	m, err := (&Marker{Version: "v", Lists: []*Matcher{NewMatcher(crier.PurposeSubscribed, now)}}).Marks()
	if err != nil || len(m.Shards) != 0 || m.Version != "v" {
		t.Errorf("got %+v, %v", m, err)
	}
}
