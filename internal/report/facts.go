// Package report makes what people and programs read about a Broadcast: a
// summary for a terminal, JSON, CSV of everybody who was not accepted, and
// the bodies of the report mail.
//
// It is pure: no clock, no network. Everything a report says comes from Facts
// and the rows given to a Builder, and the same input makes the same bytes.
package report

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/smtp/outcome"
)

// Facts is everything a report says besides the single recipients. Zero
// times and empty strings are left out of the report.
type Facts struct {
	Kind crier.ReportKind

	Namespace, Name string // of the Broadcast
	Subject         string // of its message
	List            string // name of the MailingList
	ListAddress     string
	Lists           []List // all of them, where there are several
	From            string // as in the header
	Revision        string // of Git, if the Broadcast names it
	MessageHash     string // of what was sent
	RelayName       string
	Run             int32

	// Result is the reason of the condition Finished, for example
	// "SentWithFailures"; "" in a preliminary report.
	Result string
	// NotBegun says that nothing was written down to be sent, so that there is
	// nothing that a resend could go on with.
	NotBegun bool
	// SetBack says that the ledger was set back, so that the figures are of an
	// earlier time.
	SetBack bool
	// Resend is whom the last resend selected; "" when there was none.
	Resend crier.ResendSelection

	StartedAt, FinishedAt         time.Time
	FirstMessageAt, LastMessageAt time.Time
	Deadline                      time.Time // after it nothing is sent
	GeneratedAt                   time.Time

	Audience crier.PlannedAudience
	Totals   crier.DeliveryTotals
	Passes   int32

	// Masked says that who reads it may not see addresses.
	Masked bool

	// BouncesReadable is true when the Relay has a working bounce path and
	// the time to wait for bounces is over. Only then a report may say
	// "received" instead of "accepted".
	BouncesReadable bool
}

// List is one of several lists that a Broadcast went to.
type List struct{ Name, Address string }

// Row is one recipient who was not accepted.
type Row struct {
	Recipient string
	List      int // place in Facts.Lists of the list that they were reached by
	State     crier.DeliveryState
	Cause     outcome.Cause // "" for a recipient who was never tried
	Code      int           // of the reply; 0 without one
	Enhanced  string        // RFC 3463; "" without one
	Text      string        // the server's words as they were kept, see redact
	Phase     string        // of the SMTP session
	Attempts  int

	LastAttempt time.Time
}

// Reply is what the server said.
func (r Row) Reply() outcome.Reply {
	return outcome.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text}
}

// Shown is the row as people read it: with the recipient's address in full, or
// masked, in the server's words too.
func (r Row) Shown(masked bool) Row {
	if !masked {
		r.Text = redact.Reveal(r.Text, r.Recipient)
		return r
	}
	r.Recipient, r.Text = redact.Address(r.Recipient), redact.Veil(r.Text, r.Recipient)
	return r
}

func (f Facts) preliminary() bool { return f.Kind == crier.ReportPreliminary }

// verb says what may be claimed of a message that the relay took.
func (f Facts) verb() string {
	if f.BouncesReadable {
		return "received"
	}
	return "accepted"
}
