package audience

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/recipients/roster"
)

// modelSet is a set of random people: keys of addresses to the name of their row.
type modelSet struct {
	rows   map[string]string // name of the row, which says of which set it is
	branch map[string]string
	source roster.Rows
}

// model is what audiences are compared with: maps instead of streams.
type model struct {
	random *rand.Rand
	sets   []modelSet
}

// spell writes the address of a person in one of the ways that are the same.
func (m *model) spell(i int) string {
	switch {
	case i%7 == 0 && m.random.IntN(2) == 0:
		return fmt.Sprintf("J\u00f3%d@xn--bcher-kva.example", i)
	case i%7 == 0:
		return fmt.Sprintf("jo\u0301%d@b\u00fccher.example", i)
	case m.random.IntN(3) == 0:
		return fmt.Sprintf("P%d@EX.org", i)
	}
	return fmt.Sprintf("p%d@ex.org", i)
}

func (m *model) add(t *testing.T) {
	t.Helper()
	s := modelSet{rows: map[string]string{}, branch: map[string]string{}}
	var people []roster.Subscriber
	for range m.random.IntN(30) {
		email := m.spell(m.random.IntN(25))
		key := roster.Key(email)
		if s.rows[key] != "" {
			continue
		}
		s.rows[key] = fmt.Sprint("set", len(m.sets))
		s.branch[key] = []string{"parks", "roads"}[m.random.IntN(2)]
		people = append(people, roster.Subscriber{Email: email, Name: s.rows[key], Attributes: map[string]string{"branch": s.branch[key]}})
	}
	var err error
	if s.source, err = roster.Of(people); err != nil {
		t.Fatal(err)
	}
	m.sets = append(m.sets, s)
}

// pick is some of the sets.
func (m *model) pick(n int) []modelSet {
	var out []modelSet
	for _, i := range m.random.Perm(len(m.sets))[:n] {
		out = append(out, m.sets[i])
	}
	return out
}

func sourcesOf(sets []modelSet) (out []roster.Rows) {
	for _, s := range sets {
		out = append(out, s.source)
	}
	return out
}

func in(sets []modelSet, key string) bool {
	for _, s := range sets {
		if s.rows[key] != "" {
			return true
		}
	}
	return false
}

// modelList is a list with what it is made of.
type modelList struct {
	sets, exclude, narrow []modelSet
	parks                 bool // the list's filter
	suppressed            map[string]bool
}

// meets says what the list means for a person, and of which set their row is.
func (l modelList) meets(key string) (where fate, row string, rows, byItself int64) {
	branch := ""
	for _, s := range l.sets {
		if s.rows[key] == "" {
			continue
		}
		if rows++; row == "" {
			row, branch = s.rows[key], s.branch[key]
		}
	}
	switch out := l.parks && branch != "parks"; {
	case rows == 0:
		return 0, "", 0, 0
	case in(l.exclude, key):
		return excluded, row, rows, 0
	case in(l.narrow, key):
		if !out {
			byItself = 1
		}
		return excluded, row, rows, byItself
	case out:
		return notSelected, row, rows, 0
	case l.suppressed[key]:
		return suppressed, row, rows, 1
	}
	return reached, row, rows, 1
}

// keysNever is a Matcher of keys.
type keysNever map[string]bool

func (k keysNever) Match(key []byte) (crier.SuppressionReason, bool, error) {
	return crier.SuppressedManual, k[string(key)], nil
}

func (k keysNever) Finish() error { return nil }

// Lists that share sets, exclude, filter and suppress at random: recipients,
// the row and the list that each is reached by, and all figures are those of
// a table of names.
func TestAudiencesAreThoseOfAModel(t *testing.T) {
	for seed := range uint64(300) {
		m := &model{random: rand.New(rand.NewPCG(seed, 7))}
		for range 6 {
			m.add(t)
		}
		narrow := m.pick(m.random.IntN(2))
		var lists []modelList
		var real []List
		for range 1 + m.random.IntN(3) {
			l := modelList{sets: m.pick(1 + m.random.IntN(3)), exclude: m.pick(m.random.IntN(3)), narrow: narrow, parks: m.random.IntN(3) == 0, suppressed: map[string]bool{}}
			for range m.random.IntN(4) {
				l.suppressed[roster.Key(m.spell(m.random.IntN(25)))] = true
			}
			var filters []*filter.Filter
			if l.parks {
				filters = where(t, `subscriber.attributes.branch == "parks"`)
			}
			lists = append(lists, l)
			real = append(real, List{Sets: sourcesOf(l.sets), Exclude: sourcesOf(l.exclude), Filters: filters,
				Narrow: Narrowing{Exclude: sourcesOf(narrow)}, Suppressed: keysNever(l.suppressed)})
		}
		want, sum := expected(m, lists)
		a := OfLists(real...)
		got := map[string]string{}
		drain(t, a, func(row roster.Row) {
			s, err := row.Subscriber()
			if err != nil {
				t.Fatal(err)
			}
			got[string(row.Key)] = fmt.Sprintf("%d/%s", s.List, s.Name)
		})
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d:\n%v\nwant %v", seed, got, want)
		}
		found := a.Summary()
		sum.Digest = found.Digest
		if fmt.Sprint(found) != fmt.Sprint(sum) {
			t.Fatalf("seed %d:\n%+v\nwant %+v", seed, found, sum)
		}
		addUp(t, seed, found)
	}
}

// expected is what the model says of all people.
func expected(m *model, lists []modelList) (map[string]string, Summary) {
	want, sum := map[string]string{}, Summary{Suppressed: map[crier.SuppressionReason]int64{}, Lists: make([]Reach, len(lists))}
	keys := map[string]bool{}
	for _, s := range m.sets {
		for key := range s.rows {
			keys[key] = true
		}
	}
	for key := range keys {
		best, by := fate(-1), -1
		var all []modelSet
		for i, l := range lists {
			all = append(all, l.sets...)
			if where, row, rows, _ := l.meets(key); rows > 0 && where > best {
				best, by = where, i
				want[key] = fmt.Sprintf("%d/%s", i, row)
			}
		}
		if by < 0 {
			continue
		}
		if best != reached {
			delete(want, key)
		}
		for i, l := range lists {
			where, _, rows, byItself := l.meets(key)
			if rows > 0 {
				sum.Lists[i].Reached += byItself
				note := &members{rows: rows, fate: where}
				note.count(i == by)
				sum.Lists[i] = plus(sum.Lists[i], note.counts)
			}
		}
		distinct := map[string]bool{}
		for _, s := range all {
			if s.rows[key] != "" {
				distinct[s.rows[key]] = true
			}
		}
		sum.count(&members{fate: best, reason: crier.SuppressedManual}, int64(len(distinct)))
	}
	return want, sum
}

func plus(a, b Reach) Reach {
	a.Subscribers += b.Subscribers
	a.Recipients += b.Recipients
	a.Duplicates += b.Duplicates
	a.Excluded += b.Excluded
	a.NotSelected += b.NotSelected
	a.Undecided += b.Undecided
	a.Suppressed += b.Suppressed
	return a
}

// addUp checks that every row is counted once, for each list and for all.
func addUp(t *testing.T, seed uint64, s Summary) {
	t.Helper()
	if got := s.Recipients + s.Duplicates + s.Excluded + s.NotSelected + s.Undecided + s.AllSuppressed(); got != s.Subscribers {
		t.Fatalf("seed %d: %d counted of %d: %+v", seed, got, s.Subscribers, s)
	}
	var recipients int64
	for _, l := range s.Lists {
		recipients += l.Recipients
		if got := l.Recipients + l.Duplicates + l.Excluded + l.NotSelected + l.Undecided + l.Suppressed; got != l.Subscribers {
			t.Fatalf("seed %d: %d counted of %d: %+v", seed, got, l.Subscribers, l)
		}
	}
	if recipients != s.Recipients {
		t.Fatalf("seed %d: lists have %d recipients, all %d", seed, recipients, s.Recipients)
	}
}
