package transport

import (
	"context"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
)

// Transaction is one message for one recipient.
type Transaction struct {
	Envelope Envelope
	// Data is the message; its line ends are normalised and its dots stuffed on the way. It must
	// not change until Send has returned; that of an announced transaction, not before its own Send.
	Data []byte
	// Rest follows Data, piece by piece, under the same conditions; transactions may share pieces.
	// No piece may end between CR and LF.
	Rest [][]byte
	// BeforeDot is called when everything but the octets that end the message has left or is about
	// to leave in one write: from its return on, the message may count as sent. If it fails, the
	// connection is cut and the message not tried. It may be nil.
	BeforeDot func() error
}

// Send runs cur to its verdict: its first failing event in command order, or the reply to the final
// dot.
//
// If next isn't nil and the level is LevelAcross, the MAIL, RCPT and DATA of next may leave in the
// same write as the end of cur. Announced tells whether they did; then the following call must be
// the Send of the same next, which reads their replies. Any other call cuts the connection, and the
// message of next has not been tried.
//
// Cancelling ctx before the write that holds the final dot cuts the connection: the message is not
// tried. Once the dot has left, the reply is waited for until Timeouts.Dot, cancelled or not: giving
// up would make the outcome unknown.
func (c *Conn) Send(ctx context.Context, cur, next *Transaction) outcome.Event {
	if c.announced != nil && c.announced != cur {
		c.cut()
	}
	if !c.usable {
		return outcome.Event{Phase: outcome.PhaseMail, Fault: outcome.FaultConnectionLost}
	}
	if c.announced == nil {
		if event, unfit := c.unfit(cur.Envelope); unfit {
			return event
		}
	}
	if !c.leash.hold(ctx) {
		c.cut()
		return outcome.Event{Phase: outcome.PhaseMail, Fault: outcome.FaultCanceled}
	}
	o := c.open(ctx, cur)
	if o.failed {
		c.recover(ctx, o, next != nil)
		c.leash.release(ctx)
		return o.event
	}
	event := c.deliver(ctx, cur, next)
	c.afterVerdict(ctx, event)
	return event
}

// opened is what came of MAIL, RCPT and DATA.
type opened struct {
	failed bool
	event  outcome.Event // the first failing one in command order
	codes  [3]int        // of the replies; 0 for none
	over   bool          // the session can't go on
}

func (o *opened) fail(event outcome.Event) {
	if !o.failed {
		o.failed, o.event = true, event
	}
	o.over = o.over || event.Fault != "" || event.Reply.Code == closing
}

const (
	goAhead = 354 // reply to DATA
	closing = 421 // RFC 5321 section 3.8: the server hangs up
)

var openingPhases = [3]outcome.Phase{outcome.PhaseMail, outcome.PhaseRcpt, outcome.PhaseData}

// open says MAIL, RCPT and DATA as the level asks, unless they have been said, and reads the replies.
func (c *Conn) open(ctx context.Context, cur *Transaction) (o opened) {
	said := c.announced == cur
	c.announced = nil
	if !said {
		if event, ok := c.announce(ctx, cur); !ok {
			o.fail(event)
			return o
		}
	}
	for i, phase := range openingPhases {
		if c.level == LevelOff {
			if err := c.sayOne(i, cur); err != nil {
				o.fail(c.broken(ctx, phase, err))
				return o
			}
		}
		reply, err := c.readReply(c.patience(phase), false)
		if err != nil {
			o.fail(c.broken(ctx, phase, err))
			o.over = true
			return o
		}
		o.codes[i] = reply.Code
		if phase == outcome.PhaseData && reply.Code != goAhead || phase != outcome.PhaseData && !success(reply.Code) {
			o.fail(refusal(phase, reply))
		}
		if o.over = o.over || reply.Code == closing; o.over || o.failed && c.level == LevelOff {
			return o
		}
	}
	return o
}

// announce says what is still owed to the last transaction and, if pipelined, opens the new one.
func (c *Conn) announce(ctx context.Context, cur *Transaction) (outcome.Event, bool) {
	if c.unheard == "" && c.pending() > 0 {
		return c.lastWord(ctx, outcome.PhaseMail, errOutOfTurn), false
	}
	if c.level != LevelOff {
		if c.owed != "" {
			c.unheard = c.owed
		}
		c.out = c.appendOpening(append(c.out[:0], c.owed...), cur)
		c.owed = ""
		if err := c.write(c.out); err != nil {
			return c.broken(ctx, outcome.PhaseMail, err), false
		}
	}
	return c.hear(ctx)
}

// hear reads the reply to what ended the last transaction. That to a lone dot means nothing, but if
// RSET failed, MAIL can't follow.
func (c *Conn) hear(ctx context.Context) (outcome.Event, bool) {
	if c.unheard == "" {
		return outcome.Event{}, true
	}
	reply, err := c.readReply(c.times.Reset, false)
	if err != nil {
		return c.broken(ctx, outcome.PhaseMail, err), false
	}
	event := refusal(outcome.PhaseMail, reply)
	if c.unheard == reset && !success(reply.Code) && reply.Code != closing {
		event.Fault = outcome.FaultProtocol
	}
	ok := reply.Code != closing && (c.unheard == loneDot || success(reply.Code))
	c.unheard = ""
	return event, ok
}

// sayOne sends one of the commands by itself.
func (c *Conn) sayOne(i int, t *Transaction) error {
	switch openingPhases[i] {
	case outcome.PhaseMail:
		c.out = c.appendMail(c.out[:0], t.Envelope, t.size())
	case outcome.PhaseRcpt:
		c.out = c.appendRcpt(c.out[:0], t.Envelope)
	default:
		c.out = append(c.out[:0], "DATA\r\n"...)
	}
	if c.pending() > 0 {
		return errOutOfTurn
	}
	return c.write(c.out)
}

func (c *Conn) patience(phase outcome.Phase) time.Duration {
	if phase == outcome.PhaseData {
		return c.times.Data
	}
	return c.times.Command
}
