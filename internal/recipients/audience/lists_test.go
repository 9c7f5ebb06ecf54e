package audience

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
)

// set is a source of people whose branch is given after a colon.
func set(t testing.TB, who ...string) roster.Rows {
	t.Helper()
	var people []roster.Subscriber
	for _, w := range who {
		name, branch, _ := strings.Cut(w, ":")
		s := roster.Subscriber{Email: name + "@example.gov", Name: name}
		if branch != "" {
			s.Attributes = map[string]string{"branch": branch}
		}
		people = append(people, s)
	}
	source, err := roster.Of(people)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func where(t testing.TB, expression string) []*filter.Filter {
	t.Helper()
	f, err := filter.Compile(expression, filter.Schema{"branch": filter.TypeString, "grade": filter.TypeInteger})
	if err != nil {
		t.Fatal(err)
	}
	return []*filter.Filter{f}
}

// never is a Matcher of names.
type never map[string]crier.SuppressionReason

func (n never) Match(key []byte) (crier.SuppressionReason, bool, error) {
	name, _, _ := strings.Cut(string(key), "@")
	reason, ok := n[name]
	return reason, ok, nil
}

func (n never) Finish() error { return nil }

// read gives "name" or "name/list" of every recipient.
func read(t testing.TB, a *Audience) []string {
	t.Helper()
	var out []string
	for {
		row, err := a.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := row.Subscriber()
		if err != nil {
			t.Fatal(err)
		}
		who := s.Name
		if s.List > 0 {
			who = fmt.Sprintf("%s/%d", who, s.List)
		}
		out = append(out, who)
	}
}

func TestLists(t *testing.T) {
	for name, c := range map[string]struct {
		lists []List
		want  string
		sum   Summary
	}{
		"excluded": {
			[]List{{Sets: []roster.Rows{set(t, "ann", "bob", "cem", "dot")}, Exclude: []roster.Rows{set(t, "bob", "eve"), set(t, "dot", "zoe")}}},
			"ann cem", Summary{Subscribers: 4, Excluded: 2},
		},
		"filter": {
			[]List{{Sets: []roster.Rows{set(t, "ann:parks", "bob:roads", "cem")}, Filters: where(t, `subscriber.attributes.branch == "parks"`)}},
			"ann", Summary{Subscribers: 3, NotSelected: 2},
		},
		"undecided": {
			[]List{{Sets: []roster.Rows{set(t, "ann", "bob")}, Filters: where(t, `subscriber.attributes.grade > 3`)}},
			"", Summary{Subscribers: 2, Undecided: 2},
		},
		"both filters": {
			[]List{{Sets: []roster.Rows{set(t, "ann:parks", "bob:parks")},
				Filters: append(where(t, `subscriber.attributes.branch == "parks"`), where(t, `subscriber.name != "bob"`)...)}},
			"ann", Summary{Subscribers: 2, NotSelected: 1},
		},
		"suppressed": {
			[]List{{Sets: []roster.Rows{set(t, "ann", "bob", "cem")}, Suppressed: never{"bob": crier.SuppressedLegal, "dot": crier.SuppressedManual}}},
			"ann cem", Summary{Subscribers: 3, Suppressed: map[crier.SuppressionReason]int64{crier.SuppressedLegal: 1}},
		},
		"excluded before suppressed": {
			[]List{{Sets: []roster.Rows{set(t, "ann")}, Exclude: []roster.Rows{set(t, "ann")}, Suppressed: never{"ann": crier.SuppressedLegal}}},
			"", Summary{Subscribers: 1, Excluded: 1},
		},
		"two lists, one copy": {
			[]List{{Sets: []roster.Rows{set(t, "ann", "bob")}}, {Sets: []roster.Rows{set(t, "bob", "cem")}}},
			"ann bob cem/1", Summary{Subscribers: 4, Duplicates: 1},
		},
		"suppressed for one list, reached by another": {
			[]List{{Sets: []roster.Rows{set(t, "ann", "bob")}, Suppressed: never{"bob": crier.SuppressedUnsubscribed}}, {Sets: []roster.Rows{set(t, "bob")}}},
			"ann bob/1", Summary{Subscribers: 3, Duplicates: 1},
		},
		"out of both": {
			[]List{
				{Sets: []roster.Rows{set(t, "ann")}, Exclude: []roster.Rows{set(t, "ann")}},
				{Sets: []roster.Rows{set(t, "ann")}, Suppressed: never{"ann": crier.SuppressedLegal}},
			},
			"", Summary{Subscribers: 2, Duplicates: 1, Suppressed: map[crier.SuppressionReason]int64{crier.SuppressedLegal: 1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := OfLists(c.lists...)
			got := strings.Join(read(t, a), " ")
			s := a.Summary()
			c.sum.Recipients = int64(len(strings.Fields(c.want)))
			if c.sum.Suppressed == nil {
				c.sum.Suppressed = map[crier.SuppressionReason]int64{}
			}
			c.sum.Digest, c.sum.Lists = s.Digest, s.Lists // has a test of its own
			if got != c.want || !reflect.DeepEqual(s, c.sum) {
				t.Errorf("%q, %+v; want %q, %+v", got, s, c.want, c.sum)
			}
		})
	}
}

// Every subscriber of every list is counted once, and recipients are what a
// table of names would say.
func TestNobodyIsLostBetweenLists(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	some := func(bits int) (out []string) {
		for i, n := range names {
			if bits>>i&1 == 1 {
				out = append(out, n)
			}
		}
		return out
	}
	for seed := range 400 {
		in := []int{seed * 37 % 251, seed * 91 % 253, seed * 17 % 241}
		out := []int{seed * 7 % 239, seed * 53 % 233, 0}
		var lists []List
		want, counted := map[string]string{}, map[string]bool{}
		for i := range in {
			list := List{Sets: []roster.Rows{set(t, some(in[i])...)}}
			if out[i] != 0 {
				list.Exclude = []roster.Rows{set(t, some(out[i])...)}
			}
			lists = append(lists, list)
			for _, n := range some(in[i]) {
				counted[n] = true
				if slices.Contains(some(out[i]), n) || want[n] != "" {
					continue
				}
				want[n] = n
				if i > 0 {
					want[n] = fmt.Sprintf("%s/%d", n, i)
				}
			}
		}
		a := OfLists(lists...)
		got := read(t, a)
		if !slices.Equal(got, slices.Sorted(maps.Values(want))) {
			t.Fatalf("seed %d: %v, want %v", seed, got, slices.Sorted(maps.Values(want)))
		}
		if s := a.Summary(); s.Recipients+s.Excluded != int64(len(counted)) {
			t.Fatalf("seed %d: %d recipients and %d excluded of %d", seed, s.Recipients, s.Excluded, len(counted))
		}
	}
}

// What a list comes to is counted for each list, and everybody once for all.
func TestFiguresOfEachList(t *testing.T) {
	both := set(t, "ann:parks", "bob:roads", "cem:parks")
	a := OfLists(
		List{
			Sets: []roster.Rows{both, set(t, "ann", "dot", "eve:parks")}, Exclude: []roster.Rows{set(t, "cem")},
			Filters:    where(t, `subscriber.name != "dot"`),
			Narrow:     Narrowing{Exclude: []roster.Rows{set(t, "bob", "zoe")}, Filters: where(t, `subscriber.attributes.branch == "parks"`)},
			Suppressed: never{"eve": crier.SuppressedLegal},
		},
		List{ // has no filter of its own
			Sets:   []roster.Rows{both},
			Narrow: Narrowing{Exclude: []roster.Rows{set(t, "bob", "zoe")}, Filters: where(t, `subscriber.attributes.branch == "parks"`)},
		},
	)
	if got := strings.Join(read(t, a), " "); got != "ann cem/1" {
		t.Errorf("recipients %s", got)
	}
	got := a.Summary()
	want := Summary{
		Subscribers: 6, Recipients: 2, Duplicates: 1, Excluded: 1, NotSelected: 1, Digest: got.Digest,
		Suppressed: map[crier.SuppressionReason]int64{crier.SuppressedLegal: 1},
		Lists: []Reach{
			{Reached: 3, Subscribers: 6, Recipients: 1, Duplicates: 1, Excluded: 2, NotSelected: 1, Suppressed: 1},
			{Reached: 3, Subscribers: 3, Recipients: 1, Duplicates: 1, Excluded: 1},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
