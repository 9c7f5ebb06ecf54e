package source

import (
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// Kind says what sort of thing is wrong with a source.
type Kind int

const (
	// Unavailable mends itself, as far as one can tell: a server that is down,
	// a time-out. The last good roster stays in use.
	Unavailable Kind = iota
	// Refused needs somebody at the other side: a password that is wrong, a
	// right that is missing, a file that isn't there.
	Refused
	// Invalid needs a change of the spec: a filter or a query with a mistake.
	Invalid
	// Missing is an object of the cluster that isn't there yet.
	Missing
	// Unlabeled is a Secret without the label that lets Crier use it.
	Unlabeled
	// NotAllowed is an address that no source may have.
	NotAllowed
	// TooLarge is more than one set may hold.
	TooLarge
	// Unreadable is content that isn't what it should be.
	Unreadable
)

// reasons are those of the conditions that say so.
var reasons = map[Kind]string{
	Unavailable: crier.ReasonSourceUnavailable,
	Refused:     crier.ReasonSourceRefused,
	Invalid:     crier.ReasonInvalidSource,
	Missing:     crier.ReasonSourceNotFound,
	Unlabeled:   crier.ReasonSecretNotLabeled,
	NotAllowed:  crier.ReasonAddressNotAllowed,
	TooLarge:    crier.ReasonSourceTooLarge,
	Unreadable:  crier.ReasonSourceUnreadable,
}

// Problem is why a source couldn't be read, in a sentence for people that says
// what to do. It holds no secret, no subscriber, and no words of a server that
// could hold one.
type Problem struct {
	Kind    Kind
	Message string
	// RetryAfter is how long the other side asks to be left alone; 0 if it
	// doesn't say.
	RetryAfter time.Duration
	// File is the file that it is about, if it is about one, with what is wrong
	// there.
	File roster.Rejected
}

// Reason is that of the condition of the object that is read from the source.
func (p *Problem) Reason() string { return reasons[p.Kind] }

func (p *Problem) Error() string { return p.Message }

// Say makes a Problem.
func Say(kind Kind, format string, args ...any) *Problem {
	return &Problem{Kind: kind, Message: fmt.Sprintf(format, args...)}
}
