package share

import (
	"math"
	"testing"
	"time"
)

// A pod that says which ration it keeps to may use that one and later ones for
// longer than their term, and nothing of those before.
func TestWhatAPodKeepsToIsHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		seq  int64
		kept map[string]int64
		want bool
	}{
		{"says nothing", 5, nil, false},
		{"keeps to none yet", 5, map[string]int64{"p": 0}, false},
		{"somebody else does", 5, map[string]int64{"q": 5}, false},
		{"keeps to an earlier one", 5, map[string]int64{"p": 4}, true},
		{"keeps to it", 5, map[string]int64{"p": 5}, true},
		{"keeps to the first", 1, map[string]int64{"p": 1}, true},
		{"keeps to a later one", 5, map[string]int64{"p": 6}, false},
	} {
		b := Book{Issued: []Issued{{Pod: "p", Ration: Ration{Seq: c.seq}, Posted: epoch}}}
		b.Heed(c.kept)
		b.Observe(nil, nil, epoch.Add(time.Hour))
		if got := len(b.Issued) == 1; got != c.want {
			t.Errorf("%s: held %t", c.name, got)
		}
	}
}

// A ration is over a term and a margin after its board is known to show it.
func TestRationsAreOver(t *testing.T) {
	b := Book{Issued: []Issued{{Pod: "p", Board: "b", Ration: Ration{Seq: 3}}}}
	b.Observe(map[string]Posting{"b": {Round: 2, At: epoch}}, nil, epoch)
	if !b.Issued[0].Posted.IsZero() {
		t.Fatal("a board of an earlier round is taken for its own")
	}
	b.Observe(map[string]Posting{"b": {Round: 3, At: epoch}}, nil, epoch)
	b.Observe(nil, nil, epoch.Add(65*time.Second-1))
	if len(b.Issued) != 1 {
		t.Fatal("over too early")
	}
	b.Observe(nil, nil, epoch.Add(65*time.Second))
	if len(b.Issued) != 0 {
		t.Error("never over")
	}
}

func TestUnpostedIsTheLastOfABoard(t *testing.T) {
	b := Book{}
	for _, seq := range []int64{3, 5, 4} {
		b.Issued = append(b.Issued, Issued{Board: "b", Ration: Ration{Seq: seq}})
	}
	if got := b.Unposted()["b"]; got != 5 {
		t.Errorf("round %d", got)
	}
}

func TestEmptyBook(t *testing.T) {
	for name, c := range map[string]struct {
		book Book
		want bool
	}{
		"nothing":           {Book{Round: 7, Renewed: epoch}, true},
		"a ration":          {Book{Issued: []Issued{{Pod: "p"}}}, false},
		"a budget":          {Book{Budgets: map[string]Budget{"r": {Job: "j"}}}, false},
		"a refused login":   {Book{LoginRefused: "v1"}, false},
		"a pause":           {Book{Pause: &Pause{Until: epoch.Add(-time.Hour + 1)}}, false},
		"a forgotten pause": {Book{Pause: &Pause{Until: epoch.Add(-time.Hour)}}, true},
	} {
		if got := c.book.Empty(epoch); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestCovers(t *testing.T) {
	of := func(connections int, rate float64) Ration { return Ration{Limit: Limit{connections, rate}} }
	to := func(name string, connections int, rate float64) Ration {
		return Ration{Limit: Limit{9, 9}, Destinations: map[string]Limit{name: {connections, rate}}}
	}
	for _, c := range []struct {
		name     string
		a, b     Ration
		ab, bofa bool // a covers b, and b covers a
	}{
		{"the same", of(2, 1), of(2, 1), true, true},
		{"more connections", of(3, 1), of(2, 1), true, false},
		{"a higher rate", of(2, 2), of(2, 1), true, false},
		{"any rate", of(2, 0), of(2, 1), true, false},
		{"any rate, both", of(2, 0), of(2, 0), true, true},
		{"faster on fewer", of(2, 2), of(3, 1), false, false},
		{"more to a destination", to("x", 3, 1), to("x", 2, 1), true, false},
		{"faster to a destination", to("x", 2, 2), to("x", 2, 1), true, false},
		{"a destination that isn't bound", of(9, 9), to("x", 9, 9), true, false},
		{"two destinations", to("x", 1, 1), to("y", 1, 1), false, false},
	} {
		if c.a.Covers(c.b) != c.ab || c.b.Covers(c.a) != c.bofa {
			t.Errorf("%s: %t and %t", c.name, c.a.Covers(c.b), c.b.Covers(c.a))
		}
	}
}

// Rates that differ by a hundredth are the same, numbers of connections aren't.
func TestEased(t *testing.T) {
	of := func(connections int, rate float64) Ration {
		return Ration{Limit: Limit{connections, rate}, Destinations: map[string]Limit{"x": {connections, rate}}}
	}
	for _, c := range []struct {
		connections int
		rate        float64
		want        bool
	}{{10, 100, true}, {10, 100.9, true}, {10, 101.1, false}, {11, 100, false}} {
		g := of(c.connections, c.rate)
		whole := Ration{Limit: g.Limit, Destinations: of(10, 100).Destinations}
		part := Ration{Limit: of(10, 100).Limit, Destinations: g.Destinations}
		if eased := of(10, 100).eased(); eased.Covers(whole) != c.want || eased.Covers(part) != c.want {
			t.Errorf("%+v: whole %t, destination %t", g.Limit, eased.Covers(whole), eased.Covers(part))
		}
	}
}

// What can't be written is an error, and no empty Secret.
func TestEncodeOfWhatCantBeWritten(t *testing.T) {
	g := Ration{Limit: Limit{PerSecond: math.Inf(1)}}
	if data, err := (&Book{Issued: []Issued{{Ration: g}}}).Encode(); err == nil {
		t.Errorf("the book became %s", data)
	}
	if data, err := (Rations{"p": g}).Encode(); err == nil {
		t.Errorf("rations became %s", data)
	}
}
