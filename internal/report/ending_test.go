package report

import (
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// What a report says of an end is what the totals say, whatever its result is
// called.
func TestEndingsSayWhatHappened(t *testing.T) {
	type totals = crier.DeliveryTotals
	late := start.Add(32 * time.Hour)
	for _, c := range []struct {
		name   string
		result string
		totals totals
		change func(*Facts)
		first  string
		says   []string
		never  []string
	}{
		{"deferred at the deadline", crier.ReasonSentWithFailures, totals{Intended: 1000, Accepted: 999, Expired: 1},
			func(f *Facts) { f.FinishedAt = late }, "99.9% accepted: 999 of 1,000 recipients, 1 expired.",
			[]string{"Still deferred at the deadline, 2026-12-02 22:00:00 UTC, so they did not get it."}, []string{"tried before", "known in time"}},
		{"deferred for too long", crier.ReasonSentWithFailures, totals{Intended: 1000, Accepted: 999, Expired: 1}, nil,
			"99.9% accepted: 999 of 1,000 recipients, 1 expired.", []string{"Still deferred when time ran out, so"}, []string{"at the deadline"}},
		{"nobody accepted", crier.ReasonSentWithFailures, totals{Intended: 3, Failed: 1, Expired: 2}, nil,
			"0.0% accepted: 0 of 3 recipients, 1 failed, 2 expired.", nil, []string{"nothing was sent", "Bounces may still"}},
		{"missed in the middle", crier.ReasonDeadlineMissed, totals{Intended: 10, Accepted: 4, Pending: 6}, nil,
			"Deadline missed: 40.0% accepted, 4 of 10 recipients, 6 not tried.",
			[]string{"not everybody was tried before its deadline, 2026-12-02 22:00:00 UTC", "Sending ended before their turn"}, []string{"did not begin"}},
		{"missed after the recipients were written down", crier.ReasonDeadlineMissed, totals{Intended: 10, Pending: 10}, nil,
			"Deadline missed: nothing was sent to any of 10 recipients.", []string{"nobody was tried before its deadline", "only: Remaining"}, []string{"did not begin", "not everybody"}},
		{"missed before that", crier.ReasonDeadlineMissed, totals{Intended: 10, Pending: 10}, func(f *Facts) { f.NotBegun = true },
			"Deadline missed: nothing was sent to any of 10 recipients.", []string{"sending did not begin before its deadline", "set a later notAfter", "Sending did not begin, so nobody got"}, []string{"resend"}},
		{"missed by a release that took this for missed", crier.ReasonDeadlineMissed, totals{Intended: 10, Accepted: 9, Expired: 1}, nil,
			"Deadline missed: 90.0% accepted, 9 of 10 recipients, 1 expired.", []string{"Everybody was tried before its deadline"}, []string{"not everybody", "known in time"}},
		{"missed resend", crier.ReasonDeadlineMissed, totals{Intended: 10, Accepted: 9, Pending: 1}, func(f *Facts) { f.Resend = crier.ResendRemaining },
			"Deadline missed: 90.0% accepted, 9 of 10 recipients, 1 not tried.", []string{"The resend was not finished at its deadline", "1 recipient was not tried in it"}, []string{"known in time"}},
		{"missed resend to everybody", crier.ReasonDeadlineMissed, totals{Intended: 10, Pending: 10}, func(f *Facts) { f.Resend = crier.ResendAll },
			"Deadline missed: nothing was sent again to any of 10 recipients.", []string{"10 recipients were not tried in it"}, []string{"nothing was sent to"}},
		{"cancelled in the middle", crier.ReasonCancelled, totals{Intended: 10, Accepted: 4, Pending: 6}, nil,
			"Cancelled: 40.0% accepted, 4 of 10 recipients, 6 not tried.", []string{"can't be recalled", "create it again with the same content"}, nil},
		{"cancelled before its first message", crier.ReasonCancelled, totals{Intended: 10, Pending: 10}, nil,
			"Cancelled: nothing was sent to any of 10 recipients.", []string{"deleted before its first message left"}, []string{"called back"}},
		{"cancelled before a retry", crier.ReasonCancelled, totals{Intended: 10, Accepted: 9, Expired: 1}, func(f *Facts) { f.FinishedAt = late },
			"Cancelled: 90.0% accepted, 9 of 10 recipients, 1 expired.", []string{"deleted after everybody had been tried", "Still deferred when sending ended"}, []string{"time ran out", "at the deadline"}},
		{"all suppressed", crier.ReasonNotSent, totals{Intended: 3, Suppressed: 3}, nil,
			"Not sent: there was nobody to send to; 3 suppressed.", []string{"Nobody got anything."}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := ordinary(c.totals)
			f.Result = c.result
			if c.change != nil {
				c.change(&f)
			}
			b := New(f)
			summary := b.Summary()
			first, _, _ := strings.Cut(summary, "\n")
			text := strings.Join(strings.Fields(summary), " ")
			mail := b.Mail()
			if first != c.first {
				t.Errorf("first line %q, want %q", first, c.first)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) || !strings.Contains(strings.Join(strings.Fields(mail.Text), " "), want) {
					t.Errorf("doesn't say %q:\n%s", want, summary)
				}
			}
			for _, not := range append(c.never, "could be tried") {
				if strings.Contains(text, not) || strings.Contains(mail.HTML, not) {
					t.Errorf("says %q:\n%s", not, summary)
				}
			}
		})
	}
}
