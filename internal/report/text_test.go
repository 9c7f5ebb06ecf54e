package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/outcome"
)

func TestFirstLineAndSubject(t *testing.T) {
	for name, want := range map[string]struct{ subject, first string }{
		"all-accepted": {"Delivery report: Open enrollment starts Monday (100 % received)", "100 % received: all 5,000 recipients."},
		"failures": {"Delivery report: Open enrollment starts Monday (99.9 % accepted, 29 failed)",
			"99.9 % accepted: 44,957 of 44,986 recipients, 29 failed."},
		"unknown": {"Delivery report: Open enrollment starts Monday (99.9 % accepted, 1 failed, 3 unknown, 1 expired)",
			"99.9 % accepted: 4,995 of 5,000 recipients, 1 failed, 3 unknown, 1 expired."},
		"preliminary": {"Preliminary delivery report: Open enrollment starts Monday (99.0 % accepted so far, 2 failed, 40 deferred, 8 waiting)",
			"99.0 % accepted so far: 4,950 of 5,000 recipients, 2 failed, 40 deferred, 8"},
		"deadline-missed": {"Delivery report: Open enrollment starts Monday (deadline missed, nothing sent)",
			"Deadline missed: nothing was sent to any of 88,100 recipients."},
		"cancelled": {"Delivery report: Open enrollment starts Monday (cancelled, 12.0 % accepted, 4 failed, 2 deferred, 39,580 not tried)",
			"Cancelled: 12.0 % accepted, 5,400 of 44,986 recipients, 4 failed, 2"},
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
	if want := "Deadline missed: 60.0 % accepted, 60 of 100 recipients, 10 expired, 30 not"; first != want {
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
	if !strings.Contains(text.Subject, "99.9 % received") || strings.Contains(text.Text, "Bounces may still") {
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
	if text := b.Summary(); !strings.Contains(text, "2 recipients in these figures could not be read back") {
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
