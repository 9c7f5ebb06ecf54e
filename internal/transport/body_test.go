package transport

import (
	"bytes"
	"strings"
	"testing"

	"crier.dev/crier/internal/outcome"
	"crier.dev/crier/internal/smtptest"
)

// canonical is what a body is after its journey: every line end is CRLF and the last line has one.
// It is written differently from writeBody on purpose.
func canonical(data []byte) string {
	s := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// FuzzDotStuffing sends every body to a server that takes nothing but CRLF.CRLF for the end and
// refuses bare CR and LF. Whatever the body, exactly one message must arrive, with that content.
func FuzzDotStuffing(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "\r", "\n", "\r\n", ".\r\n", "\n.\n", "\r.\r", "\r\n.\r\n", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r",
		"x\r\n.\r\nMAIL FROM:<evil@a.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\ny\r\n.\r\n",
		"x\n.\nMAIL FROM:<evil@a.test>\n", "x\r.\rMAIL FROM:<evil@a.test>\r", "\r\r\n.\r\r\n", "a\r\n..\r\n...", "\x00.\x00",
	} {
		f.Add([]byte(seed))
	}
	s := smtptest.Start(f, smtptest.Script{})
	cfg := plainConfig(s)
	f.Fuzz(func(t *testing.T, data []byte) {
		s.Reset()
		c := mustDial(t, cfg)
		got := c.Send(t.Context(), one(toB, data, proceed), nil)
		if outcome.Classify(got).State != outcome.Accepted {
			t.Fatalf("event %+v for %q", got, data)
		}
		after := c.Send(t.Context(), one(toB, []byte("after\r\n"), proceed), nil)
		st, m := s.Stats(), s.Messages("")
		if outcome.Classify(after).State != outcome.Accepted || len(m) != 2 || st.BareLineEnds != 0 || st.OutOfOrder != 0 {
			t.Fatalf("%d messages, stats %+v, then %+v, for %q", len(m), st, after, data)
		}
		if want := canonical(data); string(m[0].Data) != want {
			t.Fatalf("arrived %q, want %q", m[0].Data, want)
		}
	})
}

func TestDotsAtBlockBorders(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	c := mustDial(t, plainConfig(s))
	for _, n := range []int{blockSize - 3, blockSize - 2, blockSize - 1, blockSize, blockSize + 1} {
		data := append(bytes.Repeat([]byte("x"), n), "\r\n.\r\n.y\n"...)
		s.Reset()
		if got := c.Send(t.Context(), one(toB, data, proceed), nil); outcome.Classify(got).State != outcome.Accepted {
			t.Fatalf("%d: %+v", n, got)
		}
		if m := s.Messages(""); len(m) != 1 || string(m[0].Data) != canonical(data) {
			t.Errorf("%d octets before the border arrive changed", n)
		}
	}
}
