package roster

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func source(t *testing.T, emails ...string) Rows {
	t.Helper()
	var subs []Subscriber
	for _, email := range emails {
		subs = append(subs, Subscriber{Email: email, Attributes: map[string]string{"n": email[:1]}})
	}
	rows, err := Of(subs)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		before, after string
		want          Difference
	}{
		{"", "", Difference{}},
		{"", "a@b.c", Difference{After: 1, Added: 1}},
		{"a@b.c", "", Difference{Before: 1, Removed: 1}},
		{"a@b.c b@b.c d@b.c", "b@b.c c@b.c d@b.c e@b.c", Difference{Before: 3, After: 4, Added: 2, Removed: 1}},
		{"a@b.c b@b.c", "A@b.c b@b.c", Difference{Before: 2, After: 2}},
	} {
		got, err := Compare(source(t, strings.Fields(c.before)...), source(t, strings.Fields(c.after)...))
		if err != nil || got != c.want {
			t.Errorf("%q and %q: %+v, %v", c.before, c.after, got, err)
		}
	}
}

type damaged struct{ Rows }

func (f damaged) Next() (Row, error) {
	row, err := f.Rows.Next()
	if err != nil {
		err = ErrDamaged
	}
	return row, err
}

func TestCompareOfADamagedRoster(t *testing.T) {
	for _, pair := range [][2]Rows{
		{damaged{source(t, "a@b.c")}, source(t)},
		{source(t, "a@b.c"), damaged{source(t)}},
	} {
		if _, err := Compare(pair[0], pair[1]); !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
}

type digits struct{}

func (digits) Check(value string) error {
	if strings.Trim(value, "0123456789") != "" {
		return errors.New("expected digits")
	}
	return nil
}

func TestTypes(t *testing.T) {
	c := NewCollector(Limits{})
	c.Expect(map[string]Checker{"n": digits{}})
	c.AddSubscriber("inline", 1, Subscriber{Email: "a@b.example", Attributes: map[string]string{"n": "7"}})
	c.AddConfidential("ldap", 2, Subscriber{Email: "b@b.example", Attributes: map[string]string{"n": "secret"}})
	c.AddSubscriber("inline", 3, Subscriber{Email: "c@b.example"})
	if err := c.AddSorted("union", source(t, "1@b.example", "x@b.example", "a@b.example")); err != nil {
		t.Fatal(err)
	}
	r, err := c.Result()
	if err != nil || r.Subscribers != 3 || r.RejectedTotal != 3 || r.RejectedByReason["Attribute n: expected digits."] != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := r.Rejected[0]; got != (Rejected{Source: "ldap", Line: 2, Reason: "Attribute n: expected digits.", Named: 1}) {
		t.Errorf("%+v", got)
	}
}

// Who was taken first stays, and what a roster holds comes out of the union.
func TestAddSorted(t *testing.T) {
	c := NewCollector(Limits{})
	for _, emails := range [][]string{{"a@b.example", "b@b.example"}, {"B@b.example", "c@b.example"}} {
		if err := c.AddSorted("set", source(t, emails...)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Result()
	if err != nil || r.Subscribers != 3 || r.Duplicates != 1 || !slices.Equal(r.Attributes, []string{"n"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	rows, err := c.Rows()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	row, err := rows.Next()
	s, bad := row.Subscriber()
	if err != nil || bad != nil || !reflect.DeepEqual(s, Subscriber{Email: "b@b.example", Attributes: map[string]string{"n": "b"}}) {
		t.Errorf("%+v, %v, %v", s, err, bad)
	}
}

func TestAddSortedStopsAtTheLimit(t *testing.T) {
	c := NewCollector(Limits{Rows: 1})
	err := c.AddSorted("set", source(t, "a@b.c", "b@b.c", "c@b.c"))
	var limit *LimitError
	if !errors.As(err, &limit) || !c.Full() {
		t.Errorf("got %v", err)
	}
}
