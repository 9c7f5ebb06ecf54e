package broadcast

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/message"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// letters is a composer whose messages say a name that many times.
func letters(t *testing.T, text string) *message.Composer {
	t.Helper()
	composer, err := message.NewComposer(message.Frozen{
		Version: message.FrozenVersion, Subject: "News", Text: text,
		From:            message.Mailbox{Address: "news@example.gov"},
		MessageIDDomain: "example.gov", BounceDomain: "bounces.example.gov",
		BounceTag: "bounces", BounceMode: message.BounceFixed,
		Key: bytes.Repeat([]byte{7}, message.KeySize),
	})
	if err != nil {
		t.Fatal(err)
	}
	return composer
}

// sizesOf measures what n people with those names get, and every message by
// itself.
func sizesOf(t *testing.T, composer *message.Composer, n int, name func(int) string) (found sizes, largest, all int64) {
	t.Helper()
	survey := audience.NewSurvey()
	for i := range n {
		person := roster.Subscriber{Email: fmt.Sprintf("p%06d@example.gov", i), Name: name(i)}
		survey.Add(roster.Row{Line: fmt.Appendf(nil, "{\"email\":%q,\"name\":%q}\n", person.Email, person.Name)})
		draft, err := composer.Draft(nil, person, 0, 0, noon)
		if err != nil {
			continue
		}
		largest = max(largest, int64(len(draft.Data)))
		all += int64(len(draft.Data))
	}
	found, err := measure(composer, survey, int64(n), noon)
	if err != nil || found.problem != nil {
		t.Fatal(err, found.problem)
	}
	return found, largest, all
}

func TestSmallAudiencesAreMeasuredExactly(t *testing.T) {
	composer := letters(t, strings.Repeat("{{ .Name }}\n", 100))
	for _, n := range []int{0, 1, 500, 2000} {
		found, largest, all := sizesOf(t, composer, n, func(i int) string { return strings.Repeat("x", i%37) })
		if !found.exact || found.largest != largest || found.all != all {
			t.Errorf("%d people: %+v, want %d and %d", n, found, largest, all)
		}
	}
}

func TestLargeAudiencesAreEstimated(t *testing.T) {
	composer := letters(t, strings.Repeat("{{ .Name }}\n", 20))
	found, largest, all := sizesOf(t, composer, 12_345, func(i int) string {
		if i == 7_777 {
			return strings.Repeat("y", 150)
		}
		return strings.Repeat("x", 5+i%31)
	})
	if found.exact || found.largest != largest {
		t.Errorf("largest %d, want %d", found.largest, largest)
	}
	if off := float64(found.all)/float64(all) - 1; off > 0.02 || off < -0.02 {
		t.Errorf("%d together, want %d", found.all, all)
	}
}

// What can't be written to one recipient concerns no other.
func TestRefusedRecipientsAreNotMeasured(t *testing.T) {
	composer := letters(t, "{{ .Name }}")
	found, largest, all := sizesOf(t, composer, 3, func(i int) string {
		if i == 1 {
			return strings.Repeat("x", 5000)
		}
		return "Ann"
	})
	if found.largest != largest || found.all != all || largest == 0 {
		t.Errorf("%+v, want %d and %d", found, largest, all)
	}
}

// Huge messages are not composed by the thousand only to be measured.
func TestMeasuringIsBounded(t *testing.T) {
	composer := letters(t, strings.Repeat("All the news that fits.\n", 10_000)) // about 240 kB
	survey := audience.NewSurvey()
	for i := range 2000 {
		survey.Add(roster.Row{Line: fmt.Appendf(nil, "{\"email\":\"p%04d@example.gov\"}\n", i)})
	}
	found, err := measure(composer, survey, 2000, noon)
	if err != nil || found.exact || found.all != 2000*found.largest {
		t.Errorf("%+v, %v", found, err)
	}
}

// How many get no message is known before anybody gets one.
func TestRefusalsAreCounted(t *testing.T) {
	composer := letters(t, "{{ .Name }}")
	name := func(i int) string { return strings.Repeat("x", i%5) }
	for n, want := range map[int]string{
		3:    "1 of 3 recipients gets none (nothing is left of the message for this recipient)",
		8000: "recipients in a sample get none (nothing is left of the message for this recipient)",
	} {
		found, _, _ := sizesOf(t, composer, n, name)
		if text := found.refusals(); !strings.HasSuffix(text, want) {
			t.Errorf("%d people: %q", n, text)
		}
		if share := float64(found.refused) / float64(found.measured); share < 0.15 || share > 0.4 {
			t.Errorf("%d people: %+v", n, found)
		}
	}
	if found, _, _ := sizesOf(t, letters(t, "Hello"), 3, name); found.refusals() != "" {
		t.Errorf("%+v", found)
	}
}
