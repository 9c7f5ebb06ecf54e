package transport

import (
	"bufio"
	"context"
	"errors"
	"syscall"
	"time"

	"crier.dev/crier/internal/outcome"
)

// Send runs one transaction for one recipient and returns its first failing event in command order,
// or the reply to the final dot. data is the message; its line ends are normalised here and its
// dots stuffed.
//
// beforeDot is called when the whole body has been written and the final dot has not: from its
// return on, the message may count as sent. If it fails, or ctx is cancelled until then, the
// connection is cut without the dot and the message is not tried. Once the dot has left, the reply
// is waited for until Timeouts.Dot, cancelled or not: giving up would make the outcome unknown.
func (c *Conn) Send(ctx context.Context, env Envelope, data []byte, beforeDot func() error) outcome.Event {
	if !c.usable {
		return outcome.Event{Phase: outcome.PhaseMail, Fault: outcome.FaultConnectionLost}
	}
	if event, unfit := c.unfit(env); unfit {
		return event
	}
	stop := context.AfterFunc(ctx, func() { c.link.Close() })
	if event, ok := c.untilDot(ctx, env, data); !ok {
		stop()
		c.afterFailure(ctx, event)
		return event
	}
	if ctx.Err() == nil {
		if err := beforeDot(); err != nil {
			stop()
			c.cut()
			return outcome.Event{Phase: outcome.PhaseBody, Fault: outcome.FaultLocal}
		}
	}
	if !stop() {
		c.cut()
		return outcome.Event{Phase: outcome.PhaseBody, Fault: outcome.FaultCanceled}
	}
	event := c.dot()
	c.afterFailure(ctx, event)
	return event
}

// untilDot goes from MAIL to the last octet before the final dot.
func (c *Conn) untilDot(ctx context.Context, env Envelope, data []byte) (outcome.Event, bool) {
	steps := []struct {
		phase   outcome.Phase
		command string
		timeout time.Duration
		wanted  func(code int) bool
	}{
		{outcome.PhaseMail, c.mailCommand(env, len(data)), c.times.Command, success},
		{outcome.PhaseRcpt, c.rcptCommand(env), c.times.Command, success},
		{outcome.PhaseData, "DATA", c.times.Data, func(code int) bool { return code == 354 }},
	}
	for _, step := range steps {
		c.wait(step.timeout)
		reply, err := c.ask(step.command)
		if err != nil {
			return c.broken(ctx, step.phase, err), false
		}
		if !step.wanted(reply.Code) {
			return refusal(step.phase, reply), false
		}
	}
	if err := writeBody(bufio.NewWriterSize(blocks{c}, blockSize), data); err != nil {
		return c.brokenBody(ctx, err), false
	}
	return outcome.Event{}, true
}

func success(code int) bool { return code/100 == 2 }

// refusal is an unwanted reply. A success where none was wanted means that we and the server are
// out of step.
func refusal(phase outcome.Phase, reply outcome.Reply) outcome.Event {
	event := outcome.Event{Phase: phase, Reply: reply}
	if reply.Code < 400 {
		event.Fault = outcome.FaultProtocol
	}
	return event
}

// broken is an error instead of a reply.
func (c *Conn) broken(ctx context.Context, phase outcome.Phase, err error) outcome.Event {
	if ctx.Err() != nil {
		return outcome.Event{Phase: phase, Fault: outcome.FaultCanceled}
	}
	return eventOf(ctx, phase, err)
}

// brokenBody looks for a last word: servers that have had enough say 421 or 552 and hang up.
func (c *Conn) brokenBody(ctx context.Context, err error) outcome.Event {
	event := c.broken(ctx, outcome.PhaseBody, err)
	if event.Fault == outcome.FaultCanceled {
		return event
	}
	c.wait(time.Second)
	if reply, readErr := c.readReply(); readErr == nil && reply.Code >= 400 {
		return outcome.Event{Phase: outcome.PhaseBody, Reply: reply}
	}
	return event
}

// dot ends the message and waits for the verdict.
func (c *Conn) dot() outcome.Event {
	ctx := context.Background() // from here on a cancellation doesn't matter
	c.wait(c.times.Dot)
	w := c.client.Text.W
	_, err := w.WriteString(".\r\n")
	if err == nil {
		err = w.Flush()
	}
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		// The kernel knew the connection to be dead before it took the dot: it has not left.
		return c.brokenBody(ctx, err)
	}
	if err != nil {
		return c.broken(ctx, outcome.PhaseDot, err)
	}
	reply, err := c.readReply()
	if err != nil {
		return c.broken(ctx, outcome.PhaseDot, err)
	}
	if success(reply.Code) {
		return outcome.Event{Phase: outcome.PhaseDot, Reply: reply}
	}
	return refusal(outcome.PhaseDot, reply)
}

// afterFailure leaves the session ready for the next transaction, or closed. Whatever happens here,
// the outcome of the message stands.
func (c *Conn) afterFailure(ctx context.Context, event outcome.Event) {
	switch {
	case event.Fault == "" && success(event.Reply.Code):
		return
	case event.Fault != "", event.Reply.Code == 421, event.Phase == outcome.PhaseBody, ctx.Err() != nil:
		c.cut()
		return
	}
	c.wait(c.times.Reset)
	if reply, err := c.ask("RSET"); err != nil || !success(reply.Code) {
		c.cut()
	}
}
