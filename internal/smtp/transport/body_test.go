package transport

import (
	"bytes"
	"strings"
	"testing"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// canonical is what a body is after its journey: every line end is CRLF and the last line has one.
// It is written differently from stuffer on purpose.
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
		for _, level := range levels {
			s.Reset()
			cfg.Pipelining = level
			c := mustDial(t, cfg)
			got := sendAll(t, c, data, recipients(4)...) // at LevelAcross the last two are announced
			c.Close()
			st, m := s.Stats(), s.Messages("")
			if !accepted(got) || len(m) != 4 || st.BareLineEnds != 0 || st.OutOfOrder != 0 || st.Recipients != 4 {
				t.Fatalf("%s: %v, %d messages, stats %+v, for %q", level, got, len(m), st, data)
			}
			for _, one := range m {
				if want := canonical(data); string(one.Data) != want {
					t.Fatalf("%s: arrived %q, want %q", level, one.Data, want)
				}
			}
		}
	})
}

// FuzzStuffer compares with a slow and plain way to do the same, whatever the blocks.
func FuzzStuffer(f *testing.F) {
	for _, seed := range []string{"", ".", "a\r\n.b\r\n", "\r\r\n\n.\r.", "abc\n.\n", "...\r\n..", "\r", "a\rb\r\nc\n"} {
		f.Add([]byte(seed), byte(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		want := canonical(data)
		want = strings.TrimPrefix(strings.ReplaceAll("\r\n"+want, "\r\n.", "\r\n.."), "\r\n") + ".\r\n"
		var s stuffer
		var out []byte
		for rest := data; len(rest) > 0; {
			var block []byte
			block, rest = cutBlock(rest, 2+int(size))
			out = s.append(out, block)
		}
		if out = s.end(out); string(out) != want {
			t.Fatalf("%q in blocks of %d: %q, want %q", data, 2+int(size), out, want)
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

// FuzzPieces holds that a message in pieces arrives as the whole one does: blocks of the same
// content, none larger than it may be, and all of it.
func FuzzPieces(f *testing.F) {
	f.Add([]byte("a\r\n.b\r\n"), uint16(3), uint32(1))
	f.Add([]byte(".\r\n..\r\n\r\n.x"), uint16(20000), uint32(0xff))
	f.Add([]byte("\r\n"), uint16(40000), uint32(0b1010))
	f.Fuzz(func(t *testing.T, data []byte, times uint16, cuts uint32) {
		if len(data)*int(times) > 300<<10 {
			return
		}
		data = bytes.Repeat(data, int(times))
		var s stuffer
		want := s.end(s.append(nil, data))
		pieces := [][]byte{nil}
		for i, line := range bytes.SplitAfter(data, []byte("\n")) {
			last := len(pieces) - 1
			pieces[last] = append(pieces[last], line...)
			if cuts>>(i%32)&1 == 1 {
				pieces = append(pieces, nil)
			}
		}
		body := bodyOf(&Transaction{Data: pieces[0], Rest: pieces[1:]})
		if body.left != len(data) {
			t.Fatalf("%d octets, want %d", body.left, len(data))
		}
		var got []byte
		for body.left > blockSize {
			before, left := len(got), body.left
			got = body.appendBlock(got)
			if n := left - body.left; n < blockSize-1 || n > blockSize || len(got)-before > 2*blockSize {
				t.Fatalf("a block of %d octets, %d stuffed", n, len(got)-before)
			}
		}
		if got = body.end(body.appendBlock(got)); !bytes.Equal(got, want) || body.left != 0 {
			t.Fatalf("differs, %d left", body.left)
		}
	})
}

// TestPieces sends a message with shared pieces, also as the announced one.
func TestPieces(t *testing.T) {
	s := smtptest.Start(t, smtptest.Script{})
	shared := bytes.Repeat([]byte("QUJD\r\n"), 50<<10)
	data, rest := []byte("Subject: x\r\n\r\n.a\r\n"), [][]byte{shared, []byte("..b\r\n"), shared, []byte("c\r\n")}
	want := canonical(append(bytes.Clone(data), bytes.Join(rest, nil)...))
	c := mustDial(t, plainConfig(s))
	two := [2]*Transaction{one(toB, data, proceed), one(toB, data, proceed)}
	for i := range 4 {
		two[i%2].Rest = rest
		if got := c.Send(t.Context(), two[i%2], two[(i+1)%2]); outcome.Classify(got).State != outcome.Accepted {
			t.Fatalf("%+v", got)
		}
	}
	for _, m := range s.Messages("") {
		if string(m.Data) != want {
			t.Error("arrives changed")
		}
	}
	if n := len(s.Messages("")); n != 4 {
		t.Errorf("%d messages", n)
	}
}
