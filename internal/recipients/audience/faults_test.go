package audience

import (
	"errors"
	"io"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

var errBroken = errors.New("broken")

// rows are a source of rows as they are given, which can't be compared; then
// comes an error.
type rows struct {
	rows []roster.Row
	end  error
	at   *int
}

func raw(end error, lines ...string) rows {
	r := rows{end: end, at: new(int)}
	for _, line := range lines {
		key, line, _ := strings.Cut(line, " ")
		r.rows = append(r.rows, roster.Row{Key: []byte(key + "@example.gov"), Line: []byte(line + "\n")})
	}
	return r
}

func (r rows) Next() (roster.Row, error) {
	if *r.at == len(r.rows) {
		return roster.Row{}, r.end
	}
	*r.at++
	return r.rows[*r.at-1], nil
}

// matcher fails where it is told to, and counts how often it is finished.
type matcher struct {
	match, finish error
	finished      int
}

func (m *matcher) Match([]byte) (crier.SuppressionReason, bool, error) { return "", false, m.match }

func (m *matcher) Finish() error {
	m.finished++
	return m.finish
}

// Whoever isn't known is never taken for nobody: the message would go to too
// few, or to those who must not get it.
func TestWhatCantBeReadEndsTheAudience(t *testing.T) {
	const ann = `ann {"email":"ann@example.gov","name":"ann"}`
	for name, list := range map[string]func() List{
		"a source breaks at once": func() List { return List{Sets: []roster.Rows{raw(errBroken)}} },
		"a source breaks off":     func() List { return List{Sets: []roster.Rows{raw(errBroken, ann)}} },
		"an exclusion breaks off": func() List {
			return List{Sets: []roster.Rows{raw(io.EOF, ann)}, Exclude: []roster.Rows{raw(errBroken)}}
		},
		"a row that a filter needs": func() List {
			return List{Sets: []roster.Rows{raw(io.EOF, "ann {broken")}, Filters: where(t, `subscriber.name != ""`)}
		},
		"suppressions break off": func() List {
			return List{Sets: []roster.Rows{raw(io.EOF, ann)}, Suppressed: &matcher{match: errBroken}}
		},
		"suppressions can't be relied on": func() List {
			return List{Sets: []roster.Rows{raw(io.EOF, ann)}, Suppressed: &matcher{finish: errBroken}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := OfLists(list())
			err := error(nil)
			for n := 0; err == nil && n < 3; n++ {
				_, err = a.Next()
			}
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("the audience ends with %v", err)
			}
			if _, err := Ask("zoe@example.gov", list()); err == nil {
				t.Error("an answer that nobody can know")
			}
		})
	}
	if _, err := Ask("ann@example.gov", List{Sets: []roster.Rows{raw(io.EOF, "ann {broken")}}); err == nil {
		t.Error("an answer about a row that can't be read")
	}
}

func TestMatchersAreFinishedOnce(t *testing.T) {
	m := &matcher{}
	a := OfLists(List{Sets: []roster.Rows{set(t, "ann", "bob")}}, List{Sets: []roster.Rows{set(t, "cem")}, Suppressed: m})
	if got := strings.Join(read(t, a), " "); got != "ann bob cem/1" || m.finished != 1 {
		t.Errorf("%s, finished %d times", got, m.finished)
	}
	if _, err := a.Next(); !errors.Is(err, io.EOF) || m.finished != 1 {
		t.Errorf("after the end: %v, finished %d times", err, m.finished)
	}
}

// A million rows are passed on as they are: only a filter reads them, and only
// a later list writes on them.
func TestRowsArePassedOn(t *testing.T) {
	a := OfLists(List{Sets: []roster.Rows{raw(io.EOF, "ann {not read")}, Suppressed: &matcher{}})
	if row, err := a.Next(); err != nil || string(row.Line) != "{not read\n" {
		t.Errorf("%q, %v", row.Line, err)
	}
}

// Two sources that can't be told apart are two, and a set that is given twice is one.
func TestSetsAreCountedOnce(t *testing.T) {
	const ann, bob = `ann {"email":"ann@example.gov","name":"ann"}`, `bob {"email":"bob@example.gov","name":"bob"}`
	twice := set(t, "cem")
	a := New(raw(io.EOF, ann, bob), raw(io.EOF, ann), twice, twice)
	if got := strings.Join(read(t, a), " "); got != "ann bob cem" {
		t.Errorf("recipients %s", got)
	}
	if s := a.Summary(); s.Subscribers != 4 || s.Duplicates != 1 {
		t.Errorf("%d subscribers, %d duplicates", s.Subscribers, s.Duplicates)
	}
}

// A Broadcast narrows a list that has no filter of its own.
func TestNarrowingAlone(t *testing.T) {
	a := OfLists(List{
		Sets:   []roster.Rows{set(t, "ann:parks", "bob:roads", "cem")},
		Narrow: Narrowing{Filters: where(t, `subscriber.attributes.branch == "parks" || subscriber.attributes.grade > 3`)},
	})
	if got := strings.Join(read(t, a), " "); got != "ann" {
		t.Errorf("recipients %s", got)
	}
	s := a.Summary()
	if want := (Reach{Reached: 3, Subscribers: 3, Recipients: 1, Undecided: 2}); s.Lists[0] != want {
		t.Errorf("%+v, want %+v", s.Lists[0], want)
	}
}

// The digest is that of the recipients, whoever else is on the lists.
func TestSameAudience(t *testing.T) {
	of := func(list List) Summary {
		a := OfLists(list)
		read(t, a)
		return a.Summary()
	}
	ann := of(List{Sets: []roster.Rows{set(t, "ann")}})
	if narrowed := of(List{Sets: []roster.Rows{set(t, "ann", "bob")}, Exclude: []roster.Rows{set(t, "bob")}}); narrowed.Digest != ann.Digest {
		t.Error("whoever is excluded makes another audience")
	}
	if bob := of(List{Sets: []roster.Rows{set(t, "bob")}}); bob.Digest == ann.Digest {
		t.Error("others are the same audience")
	}
}
