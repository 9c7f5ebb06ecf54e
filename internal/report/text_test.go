package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
)

func TestFirstLineAndSubject(t *testing.T) {
	for name, want := range map[string]struct{ subject, first string }{
		"all-accepted": {"Delivery report: Open enrollment starts Monday (100% received)", "100% received: all 5,000 recipients."},
		"failures": {"Delivery report: Open enrollment starts Monday (99.9% accepted, 29 failed)",
			"99.9% accepted: 44,957 of 44,986 recipients, 29 failed."},
		"unknown": {"Delivery report: Open enrollment starts Monday (99.9% accepted, 1 failed, 3 unknown, 1 expired)",
			"99.9% accepted: 4,995 of 5,000 recipients, 1 failed, 3 unknown, 1 expired."},
		"preliminary": {"Preliminary delivery report: Open enrollment starts Monday (99.0% accepted so far, 2 failed, 40 deferred, 8 waiting)",
			"99.0% accepted so far: 4,950 of 5,000 recipients, 2 failed, 40 deferred, 8"},
		"deadline-missed": {"Delivery report: Open enrollment starts Monday (deadline missed, nothing sent)",
			"Deadline missed: nothing was sent to any of 88,100 recipients."},
		"cancelled": {"Delivery report: Open enrollment starts Monday (cancelled, 12.0% accepted, 4 failed, 2 deferred, 39,580 not tried)",
			"Cancelled: 12.0% accepted, 5,400 of 44,986 recipients, 4 failed, 2 deferred,"},
		"nobody": {"Delivery report: Nobody (not sent)", "Not sent: there was nobody to send to."},
	} {
		for _, s := range situations() {
			if s.name != name {
				continue
			}
			b := s.build()
			first, _, _ := strings.Cut(b.Summary(), "\n")
			if got := b.Mail().Subject; got != want.subject || first != want.first {
				t.Errorf("%s:\n got %q\n     %q\nwant %q\n     %q", name, got, first, want.subject, want.first)
			}
		}
	}
}

func TestDeadlineInTheMiddle(t *testing.T) {
	f := ordinary(crier.DeliveryTotals{Intended: 100, Accepted: 60, Expired: 10, Pending: 30})
	f.Result = crier.ReasonDeadlineMissed
	first, _, _ := strings.Cut(New(f).Summary(), "\n")
	if want := "Deadline missed: 60.0% accepted, 60 of 100 recipients, 10 expired, 30 not"; first != want {
		t.Errorf("first line %q, want %q", first, want)
	}
}

func TestReceivedOnlyWhereBouncesAreRead(t *testing.T) {
	s := failures()
	text := s.build().Mail()
	if strings.Contains(text.Subject+text.Text+text.HTML, "received") || !strings.Contains(text.Text, "Bounces may still") {
		t.Errorf("claims too much:\n%s", text.Text)
	}
	s.facts.BouncesReadable = true
	text = s.build().Mail()
	if !strings.Contains(text.Subject, "99.9% received") || strings.Contains(text.Text, "Bounces may still") {
		t.Errorf("claims too little:\n%s", text.Text)
	}
}

func TestSummaryFitsATerminal(t *testing.T) {
	for _, s := range situations() {
		for line := range strings.Lines(s.build().Summary()) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > 80 && !strings.Contains(line, "kubectl") {
				t.Errorf("%s: line of %d: %q", s.name, utf8.RuneCountInString(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: blanks at the end of %q", s.name, line)
			}
		}
	}
}

func TestNothingIsTriedAgainAfterTheEnd(t *testing.T) {
	causes := []outcome.Cause{outcome.CauseGreylisted, outcome.CauseRateLimited, outcome.CauseTryLater, outcome.CauseConnectionLost,
		outcome.CauseTimeout, outcome.CauseRelayUnavailable, outcome.CauseInterrupted}
	states := []crier.DeliveryState{crier.DeliveryFailed, crier.DeliveryExpired, crier.DeliveryUnknown, crier.DeliveryDeferred}
	for _, cause := range causes {
		if !strings.Contains(cause.Advice(), nowTried) {
			t.Errorf("%s no longer says %q; the report takes out just that", cause, nowTried)
		}
		for _, state := range states {
			b := New(ordinary(crier.DeliveryTotals{Intended: 4, Failed: 1, Expired: 1, Unknown: 1, Deferred: 1}))
			b.Add(Row{Recipient: "a@example.gov", State: state, Cause: cause})
			if text := strings.Join(strings.Fields(b.Summary()), " "); strings.Contains(text, "by itself") {
				t.Errorf("%s, %s: the final report says that it goes on:\n%s", state, cause, text)
			}
		}
	}
}

func TestMissingRowsAreSaid(t *testing.T) {
	b := New(ordinary(crier.DeliveryTotals{Intended: 10, Accepted: 7, Failed: 3}))
	b.Add(Row{Recipient: "a@example.gov", State: crier.DeliveryFailed, Cause: outcome.CauseMailboxFull})
	if text := b.Summary(); !strings.Contains(text, "2 recipients of these figures could not be read back, and are missing") {
		t.Errorf("not said:\n%s", text)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 61 * time.Second: "1m 1s", time.Hour: "1h", 26*time.Hour + time.Minute: "1d 2h", 252 * time.Second: "4m 12s",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestOneOfEverything(t *testing.T) {
	one := ordinary(crier.DeliveryTotals{Intended: 1, Accepted: 1})
	one.Audience.Sets, one.Audience.Duplicates = one.Audience.Sets[:1], 1
	one.Audience.Sets[0].Rejected = 1
	none := ordinary(crier.DeliveryTotals{Intended: 1, Pending: 1})
	none.Result = crier.ReasonCancelled
	late := ordinary(crier.DeliveryTotals{})
	late.Result = crier.ReasonDeadlinePassed
	failed := ordinary(crier.DeliveryTotals{Intended: 2, Accepted: 1, Failed: 1})
	for _, c := range []struct {
		facts Facts
		row   bool
		want  []string
	}{
		{one, false, []string{"100% accepted: the only recipient.", "1 recipient from 1 subscriber in 1 set. 1 duplicate left out",
			"1 row of the sets could not be used and is not"}},
		{none, false, []string{"Cancelled: nothing was sent to the only recipient."}},
		{late, false, []string{"Deadline passed: nothing was sent.", "came after its own deadline"}},
		{failed, true, []string{"names the 1 recipient above", "1 No reason was recorded."}},
		{failed, false, []string{"1 recipient of these figures could not be read back, and is missing"}},
	} {
		b := New(c.facts)
		if c.row {
			b.Add(Row{Recipient: "a@example.gov", State: crier.DeliveryFailed})
		}
		text := strings.Join(strings.Fields(b.Summary()), " ")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in:\n%s", want, b.Summary())
			}
		}
	}
}

func TestLongReportsAreCut(t *testing.T) {
	f := ordinary(crier.DeliveryTotals{Intended: 30, Failed: 30})
	f.Audience.Sets = nil
	for i := range 64 {
		f.Audience.Sets = append(f.Audience.Sets, crier.AudienceSet{Name: fmt.Sprint("set", i), Subscribers: 1})
	}
	b := New(f)
	for i := range 30 {
		b.Add(Row{Recipient: "a@example.gov", State: crier.DeliveryFailed, Cause: outcome.Cause(fmt.Sprint("C", i)), Code: 550, Text: "no"})
	}
	text := strings.Join(strings.Fields(b.Summary()), " ")
	for _, want := range []string{"- and 44 more sets", "21 Other reasons. The rows of the CSV name them."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, b.Summary())
		}
	}
	content, err := b.JSON()
	if err != nil || !strings.Contains(string(content), `"cause": "Other"`) {
		t.Errorf("%v, no other reasons in %s", err, content)
	}
}

// A record lists the first sets only, and sums of all. Of an older one, which
// has no sums, nothing is said that isn't known.
func TestManySets(t *testing.T) {
	f := ordinary(crier.DeliveryTotals{Intended: 1000, Accepted: 1000})
	f.Audience.Sets, f.Audience.Duplicates = nil, 0
	for i := range 64 {
		f.Audience.Sets = append(f.Audience.Sets, crier.AudienceSet{Name: fmt.Sprint("set", i), Subscribers: 10, Rejected: 1})
	}
	older := f
	f.Audience.Subscribers, f.Audience.Rejected, f.Audience.SetCount = 1000, 103, 100
	for _, c := range []struct {
		facts Facts
		want  []string
	}{
		{f, []string{"1,000 recipients from 1,000 subscribers in 100 sets.", "103 rows of the sets", "- and 80 more sets"}},
		{older, []string{"1,000 recipients from at least 640 subscribers in at least 64 sets."}},
	} {
		text := strings.Join(strings.Fields(New(c.facts).Summary()), " ")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in:\n%s", want, text)
			}
		}
	}
}
