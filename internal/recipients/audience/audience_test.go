package audience

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

func people(emails ...string) []roster.Subscriber {
	var out []roster.Subscriber
	for _, email := range emails {
		out = append(out, roster.Subscriber{Email: email, Name: "of " + email})
	}
	return out
}

type united struct {
	Summary
	Recipients []roster.Subscriber
}

// union reads an audience of sets that were not sorted.
func union(t testing.TB, sets ...[]roster.Subscriber) united {
	t.Helper()
	var sources []roster.Rows
	for _, set := range sets {
		source, err := roster.Of(set)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	a := New(sources...)
	var out united
	for {
		row, err := a.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sub, err := row.Subscriber()
		if err != nil {
			t.Fatal(err)
		}
		out.Recipients = append(out.Recipients, sub)
	}
	out.Summary = a.Summary()
	if out.Summary.Recipients != int64(len(out.Recipients)) {
		t.Fatalf("%d recipients, the summary says %d", len(out.Recipients), out.Summary.Recipients)
	}
	return out
}

func TestUnion(t *testing.T) {
	for _, c := range []struct {
		name       string
		sets       [][]roster.Subscriber
		want       string
		duplicates int64
	}{
		{"nobody", nil, "", 0},
		{"empty sets", [][]roster.Subscriber{{}, {}}, "", 0},
		{"sorted", [][]roster.Subscriber{people("c@example.gov", "a@example.gov"), people("b@example.gov")}, "a@example.gov b@example.gov c@example.gov", 0},
		{"whoever stands in two gets one", [][]roster.Subscriber{people("a@example.gov", "b@example.gov"), people("B@Example.GOV", "c@example.gov")},
			"a@example.gov b@example.gov c@example.gov", 1},
		{"tags and dots make others", [][]roster.Subscriber{people("a.b@example.gov", "ab@example.gov", "ab+x@example.gov")},
			"a.b@example.gov ab+x@example.gov ab@example.gov", 0},
		{"domains in either spelling", [][]roster.Subscriber{people("a@bücher.example"), people("a@xn--bcher-kva.example")}, "a@bücher.example", 1},
		{"what is no address stands for itself", [][]roster.Subscriber{people("nobody", "Nobody"), people("nobody")}, "Nobody nobody", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := union(t, c.sets...)
			var emails []string
			for _, r := range got.Recipients {
				emails = append(emails, r.Email)
			}
			if strings.Join(emails, " ") != c.want || got.Duplicates != c.duplicates {
				t.Errorf("%v and %d duplicates", emails, got.Duplicates)
			}
			if len(got.Digest) != len("sha256:")+64 {
				t.Errorf("digest %q", got.Digest)
			}
		})
	}
}

func TestFirstSetWins(t *testing.T) {
	first := []roster.Subscriber{{Email: "a@example.gov", Name: "First", Attributes: map[string]string{"agency": "one"}}}
	second := []roster.Subscriber{{Email: "A@example.gov", Name: "Second"}}
	if got := union(t, first, second).Recipients; !reflect.DeepEqual(got, first) {
		t.Errorf("%+v", got)
	}
}

// The digest is about who, in whatever order and cut of sets.
func TestDigest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var emails []string
	for i := range 200 {
		emails = append(emails, fmt.Sprintf("p%03d@example.gov", i))
	}
	want := union(t, people(emails...)).Digest
	for range 20 {
		random.Shuffle(len(emails), func(i, j int) { emails[i], emails[j] = emails[j], emails[i] })
		cut := random.IntN(len(emails))
		if got := union(t, people(emails[:cut]...), people(emails[cut:]...), people(emails[0])); got.Digest != want || len(got.Recipients) != 200 {
			t.Fatalf("cut at %d: %d recipients, digest %s, want %s", cut, len(got.Recipients), got.Digest, want)
		}
	}
	if union(t, people(emails[1:]...)).Digest == want {
		t.Error("one fewer has the same digest")
	}
	// Records hold digests, and a plan is compared with them.
	const known = "sha256:9f1dfe7f8e1f19f93998e8d9ebf389530aa1526eda6dcb25963347b7ddd70f22"
	if got := union(t, people("B@example.gov", "a@example.gov")).Digest; got != known {
		t.Errorf("digest %s, want %s", got, known)
	}
}

// Somebody whom a row names that can't be used is left out where the set is
// excluded, and gets nothing out of it where it is sent to.
func TestNamedAreLeftOutAndNeverSentTo(t *testing.T) {
	named := func() roster.Rows {
		c := roster.NewCollector(roster.Limits{})
		c.AddSubscriber("f", 1, roster.Subscriber{Email: "ann@example.gov", Name: "a\nb"})
		c.AddSubscriber("f", 2, roster.Subscriber{Email: "bob@example.gov", Name: "bob"}, "robert@example.gov")
		rows, err := c.Rows()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	if got := strings.Join(read(t, New(named())), " "); got != "bob" {
		t.Errorf("sent to %q, want bob", got)
	}
	if got := strings.Join(read(t, New(named(), set(t, "ann", "cy"))), " "); got != "ann bob cy" {
		t.Errorf("sent to %q: another set has ann", got)
	}
	a := OfLists(List{Sets: []roster.Rows{set(t, "ann", "bob", "cy", "robert")}, Exclude: []roster.Rows{named()}})
	if got := strings.Join(read(t, a), " "); got != "cy" || a.Summary().Excluded != 3 {
		t.Errorf("sent to %q, %+v", got, a.Summary())
	}
}
