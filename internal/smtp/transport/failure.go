package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"

	"crier.dev/crier/internal/smtp/handshake"
	"crier.dev/crier/internal/smtp/outcome"
)

// Failure says why no session could be opened. Its text holds the phase, codes and our own words,
// never the server's, an address or a secret: it may be logged.
type Failure struct {
	Event  outcome.Event
	reason string
}

// Error implements error.
func (f *Failure) Error() string {
	text := "relay session failed at " + string(f.Event.Phase)
	switch {
	case f.Event.Reply.Code != 0:
		text += fmt.Sprintf(": reply %d", f.Event.Reply.Code)
		if f.Event.Reply.Enhanced != "" {
			text += " " + f.Event.Reply.Enhanced
		}
	case f.Event.Fault != "":
		text += ": " + string(f.Event.Fault)
	}
	if f.reason != "" {
		text += ": " + f.reason
	}
	return text
}

// Reason is what went wrong in our own words, such as which check a
// certificate failed; empty where the reply or the fault says it all.
func (f *Failure) Reason() string { return f.reason }

func refuse(phase outcome.Phase, fault outcome.Fault, reason string) *Failure {
	return &Failure{Event: outcome.Event{Phase: phase, Fault: fault}, reason: reason}
}

// failed turns an error of a phase into a Failure.
func failed(ctx context.Context, phase outcome.Phase, err error) *Failure {
	return &Failure{Event: eventOf(ctx, phase, err), reason: reasonOf(err)}
}

// eventOf finds out what an error of the network or of go-mail stands for. A cancellation comes
// first, because it shows as a lost connection.
func eventOf(ctx context.Context, phase outcome.Phase, err error) outcome.Event {
	event := outcome.Event{Phase: phase}
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		event.Reply = outcome.NewReply(reply.Code, strings.Split(reply.Msg, "\n"))
	case errors.Is(ctx.Err(), context.Canceled):
		event.Fault = outcome.FaultCanceled
	case ctx.Err() != nil:
		event.Fault = outcome.FaultTimeout
	default:
		event.Fault = faultOf(err)
	}
	return event
}

func faultOf(err error) outcome.Fault {
	var protocol textproto.ProtocolError
	var network net.Error
	switch {
	case is(err, broken), errors.As(err, &protocol):
		return outcome.FaultProtocol
	case handshake.Broke(err):
		return outcome.FaultTLS
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return outcome.FaultTimeout
	}
	return outcome.FaultConnectionLost
}

// broken are ways in which a server leaves the protocol, or asks for more than it may.
var broken = []error{
	errOutOfTurn, errReplyTooLong, errFewRounds, errManyRounds, errScram, errManyChallenges,
}

func is(err error, any []error) bool {
	return slices.ContainsFunc(any, func(known error) bool { return errors.Is(err, known) })
}

// reasonOf gives the few errors a text that we wrote ourselves.
func reasonOf(err error) string {
	for _, known := range append([]error{errMechanism}, broken...) {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return ""
}
