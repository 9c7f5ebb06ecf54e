package suppression

import (
	"reflect"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// mark marks ann, bob, cy and dan, who are in two shards of two.
func mark(t *testing.T, k *Marker) *Marks {
	t.Helper()
	for i, key := range []string{"ann@example.net", "bob@example.net", "cy@example.net", "dan@example.net"} {
		if err := k.Mark(int32(i/2), i%2, 2, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := k.Marks()
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

func matcher(t *testing.T, rows ...string) *Matcher {
	return NewMatcher(crier.PurposeSubscribed, now, of(t, rows...))
}

const (
	legal        = 1
	unsubscribed = 3
	manual       = 5
)

func TestMarkerOfOneList(t *testing.T) {
	m := mark(t, &Marker{
		Version: "v", Wide: matcher(t, "bob@example.net Legal=always"),
		Lists: []*Matcher{matcher(t, "bob@example.net Manual=always", "dan@example.net Unsubscribed=always")},
	})
	want := map[int32]Marked{0: {0, legal}, 1: {0, unsubscribed}}
	if m.Version != "v" || !reflect.DeepEqual(m.Shards, want) {
		t.Errorf("got %+v", m)
	}
}

func TestMarkerOfNobody(t *testing.T) {
	k := &Marker{Version: "v", Wide: matcher(t), Before: map[int32]Counts{0: {1}}}
	m, err := k.Marks()
	if err != nil || len(m.Shards) != 0 || m.Version != "v" || m.Before == nil {
		t.Errorf("got %+v, %v", m, err)
	}
}

// Bob had left the first of two lists when recipients were written down, and
// gets the message by the second one, until he leaves that one as well.
func TestMarkerOfSeveralLists(t *testing.T) {
	left := []string{"bob@example.net Unsubscribed=always"}
	planned := mark(t, &Marker{
		Version: "1", Wide: matcher(t), AsPlanned: true,
		Lists: []*Matcher{matcher(t, left...), matcher(t), matcher(t)},
	})
	if len(planned.Shards) != 0 || !reflect.DeepEqual(planned.Before, map[int32]Counts{0: {0, 1}}) {
		t.Fatalf("as planned: %+v", planned)
	}
	planned = reread(t, planned)
	again := func(second ...string) *Marks {
		return mark(t, &Marker{
			Version: "2", Wide: matcher(t), Before: planned.Before,
			Lists: []*Matcher{matcher(t, left...), matcher(t, second...), matcher(t)},
		})
	}
	m := again("dan@example.net Manual=always")
	if !reflect.DeepEqual(m.Shards, map[int32]Marked{1: {0, manual}}) || !reflect.DeepEqual(m.Before, planned.Before) {
		t.Errorf("dan left: %+v", m)
	}
	m = again(left...)
	if !reflect.DeepEqual(m.Shards, map[int32]Marked{0: {0, unsubscribed}}) {
		t.Errorf("bob left both: %+v", m)
	}
}

// Whoever has left all lists of a message isn't to get it, whatever was planned.
func TestMarkerOfAllLists(t *testing.T) {
	left := "ann@example.net Unsubscribed=always"
	m := mark(t, &Marker{
		Version: "1", Wide: matcher(t), AsPlanned: true,
		Lists: []*Matcher{matcher(t, left), matcher(t, left)},
	})
	if !reflect.DeepEqual(m.Shards, map[int32]Marked{0: {unsubscribed, 0}}) {
		t.Errorf("got %+v", m)
	}
}
