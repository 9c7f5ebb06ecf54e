package suppression

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

func TestDiffer(t *testing.T) {
	before := of(t, "ann@example.net Manual=always", "bob@example.net Legal=always", "cy@example.net Manual=always")
	after := of(t, "bob@example.net Legal=always", "cy@example.net Manual=always Legal=2026-03-02T00:00:00Z", "dan@example.net Complaint=always")
	got, err := Differ(before, after)
	want := []Change{
		{Key: "ann@example.net", Had: true},
		{Key: "cy@example.net", Had: true, Row: map[string]string{"Manual": "always", "Legal": "2026-03-02T00:00:00Z"}},
		{Key: "dan@example.net", Row: map[string]string{"Complaint": "always"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Differ(of(t), of(t)); err != nil || len(got) != 0 {
		t.Errorf("of nobody: %+v, %v", got, err)
	}
}

func TestTooManyChanges(t *testing.T) {
	subs := make([]roster.Subscriber, MaxChanged+1)
	for i := range subs {
		subs[i] = roster.Subscriber{Email: fmt.Sprintf("p%05d@example.net", i)}
	}
	for n, want := range map[int]error{MaxChanged: nil, MaxChanged + 1: ErrTooManyChanges} {
		rows, err := roster.Of(subs[:n])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Differ(of(t), rows); !errors.Is(err, want) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// Whatever became of somebody in between, what counts is how it began and how
// it ended; a step that leads from nowhere is passed over.
func TestBetween(t *testing.T) {
	row := map[string]string{"Manual": "always"}
	other := map[string]string{"Legal": "always"}
	c := &Changes{}
	for _, s := range []Step{
		{From: "a", To: "b", Changes: []Change{{Key: "new", Row: row}, {Key: "gone", Had: true}, {Key: "brief", Row: row}}},
		{From: "a", To: "x", Changes: []Change{{Key: "overtaken", Row: row}}},
		{From: "b", To: "c", Changes: []Change{{Key: "new", Had: true, Row: other}, {Key: "brief", Had: true}, {Key: "gone", Row: row}}},
		{From: "c", To: "b", Changes: []Change{{Key: "back", Row: row}}},
		{From: "b", To: "d", Changes: nil},
	} {
		s.At = now
		c.Add(s)
	}
	for _, test := range []struct {
		from, to string
		want     map[string]Change
		known    bool
	}{
		{"a", "a", map[string]Change{}, true},
		{"z", "z", map[string]Change{}, true},
		{"a", "c", map[string]Change{"new": {Key: "new", Row: other}, "brief": {Key: "brief"}, "gone": {Key: "gone", Had: true, Row: row}}, true},
		{"c", "d", map[string]Change{"back": {Key: "back", Row: row}}, true},
		{"a", "x", map[string]Change{"overtaken": {Key: "overtaken", Row: row}}, true},
		{"x", "d", nil, false},
		{"d", "a", nil, false},
		{"a", "z", nil, false},
	} {
		got, known := c.Between(test.from, test.to)
		if known != test.known || known && !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s to %s: %+v, %t", test.from, test.to, got, known)
		}
	}
}

// Steps between random rosters lead to the difference between any two of them.
func TestBetweenAnyTwo(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		c, states := &Changes{}, []map[string]string{{}}
		name := func(i int) string { return fmt.Sprint("d", i) }
		for i := range 12 {
			next := maps.Clone(states[i])
			var changes []Change
			for _, key := range []string{"a", "b", "c", "d"} {
				had := next[key] != ""
				switch random.IntN(4) {
				case 0:
					next[key] = fmt.Sprint("r", random.IntN(3))
				case 1:
					delete(next, key)
				}
				if next[key] != states[i][key] {
					change := Change{Key: key, Had: had}
					if next[key] != "" {
						change.Row = map[string]string{next[key]: forever}
					}
					changes = append(changes, change)
				}
			}
			states = append(states, next)
			c.Add(Step{From: name(i), To: name(i + 1), At: now, Changes: changes})
		}
		from := random.IntN(len(states))
		to := from + random.IntN(len(states)-from)
		got, known := c.Between(name(from), name(to))
		if !known {
			t.Fatalf("%d to %d isn't known", from, to)
		}
		for _, key := range []string{"a", "b", "c", "d"} {
			was, is := states[from][key], states[to][key]
			change, changed := got[key]
			if was != is && !changed || changed && (change.Had != (was != "") || (is == "") != (len(change.Row) == 0) || is != "" && change.Row[is] == "") {
				t.Fatalf("%s from %q to %q: %+v, %t", key, was, is, change, changed)
			}
		}
	}
}

func TestChangesAreForgotten(t *testing.T) {
	c := &Changes{}
	add := func(n int, at time.Time) {
		c.Add(Step{From: "a", To: "b", At: at, Changes: make([]Change, n)})
	}
	add(1, now)
	add(1, now.Add(stepAge))
	add(1, now.Add(stepAge+time.Second))
	if len(c.Steps) != 2 {
		t.Errorf("%d steps of the last minutes", len(c.Steps))
	}
	for range maxSteps {
		add(1, now.Add(stepAge))
	}
	if len(c.Steps) != maxSteps {
		t.Errorf("%d steps", len(c.Steps))
	}
	add(maxChanges-1, now.Add(stepAge))
	if len(c.Steps) != 2 {
		t.Errorf("%d steps beside a large one", len(c.Steps))
	}
	if _, known := (&Changes{Steps: []Step{{From: "a", To: "b", Changes: excess()}}}).Between("a", "b"); known {
		t.Error("too many changes are known")
	}
}

func excess() (all []Change) {
	for i := range MaxChanged + 1 {
		all = append(all, Change{Key: fmt.Sprint(i)})
	}
	return all
}

func TestEncodedChanges(t *testing.T) {
	c := &Changes{}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 8 {
		var changes []Change
		for range 1000 {
			key := make([]byte, 120)
			for j := range key {
				key[j] = 'a' + byte(random.IntN(26))
			}
			changes = append(changes, Change{Key: string(key)})
		}
		c.Add(Step{From: fmt.Sprint(i), To: fmt.Sprint(i + 1), At: now.UTC(), Parts: 3, Changes: changes})
	}
	data, err := c.Encode()
	if err != nil || len(data) > maxPacked {
		t.Fatalf("%d octets, %v", len(data), err)
	}
	got, err := DecodeChanges(data)
	if err != nil || len(got.Steps) == 0 || len(got.Steps) == 8 || !reflect.DeepEqual(got.Last(), &c.Steps[len(c.Steps)-1]) {
		t.Errorf("%d steps, %v", len(got.Steps), err)
	}
	for _, bad := range [][]byte{nil, []byte("x"), data[:20]} {
		if _, err := DecodeChanges(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if (&Changes{}).Last() != nil {
		t.Error("there is a last of no steps")
	}
}

func TestJudge(t *testing.T) {
	end := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	all := Source{Scope: crier.ScopeNamespace}
	second := Source{Scope: crier.ScopeList, About: "news"}
	changed := []Changed{
		{all, map[string]Change{
			"new@x": {Row: map[string]string{"Unsubscribed": forever}}, "ends@x": {Row: map[string]string{"Legal": end(time.Minute)}},
			"ended@x": {Row: map[string]string{"Legal": end(-time.Minute)}}, "gone@x": {Had: true}, "brief@x": {},
			"other@x": {Had: true, Row: map[string]string{"Legal": forever}},
		}},
		{second, map[string]Change{"new@x": {Row: map[string]string{"Legal": forever}}, "second@x": {Had: true}}},
	}
	r := NewRemarker(crier.PurposeSubscribed, now, []string{"staff", "news"}, changed)
	for _, test := range []struct {
		list   int
		key    string
		before byte
		want   byte
		sure   bool
	}{
		{0, "new@x", 0, unsubscribed, true}, {1, "new@x", 0, legal, true},
		{0, "new@x", legal, legal, true}, {0, "new@x", 5, unsubscribed, true},
		{0, "ends@x", 0, legal, true}, {0, "ended@x", 0, 0, true}, {0, "ended@x", 4, 4, true},
		{0, "gone@x", 4, 0, false}, {0, "other@x", 0, 0, false}, {0, "brief@x", 2, 2, true},
		{0, "second@x", 3, 3, true}, {1, "second@x", 3, 0, false},
		{2, "new@x", 0, 0, false}, {-1, "new@x", 0, 0, false}, {0, "nobody@x", 1, 1, true},
	} {
		if got, sure := r.Judge(test.list, test.key, test.before); sure != test.sure || sure && got != test.want {
			t.Errorf("%s of list %d, before %d: %d, %t", test.key, test.list, test.before, got, sure)
		}
	}
	if got := r.Keys(); !slices.IsSorted(got) || len(got) != 7 {
		t.Errorf("keys %v", got)
	}
	mandatory := NewRemarker(crier.PurposeMandatory, now, []string{"staff"}, changed)
	if got, sure := mandatory.Judge(0, "new@x", 0); got != 0 || !sure {
		t.Errorf("who left a list that can't be left: %d, %t", got, sure)
	}
}

func TestSince(t *testing.T) {
	source := func(name, about, digest string) Source {
		return Source{Namespace: "hr", Name: name, Scope: crier.ScopeList, About: about, Digest: digest}
	}
	origin := func(sources ...Source) *Origin {
		return &Origin{Purpose: crier.PurposeSubscribed, Lists: []string{"staff"}, Sources: sources}
	}
	before := origin(source("a", "staff", "1"), source("b", "staff", "1"))
	other := origin(before.Sources...)
	other.Lists = []string{"news"}
	mandatory := origin(before.Sources...)
	mandatory.Purpose = crier.PurposeMandatory
	for name, test := range map[string]struct {
		now   *Origin
		moved string
		known bool
	}{
		"nothing":            {before, "", true},
		"one":                {origin(source("a", "staff", "1"), source("b", "staff", "2")), "b from 1", true},
		"new":                {origin(source("a", "staff", "1"), source("aa", "staff", "7"), source("b", "staff", "1")), "aa from ", true},
		"gone":               {origin(source("a", "staff", "2")), "", false},
		"about another list": {origin(source("a", "staff", "1"), source("b", "news", "1")), "", false},
		"not stored":         {origin(source("a", "staff", "1"), source("b", "staff", "")), "", false},
		"other lists":        {other, "", false},
		"other purpose":      {mandatory, "", false},
	} {
		moved, known := test.now.Since(before)
		got := ""
		for _, m := range moved {
			got += m.Name + " from " + m.From
		}
		if known != test.known || known && got != test.moved {
			t.Errorf("%s: %q, %t", name, got, known)
		}
	}
	if _, known := before.Since(origin(source("a", "staff", ""), source("b", "staff", "1"))); known {
		t.Error("of something that wasn't stored")
	}
}

func TestSet(t *testing.T) {
	m := &Marks{}
	if !m.Set(3, 1, 4, 0) || len(m.Shards) != 0 {
		t.Error("nobody was marked")
	}
	if !m.Set(3, 1, 4, legal) || !m.Set(3, 2, 4, unsubscribed) || m.At(3, 1) != legal || m.At(3, 0) != 0 {
		t.Errorf("%+v", m)
	}
	for _, bad := range [][3]int{{1, 5, 0}, {4, 4, 0}, {-1, 4, 0}, {0, 4, 6}} {
		if m.Set(3, bad[0], bad[1], byte(bad[2])) {
			t.Errorf("%v was taken", bad)
		}
	}
	if !m.Set(3, 1, 4, 0) || !m.Set(3, 2, 4, 0) || len(m.Shards) != 0 || m.At(3, 1) != 0 || m.At(3, -1) != 0 {
		t.Errorf("%+v", m)
	}
}

func TestIndex(t *testing.T) {
	x := &Index{Attempt: "a", Digest: "d", Recipients: 9, Keys: []string{"b", "f", "m"}}
	for key, want := range map[string]int{"a": -1, "b": 0, "e": 0, "f": 1, "g": 1, "m": 2, "z": 2} {
		if got := x.Shard(key); got != want {
			t.Errorf("%s is in %d, want %d", key, got, want)
		}
	}
	if !x.Fits("a", "d", 9, 3) || x.Fits("b", "d", 9, 3) || x.Fits("a", "e", 9, 3) || x.Fits("a", "d", 8, 3) || x.Fits("a", "d", 9, 4) {
		t.Error("it fits something else")
	}
	if (&Index{Keys: []string{"b", "a"}}).Fits("", "", 0, 2) {
		t.Error("it isn't in order")
	}
	if !x.Holds(0, "b", "e") || !x.Holds(2, "m", "z") || x.Holds(0, "a", "e") || x.Holds(0, "b", "f") || x.Holds(3, "z", "z") || x.Holds(-1, "", "") {
		t.Error("shards are elsewhere")
	}
}
