package transport

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"testing"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// writes counts the writes to a connection, and lets one fail.
type writes struct {
	net.Conn
	n      atomic.Int32
	fail   int // which write fails, from 1; 0 for none
	takes  int // octets of it that are taken before
	failed bool
}

func (w *writes) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var err error
	w.Conn, err = (&net.Dialer{}).DialContext(ctx, network, addr)
	return w, err
}

func (w *writes) Write(p []byte) (int, error) {
	if int(w.n.Add(1)) != w.fail {
		return w.Conn.Write(p)
	}
	n, _ := w.Conn.Write(p[:min(w.takes, len(p))])
	w.failed = true
	return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
}

// A write with the dot that fails: what counts is whether the dot was taken.
func TestFailingWriteOfTheDot(t *testing.T) {
	body := []byte("x\r\n")
	cases := map[string]struct {
		takes int
		want  string
	}{
		"nothing taken":   {0, "NotTried/Relay/ConnectionLost uncounted"},
		"within the body": {4, "Deferred/Message/ConnectionLost"},
		"half of the dot": {len("x\r\n.\r"), "Deferred/Message/ConnectionLost"},
		// Then the reply says what became of it.
		"the whole dot": {len("x\r\n.\r\n"), "Accepted/Message/"},
		"and the next":  {len("x\r\n.\r\nMAIL"), "Accepted/Message/"},
		"but no reply":  {len("x\r\n.\r\n"), "Unknown/Message/ConnectionLost"},
	}
	for name, test := range cases {
		for _, encrypted := range []bool{false, true} {
			if encrypted && test.takes > 0 {
				continue // records hide where the dot is
			}
			t.Run(fmt.Sprintf("%s %t", name, encrypted), func(t *testing.T) {
				t.Parallel()
				script := smtptest.Script{}
				if name == "but no reply" {
					script.Rules = []smtptest.Rule{{Phase: smtptest.Dot, Recipient: target, Drop: smtptest.DropStored}}
				}
				cfg := plainConfig(smtptest.Start(t, script))
				if encrypted {
					_, cfg = secured(t, nil)
				}
				w := &writes{takes: test.takes}
				cfg.Dialer = w.dial
				c := mustDial(t, cfg)
				third := one(Envelope{To: target}, body, proceed)
				goAcross(t, c, third)
				w.fail = int(w.n.Load()) + 1
				called := 0
				third.BeforeDot = func() error { called++; return nil }
				got := inShort(outcome.Classify(c.Send(t.Context(), third, one(toB, body, proceed))))
				if got != test.want || called != 1 || c.Usable() || c.Announced() || !w.failed {
					t.Errorf("%s, want %s; BeforeDot called %d times", got, test.want, called)
				}
			})
		}
	}
}
