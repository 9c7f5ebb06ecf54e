package suppression

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// of is a stored suppression of rows "email reason=end ...".
func of(t testing.TB, rows ...string) roster.Rows {
	t.Helper()
	var subs []roster.Subscriber
	for _, row := range rows {
		fields := strings.Fields(row)
		s := roster.Subscriber{Email: fields[0], Attributes: map[string]string{}}
		for _, f := range fields[1:] {
			reason, end, _ := strings.Cut(f, "=")
			s.Attributes[reason] = end
		}
		subs = append(subs, s)
	}
	source, err := roster.Of(subs)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestMatcher(t *testing.T) {
	sources := func() []roster.Rows {
		return []roster.Rows{
			of(t, "ann@example.net Unsubscribed=always", "bob@example.net Complaint=always", "cy@example.net Unsubscribed=2026-03-02T09:00:00Z",
				"dan@example.net Unsubscribed=2026-03-02T09:00:01Z", "fay@example.net Unsubscribed=always Legal=2026-03-01T00:00:00Z"),
			of(t, "ann@example.net Manual=always", "bob@example.net HardBounce=always Unsubscribed=always", "Eve@example.net Manual=garbled"),
			of(t, "bob@example.net Legal=always", "zoe@example.net HardBounce=always"),
			of(t),
		}
	}
	keys := []string{"aaa@example.net", "ann@example.net", "bob@example.net", "bob@example.net", "cy@example.net",
		"dan@example.net", "eve@example.net", "fay@example.net", "guy@example.net", "zoe@example.net", "zz@example.net"}
	for purpose, want := range map[crier.Purpose]string{
		crier.PurposeSubscribed: "- Unsubscribed Legal Legal - Unsubscribed Manual Unsubscribed - HardBounce -",
		crier.PurposeMandatory:  "- Manual Legal Legal - - Manual - - HardBounce -",
	} {
		m := NewMatcher(purpose, now, sources()...)
		var got []string
		for _, key := range keys {
			reason, suppressed, err := m.Match([]byte(key))
			if err != nil {
				t.Fatal(err)
			}
			if suppressed != (reason != "") {
				t.Errorf("%s: %q and %t", key, reason, suppressed)
			}
			if reason == "" {
				reason = "-"
			}
			got = append(got, string(reason))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s:\ngot  %s\nwant %s", purpose, text, want)
		}
		if err := m.Finish(); err != nil {
			t.Error(err)
		}
	}
}

func TestMatcherWithoutSources(t *testing.T) {
	m := NewMatcher(crier.PurposeSubscribed, now)
	if _, suppressed, err := m.Match([]byte("a@example.net")); suppressed || err != nil {
		t.Errorf("%t, %v", suppressed, err)
	}
	if _, _, err := m.Match([]byte("0@example.net")); err == nil {
		t.Error("keys out of order were taken")
	}
	if err := m.Finish(); err != nil {
		t.Error(err)
	}
}

// broken ends in an error after some rows.
type broken struct {
	roster.Rows
	err error
}

func (b *broken) Next() (roster.Row, error) {
	row, err := b.Rows.Next()
	if errors.Is(err, io.EOF) {
		return row, b.err
	}
	return row, err
}

func TestMatcherTellsOfDamage(t *testing.T) {
	damage := errors.New("damaged")
	m := NewMatcher(crier.PurposeSubscribed, now, &broken{of(t, "b@example.net Manual=always"), damage})
	if _, suppressed, err := m.Match([]byte("a@example.net")); suppressed || err != nil {
		t.Errorf("%t, %v", suppressed, err)
	}
	if err := m.Finish(); !errors.Is(err, damage) {
		t.Errorf("Finish: %v", err)
	}
	m = NewMatcher(crier.PurposeSubscribed, now.Add(time.Hour), &broken{of(t), damage})
	if _, _, err := m.Match([]byte("a@example.net")); !errors.Is(err, damage) {
		t.Errorf("Match: %v", err)
	}
}
