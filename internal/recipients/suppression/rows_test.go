package suppression

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func take(t *testing.T, r *Rows, email string, attributes ...string) string {
	t.Helper()
	row := roster.Subscriber{Email: email, Attributes: map[string]string{}}
	for i := 0; i < len(attributes); i += 2 {
		row.Attributes[attributes[i]] = attributes[i+1]
	}
	return r.Take(roster.Key(email), row)
}

// all are the rows as "email reason=end ...".
func all(t *testing.T, r *Rows) []string {
	t.Helper()
	source, err := r.Sorted()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		row, err := source.Next()
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
		text := s.Email
		for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
			text += fmt.Sprintf(" %s=%s", name, s.Attributes[name])
		}
		out = append(out, text)
	}
}

func TestRows(t *testing.T) {
	r := NewRows(Defaults{Reason: crier.SuppressedUnsubscribed}, now)
	for _, row := range [][]string{
		{"zoe@example.net"},
		{"ann@example.net", "reason", "Legal"},
		{"ann@example.net"},
		{"ann@example.net", "reason", "hard bounce", "expires", "2026-04-01T00:00:00Z"},
		{"bob@example.net", "expires", "2026-03-05"},
		{"bob@example.net"},
		{"cy@example.net", "expires", "2026-03-05"},
		{"cy@example.net", "expires", "2026-03-09"},
		{"over@example.net", "expires", "2026-03-02T09:00:00Z"},
		{"today@example.net", "expires", "2026-03-02", "since", "2026-01-01"},
		{"Ann@example.net", "reason", "HARD_BOUNCE"},
	} {
		if refusal := take(t, r, row[0], row[1:]...); refusal != "" {
			t.Errorf("%v: %s", row, refusal)
		}
	}
	want := []string{
		"ann@example.net HardBounce=always Legal=always Unsubscribed=always",
		"bob@example.net Unsubscribed=always",
		"cy@example.net Unsubscribed=2026-03-06T00:00:00Z",
		"today@example.net Unsubscribed=2026-03-03T00:00:00Z",
		"zoe@example.net Unsubscribed=always",
	}
	for range 2 {
		if got := all(t, r); !slices.Equal(got, want) {
			t.Errorf("got %s\nwant %s", strings.Join(got, "\n    "), strings.Join(want, "\n     "))
		}
	}
	if r.Over() != 1 || !r.Next().Equal(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d over, next at %s", r.Over(), r.Next())
	}
}

func TestRowsOfOneReasonAndOfNone(t *testing.T) {
	r := NewRows(Defaults{Reason: crier.SuppressedManual, Expires: now.Add(time.Hour)}, now)
	if got := all(t, r); len(got) != 0 || !r.Next().IsZero() {
		t.Errorf("out of nothing: %v", got)
	}
	take(t, r, "b@example.net")
	take(t, r, "a@example.net")
	if got := all(t, r); len(got) != 2 || got[0] != "a@example.net Manual=2026-03-02T10:00:00Z" {
		t.Errorf("got %v", got)
	}
}

func TestMistakenRows(t *testing.T) {
	for _, tc := range []struct{ column, value, words string }{
		{"reason", "spam", "one of Unsubscribed"},
		{"expires", "tomorrow", "column expires"},
		{"expires", "01.02.2026", "column expires"},
		{"since", "long ago", "column since"},
	} {
		r := NewRows(Defaults{Reason: crier.SuppressedManual}, now)
		got := take(t, r, "a@example.net", tc.column, tc.value)
		if !strings.Contains(got, tc.words) || strings.Contains(got, tc.value) {
			t.Errorf("%s %q: %q", tc.column, tc.value, got)
		}
		// A mistake lets no mail through.
		if got := all(t, r); len(got) != 1 || got[0] != "a@example.net Manual=always" {
			t.Errorf("%s %q: %v", tc.column, tc.value, got)
		}
	}
}

// oneFile is what every ConfigMap holds.
type oneFile string

func (f oneFile) ConfigMap(context.Context, string) (map[string][]byte, string, error) {
	return map[string][]byte{"f": []byte(f)}, "", nil
}

func (oneFile) Secret(context.Context, string, string) (map[string][]byte, string, error) {
	return nil, "", errors.New("there are no Secrets")
}

var fromF = &crier.CSVSource{From: []crier.CSVObject{{ConfigMap: &crier.CSVKeys{Name: "left"}}}}

// Whoever a row names is suppressed, whatever else is wrong with the row.
func TestBrokenRowsSuppress(t *testing.T) {
	const file = "address,reason,since,expires,note\n" +
		"short@example.gov,Legal\n" +
		"note@example.gov,Legal,,,\"called\non Monday\"\n" +
		"quote@example.gov,Legal,,,said \"no\"\n" +
		"m\xfcnch@example.gov,Legal,,,x\n" +
		"cp@example.gov,Legal,,,f\xfcr immer\n" +
		"extra@example.gov,Legal,,,a,b\n" +
		"before@example.gov,\"moved\" away,Legal,,,\n" +
		"space @example.gov,Legal,,,\n" +
		"mailto:mt@example.gov,Legal,,,\n" +
		"Ann <angle@example.gov>,Legal,,,\n" +
		"word@example.gov,because,,,\n" +
		"date@example.gov,Legal,,31.12.2020,\n" +
		"long@example.gov,Legal,,," + "xxxxxxxxxx" + "\n" +
		",Legal,,,\n" +
		"nobody,Legal,,,\n"
	r := NewReading(crier.SuppressionSpec{Reason: crier.SuppressedUnsubscribed, CSV: fromF}, time.Unix(0, 0))
	if err := r.Files(t.Context(), oneFile(file)); err != nil {
		t.Fatal(err)
	}
	out, err := r.Outcome()
	rows, failed := r.Rows()
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	// Of mandatory mail, so that the reason matters.
	m := NewMatcher(crier.PurposeMandatory, time.Unix(0, 0), rows)
	for _, name := range []string{"angle", "before", "cp", "date", "extra", "long", "mt", "münch", "note", "quote", "short", "space"} {
		if reason, suppressed, err := m.Match([]byte(name + "@example.gov")); err != nil || !suppressed || reason != crier.SuppressedLegal {
			t.Errorf("%s: %q, %t, %v", name, reason, suppressed, err)
		}
	}
	if out.Addresses != 13 || out.RejectedTotal != 8 {
		t.Errorf("%+v", out)
	}
}

// Of a file that names nobody it isn't known who must not be written to.
func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "no column": "E-Mail;Reason\nann@example.gov;Legal\n", "spreadsheet": "PK\x03\x04", "nobody": "email\nx\n,\n",
		"damaged": "\x1f\x8b\x08\x00", "UTF-16": "e\x00m\x00a\x00i\x00l\x00", "no header": "ann@example.gov\n",
	} {
		r := NewReading(crier.SuppressionSpec{Reason: crier.SuppressedLegal, CSV: fromF}, time.Unix(0, 0))
		var unusable *Unusable
		if err := r.Files(t.Context(), oneFile(file)); !errors.As(err, &unusable) || unusable.Reason != crier.ReasonSourceUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
}
