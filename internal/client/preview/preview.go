// Package preview makes the message of a Broadcast for one subscriber, as it
// would be sent, and shows it.
package preview

import (
	"errors"
	"fmt"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// Problem is why there is no message, or why it wouldn't be sent.
type Problem struct {
	// Reason is that of the condition that the Broadcast would have; "" if it
	// concerns this subscriber alone.
	Reason string
	// Lines say what is wrong, one thing each.
	Lines []string
}

func (p *Problem) Error() string {
	text := strings.Join(p.Lines, "\n")
	if p.Reason == "" {
		return text
	}
	return p.Reason + ": " + text
}

// Preview is a message as a reader gets it.
type Preview struct {
	// Data is the message (RFC 5322) without a signature.
	Data []byte
	// Signature is how many octets signatures add at most.
	Signature int
	Header    []Field
	Text      string
	HTML      string
	Files     []File
	// Hash is status.messageHash of a Broadcast with these facts.
	Hash string
}

// Field is one field of the header, unfolded and decoded.
type Field struct{ Name, Value string }

// File is an attachment, or an image that the HTML shows.
type File struct {
	Name, ContentType, ContentID string
	Data                         []byte
}

// Size is that of the message as it would leave, in octets.
func (p *Preview) Size() int { return len(p.Data) + p.Signature }

// Make writes the message for one subscriber. An error is a *Problem. With one
// of reason MessageTooLarge there is a message as well.
func Make(f draft.Facts, to roster.Subscriber, now time.Time) (*Preview, error) {
	if err := message.CheckAttachments(f.Files, f.Relay.SizeLimit()); err != nil {
		return nil, &Problem{crier.ReasonInvalidAttachment, []string{err.Error()}}
	}
	f.Edition = draft.Edition{At: now} // of no run
	frozen, err := draft.Message(f)
	if err != nil {
		return nil, problem(err)
	}
	whole := frozen // with the images that can't be read here
	whole.Attachments = f.Attachments()
	if err := draft.CheckImages(whole); err != nil {
		return nil, problem(err)
	}
	composer, err := message.NewComposer(frozen)
	if err != nil {
		return nil, problem(err)
	}
	written, err := composer.Draft(nil, to, 0, 0, now)
	if err != nil {
		return nil, problem(err)
	}
	p, err := read(written.Data)
	if err != nil {
		return nil, problem(err)
	}
	p.Signature, p.Hash = composer.SignatureSize(), frozen.Hash
	if limit := f.Relay.SizeLimit(); limit > 0 && int64(p.Size()) > limit {
		return p, &Problem{crier.ReasonMessageTooLarge, []string{fmt.Sprintf("the message has %s; the Relay takes %s", words.Count(p.Size(), "octet"), words.Number(limit))}}
	}
	return p, nil
}

func problem(err error) *Problem {
	var problems content.Problems
	var refused *content.Refused
	switch {
	case errors.As(err, &problems):
		p := &Problem{Reason: crier.ReasonInvalidTemplate}
		for _, one := range problems {
			p.Lines = append(p.Lines, one.String())
		}
		return p
	case errors.As(err, &refused):
		return &Problem{Lines: []string{"the message can't be written for this subscriber: " + refused.Error()}}
	}
	return &Problem{crier.ReasonInvalidMessage, []string{err.Error()}}
}
