package audience

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"crier.dev/crier/internal/roster"
)

func people(emails ...string) []roster.Subscriber {
	var out []roster.Subscriber
	for _, email := range emails {
		out = append(out, roster.Subscriber{Email: email, Name: "of " + email})
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
		{"what is no address stands for itself", [][]roster.Subscriber{people("nobody", "nobody", "Nobody")}, "Nobody nobody", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Union(c.sets...)
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
	if got := Union(first, second).Recipients; !reflect.DeepEqual(got, first) {
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
	want := Union(people(emails...)).Digest
	for range 20 {
		random.Shuffle(len(emails), func(i, j int) { emails[i], emails[j] = emails[j], emails[i] })
		cut := random.IntN(len(emails))
		if got := Union(people(emails[:cut]...), people(emails[cut:]...), people(emails[0])); got.Digest != want || len(got.Recipients) != 200 {
			t.Fatalf("cut at %d: %d recipients, digest %s, want %s", cut, len(got.Recipients), got.Digest, want)
		}
	}
	if Union(people(emails[1:]...)).Digest == want {
		t.Error("one fewer has the same digest")
	}
}
