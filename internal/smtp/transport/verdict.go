package transport

import (
	"context"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
)

const (
	loneDot = ".\r\n"
	reset   = "RSET\r\n"
)

// deliver sends the message after the server's 354, and reads the verdict. The octets that end it
// leave in one write, with the opening of next if that may be announced.
func (c *Conn) deliver(ctx context.Context, cur, next *Transaction) outcome.Event {
	defer c.leash.release(ctx)
	if c.pending() > 0 { // or it would be taken for the reply to the dot
		return c.lastWord(ctx, outcome.PhaseData, errOutOfTurn)
	}
	body, phase := bodyOf(cur), outcome.PhaseData // nothing of the body has left
	for body.left > blockSize {
		c.out = body.appendBlock(c.out[:0])
		if err := c.write(c.out); err != nil {
			return c.lastWord(ctx, c.reached(phase), err)
		}
		phase = outcome.PhaseBody
	}
	c.out = body.end(body.appendBlock(c.out[:0]))
	dotEnds := len(c.out)
	if next != nil && next != cur && c.level == LevelAcross {
		if _, unfit := c.unfit(next.Envelope); !unfit {
			c.out = c.appendOpening(c.out, next)
			c.announced = next
		}
	}
	if event, ok := c.mayEnd(ctx, cur); !ok {
		return event
	}
	if err := c.write(c.out); err != nil {
		if c.link.flow.taken < dotEnds {
			// The kernel has not taken the dot. Over TLS it took even less of the message.
			return c.lastWord(context.Background(), c.reached(phase), err)
		}
		defer c.cut() // the dot may have arrived, and the reply to it may still come
	}
	return c.verdict()
}

// reached is the phase after a failed write: the body has begun if any octet of it has left.
func (c *Conn) reached(phase outcome.Phase) outcome.Phase {
	if c.link.flow.taken > 0 {
		return outcome.PhaseBody
	}
	return phase
}

// mayEnd asks whether the dot may leave. From its yes on, ctx has no hold on the connection.
func (c *Conn) mayEnd(ctx context.Context, cur *Transaction) (outcome.Event, bool) {
	if ctx.Err() == nil && cur.BeforeDot != nil {
		if err := cur.BeforeDot(); err != nil {
			return outcome.Event{Phase: outcome.PhaseBody, Fault: outcome.FaultLocal}, false
		}
	}
	if !c.leash.release(ctx) {
		return outcome.Event{Phase: outcome.PhaseBody, Fault: outcome.FaultCanceled}, false
	}
	return outcome.Event{}, true
}

// verdict is the reply to the dot.
func (c *Conn) verdict() outcome.Event {
	reply, err := c.readReply(c.times.Dot, true)
	if err != nil {
		return c.broken(context.Background(), outcome.PhaseDot, err)
	}
	if success(reply.Code) {
		return outcome.Event{Phase: outcome.PhaseDot, Reply: reply}
	}
	return refusal(outcome.PhaseDot, reply)
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

// lastWord looks for a reply when the server has ended the session on its own: servers that have
// had enough say 421 or 552 and hang up.
func (c *Conn) lastWord(ctx context.Context, phase outcome.Phase, err error) outcome.Event {
	event := c.broken(ctx, phase, err)
	if event.Fault == outcome.FaultCanceled {
		return event
	}
	if reply, readErr := c.readReply(time.Second, true); readErr == nil && reply.Code >= 400 {
		event = outcome.Event{Phase: phase, Reply: reply}
	}
	c.cut()
	return event
}

// afterVerdict leaves the session ready for the next transaction, or closed. Whatever happens here,
// the outcome of the message stands.
func (c *Conn) afterVerdict(ctx context.Context, event outcome.Event) {
	switch {
	case event.Fault != "", event.Reply.Code == closing, event.Phase != outcome.PhaseDot:
		c.cut()
		return
	case success(event.Reply.Code):
	case ctx.Err() != nil && c.announced == nil:
		c.cut()
		return
	case c.level == LevelOff:
		c.resetNow()
	}
	if c.level == LevelWithin {
		c.level = c.limit // the server has answered a whole message
	}
}

// recover does the same after a transaction that never came to its message. A refused MAIL leaves
// nothing open. A server that says 354 to nobody's message gets a lone dot, whose reply means nothing
// (RFC 2920 section 3.1). Anything else needs RSET before the next MAIL (RFC 5321 section 4.1.4).
//
// More says that another transaction follows at once: then what is owed leaves together with it.
// Otherwise it leaves now, and its reply is read when there is something to wait for.
func (c *Conn) recover(ctx context.Context, o opened, more bool) {
	mail, rcpt, data := o.codes[0], o.codes[1], o.codes[2]
	switch {
	case o.over, ctx.Err() != nil:
		c.cut()
		return
	case c.level == LevelOff:
		c.resetNow()
		return
	case data == goAhead:
		c.owed = loneDot
	case data < 400, rcpt >= 300 && rcpt < 400: // out of step
		c.cut()
		return
	case mail >= 400 && rcpt >= 400:
		return
	default:
		c.owed = reset
	}
	if more {
		return
	}
	c.out = append(c.out[:0], c.owed...)
	c.owed, c.unheard = "", c.owed
	if c.write(c.out) != nil {
		c.cut()
	}
}

// resetNow says RSET and waits for its reply.
func (c *Conn) resetNow() {
	if c.pending() > 0 || c.write([]byte(reset)) != nil {
		c.cut()
		return
	}
	if reply, err := c.readReply(c.times.Reset, false); err != nil || !success(reply.Code) {
		c.cut()
	}
}
