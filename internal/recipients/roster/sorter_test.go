package roster

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// small sorts in runs of a few subscribers.
func small(size int) *Sorter {
	s := NewSorter()
	s.size = size
	return s
}

func TestSorterKeepsTheFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{1, 100, 1000, runSize} {
		s, first := small(size), map[string]Subscriber{}
		for i := range 2000 {
			email := fmt.Sprintf("P%03d@b.example", random.IntN(700))
			if random.IntN(2) == 0 {
				email = strings.ToLower(email)
			}
			sub := Subscriber{Email: email, Name: fmt.Sprint(i)}
			if _, ok := first[Key(email)]; !ok {
				first[Key(email)] = sub
			}
			if err := s.Add(Key(email), sub); err != nil {
				t.Fatal(err)
			}
			if i == 1000 { // reading in between changes nothing
				if _, err := s.Rows(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 2 {
			rows, err := s.Rows()
			if err != nil {
				t.Fatal(err)
			}
			got := all(t, rows)
			if len(got) != len(first) || s.Added() != 2000 {
				t.Fatalf("runs of %d: %d rows of %d, want %d", size, len(got), s.Added(), len(first))
			}
			if !slices.IsSortedFunc(got, func(a, b Subscriber) int { return strings.Compare(Key(a.Email), Key(b.Email)) }) {
				t.Errorf("runs of %d: not sorted", size)
			}
			for _, sub := range got {
				if !reflect.DeepEqual(sub, first[Key(sub.Email)]) {
					t.Errorf("runs of %d: %+v, want %+v", size, sub, first[Key(sub.Email)])
				}
			}
		}
	}
}

func TestKey(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.example":            "a@b.example",
		"A.B+c@b.example":        "a.b+c@b.example",
		"a@bücher.example":       "a@xn--bcher-kva.example",
		"J\u00d6@b.example":      "j\u00f6@b.example",
		"Jo\u0308@b.example":     "j\u00f6@b.example",
		`"John Doe"@b.example`:   `"john doe"@b.example`,
		`"John"@b.example`:       "john@b.example",
		"Nobody":                 "Nobody",
		"":                       "",
		"o'hara/x=y@b.example":   "o'hara/x=y@b.example",
		"UP@XN--BCHER-KVA.exmpl": "up@xn--bcher-kva.exmpl",
	} {
		if got := Key(in); got != want {
			t.Errorf("Key(%q) = %q, want %q", in, got, want)
		}
		line, err := appendLine(nil, Subscriber{Email: in, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := keyOf(line, nil); err != nil || string(got) != want {
			t.Errorf("key of %q is %q, %v; want %q", line, got, err, want)
		}
	}
}

type failingSource struct{ after int }

var errSource = errors.New("source")

func (f *failingSource) Next() (Row, error) {
	if f.after--; f.after < 0 {
		return Row{}, errSource
	}
	key := fmt.Sprintf("%03d@b.example", 500-f.after)
	return Row{Key: []byte(key), Line: []byte(`{"email":"` + key + `"}` + "\n")}, nil
}

func TestMergeGivesTheErrorOfASource(t *testing.T) {
	for _, after := range []int{0, 1, 5} {
		other, err := Of(many(10))
		if err != nil {
			t.Fatal(err)
		}
		m := NewMerge(other, &failingSource{after})
		for err == nil {
			_, err = m.Next()
		}
		if !errors.Is(err, errSource) {
			t.Errorf("after %d: %v", after, err)
		}
	}
	if _, err := NewMerge().Next(); !errors.Is(err, io.EOF) {
		t.Errorf("nothing to merge: %v", err)
	}
}

func TestReaderTrustsNothing(t *testing.T) {
	subs := many(300)
	parts, digest, err := Encode(subs, 4000)
	if err != nil || len(parts) < 3 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	read := func(digest string, parts ...[]byte) ([]Subscriber, error) {
		r := NewReader(digest, func() ([]byte, error) {
			if len(parts) == 0 {
				return nil, io.EOF
			}
			part := parts[0]
			parts = parts[1:]
			return part, nil
		})
		var got []Subscriber
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return got, nil
			}
			if err != nil {
				return got, err
			}
			s, _ := row.Subscriber()
			got = append(got, s)
		}
	}
	if got, err := read(digest, parts...); err != nil || !reflect.DeepEqual(got, subs) {
		t.Errorf("%d read, %v", len(got), err)
	}
	swapped := slices.Clone(parts)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	released := pack("{\"email\":\"B@b.example\"}\n{\"email\":\"a@b.example\"}\n") // by address, not by key
	for name, bad := range map[string][][]byte{
		"a part is missing": parts[1:], "nothing": nil, "twice": {parts[0], parts[0]}, "swapped": swapped,
		"cut": {parts[0][:20]}, "no gzip": {[]byte("email")}, "other order": {released},
		"not the lines of rosters": {pack("a@b.example\n")},
	} {
		if _, err := read(digest, bad...); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read("other", parts...); !errors.Is(err, ErrDamaged) {
		t.Errorf("another digest: %v", err)
	}
}
