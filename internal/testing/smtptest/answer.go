package smtptest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// answer replies as usual unless the script has a rule for the phase. A connection whose rule at
// Connect refuses is closed.
func (x *session) answer(phase Phase, code int, enhanced, text string) error {
	r, ok := x.srv.engine.Load().find(phase)
	if !ok {
		return x.reply(code, enhanced, text)
	}
	if err := x.perform(r, code, enhanced, text); err != nil {
		return err
	}
	if phase == Connect && r.Code >= 400 {
		x.out.Flush()
		return errHangUp
	}
	return nil
}

// perform does what a rule says at a command whose usual reply is given.
func (x *session) perform(r Rule, code int, enhanced, text string) error {
	x.sleep(r)
	if r.Drop == DropBefore || r.Drop == DropStored {
		return x.leave(r)
	}
	if err := x.say(r, code, enhanced, text); err != nil {
		return err
	}
	if r.Drop == DropAfter {
		return x.leave(r)
	}
	return nil
}

// say replies in the rule's words, or as usual if it has none.
func (x *session) say(r Rule, code int, enhanced, text string) error {
	switch {
	case r.Raw != "":
		_, err := x.out.WriteString(r.Raw)
		return err
	case r.Code != 0:
		code, enhanced, text = r.Code, r.Enhanced, r.words()
	}
	return x.reply(code, enhanced, text)
}

// leave ends the connection as the rule says, after what has been said so far.
func (x *session) leave(r Rule) error {
	x.out.Flush()
	switch r.How {
	case HowReset:
		if c, ok := x.raw.(*net.TCPConn); ok {
			_ = c.SetLinger(0) // closing then resets
		}
	case HowSilent:
		_ = x.conn.SetDeadline(time.Now().Add(idle))
		_, _ = io.Copy(io.Discard, x.in) // until the client leaves
	}
	return errHangUp
}

// speaks says whether the rule does more than wait.
func (r Rule) speaks() bool { return r.Code != 0 || r.Drop != "" || r.Raw != "" }

func (r Rule) words() string {
	if r.Text != "" {
		return r.Text
	}
	return "As the script says"
}

// sleep waits for the rule's delay, but not for longer than the server lives.
func (x *session) sleep(r Rule) {
	if r.Delay <= 0 {
		return
	}
	x.out.Flush()
	end := time.Now().Add(time.Duration(r.Delay))
	for left := time.Until(end); left > 0; left = time.Until(end) {
		time.Sleep(min(left, 50*time.Millisecond))
		x.srv.mu.Lock()
		closed := x.srv.closed
		x.srv.mu.Unlock()
		if closed {
			return
		}
	}
}

// reply writes a reply; 421 ends the connection (RFC 5321 section 3.8).
func (x *session) reply(code int, enhanced, text string) error {
	x.write(code, enhanced, text)
	if code == 421 {
		x.out.Flush()
		return errHangUp
	}
	return nil
}

// write puts a reply into the buffer, of several lines if the text has several.
func (x *session) write(code int, enhanced, text string) {
	if enhanced != "" && !x.lacks("ENHANCEDSTATUSCODES") {
		enhanced += " "
	} else {
		enhanced = ""
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		fmt.Fprintf(x.out, "%d%s%s%s\r\n", code, sep, enhanced, line)
	}
}

// note writes the reply log for recipients.
func (x *session) note(phase Phase, code int, text string, stored bool, rcpts ...string) {
	x.srv.store.trace.change(x.traced, func(t *Transaction) { t.Code, t.Stored = code, stored })
	for _, rcpt := range rcpts {
		x.srv.store.note(Entry{
			Time: time.Now(), Connection: x.id, Recipient: rcpt,
			Phase: phase, Code: code, Reply: text, Stored: stored,
		})
	}
}

// verdict is what a rule, or its absence, comes to for the log.
func verdict(r Rule, code int, enhanced, text string) (int, string) {
	switch {
	case r.Drop == DropBefore || r.Drop == DropStored || r.Raw != "":
		return 0, r.Raw
	case r.Code != 0:
		code, enhanced, text = r.Code, r.Enhanced, r.words()
	}
	return code, strings.TrimSpace(enhanced + " " + text)
}
