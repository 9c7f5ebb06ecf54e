package transport

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// sink takes everything and looks at nothing, so that the benchmark is of the client.
func sink(c net.Conn) {
	defer c.Close()
	in, out := bufio.NewReaderSize(c, 128<<10), bufio.NewWriter(c)
	say := func(s string) {
		_, _ = out.WriteString(s)
		_, _ = out.WriteString("\r\n")
	}
	say("220 sink.test")
	body := false
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case body:
			if body = string(line) != ".\r\n"; !body {
				say("250 2.0.0 Ok: queued as 4XyZ1234567")
			}
		case bytes.HasPrefix(line, []byte("EHLO")):
			say("250-sink.test\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 DSN")
		case bytes.HasPrefix(line, []byte("DATA")):
			body = true
			say("354 Go ahead")
		default:
			say("250 2.1.0 Ok")
		}
	}
}

// sinkConfig starts a sink, with TLS from the first octet unless settings is nil.
func sinkConfig(b testing.TB, settings *tls.Config) Config {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	if settings != nil {
		l = tls.NewListener(l, settings)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go sink(c)
		}
	}()
	return Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: TLSNone, HELO: "me.test"}
}

// letter is about 4 kB, as the messages of a mailing are.
var letter = []byte("From: Crier <a@a.test>\r\nSubject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 56))

// BenchmarkSend sends over one connection.
func BenchmarkSend(b *testing.B) {
	for _, level := range []Level{LevelOff, LevelWithin, LevelAcross} {
		b.Run(level.String(), func(b *testing.B) {
			cfg := sinkConfig(b, nil)
			cfg.Pipelining = level
			benchmark(b, cfg, 1)
		})
		b.Run(level.String()+"TLS", func(b *testing.B) {
			settings, ca, err := smtptest.SelfSigned("127.0.0.1")
			if err != nil {
				b.Fatal(err)
			}
			cfg := sinkConfig(b, settings)
			cfg.TLS, cfg.CAPEM, cfg.Pipelining = TLSImplicit, ca, level
			benchmark(b, cfg, 1)
		})
	}
}

// BenchmarkSendMany sends over ten connections in one goroutine each.
func BenchmarkSendMany(b *testing.B) {
	for _, level := range []Level{LevelOff, LevelWithin, LevelAcross} {
		b.Run(level.String(), func(b *testing.B) {
			cfg := sinkConfig(b, nil)
			cfg.Pipelining = level
			benchmark(b, cfg, 10)
		})
	}
}

// BenchmarkSendFar shows what a round trip of 5 ms costs.
func BenchmarkSendFar(b *testing.B) {
	for _, level := range []Level{LevelOff, LevelWithin, LevelAcross} {
		b.Run(level.String(), func(b *testing.B) {
			cfg := sinkConfig(b, nil)
			cfg.Pipelining = level
			cfg.Dialer = farDialer(5 * time.Millisecond)
			benchmark(b, cfg, 1)
		})
	}
}

func benchmark(b *testing.B, cfg Config, connections int) {
	b.SetBytes(int64(len(letter)))
	b.ReportAllocs()
	done := make(chan string, connections)
	conns := make([]*Conn, connections)
	for i := range conns {
		c, failure := Dial(b.Context(), cfg)
		if failure != nil {
			b.Fatal(failure)
		}
		defer c.Close()
		conns[i] = c
	}
	b.ResetTimer()
	for i, c := range conns {
		n := b.N / connections
		if i == 0 {
			n += b.N % connections
		}
		go func() { done <- sendMany(b, c, n) }()
	}
	for range conns {
		if text := <-done; text != "" {
			b.Error(text)
		}
	}
}

func sendMany(b *testing.B, c *Conn, n int) string {
	env := Envelope{From: "bounce+0123456789abcdef@a.test", To: "somebody@b.test",
		EnvelopeID: "run.0001.00000042", OriginalRecipient: "somebody@b.test"}
	two := [2]Transaction{{Envelope: env, Data: letter}, {Envelope: env, Data: letter}}
	for i := range n {
		var next *Transaction
		if i+1 < n {
			next = &two[(i+1)%2]
		}
		if event := c.Send(b.Context(), &two[i%2], next); outcome.Classify(event).State != outcome.Accepted {
			return "not accepted at " + string(event.Phase) + " " + string(event.Fault)
		}
	}
	return ""
}

// BenchmarkSendFile sends a message with a file of 1 MiB, in one piece and with the file shared.
func BenchmarkSendFile(b *testing.B) {
	file := bytes.Repeat([]byte(strings.Repeat("QUJD", 19)+"\r\n"), (1<<20)/57)
	for name, t := range map[string]*Transaction{
		"whole": one(toB, append(bytes.Clone(letter), file...), proceed),
		"rest":  {Envelope: toB, Data: letter, Rest: [][]byte{file, []byte("--x--\r\n")}, BeforeDot: proceed},
	} {
		b.Run(name, func(b *testing.B) {
			c, failure := Dial(b.Context(), sinkConfig(b, nil))
			if failure != nil {
				b.Fatal(failure)
			}
			b.SetBytes(int64(t.size()))
			b.ReportAllocs()
			for b.Loop() {
				if event := c.Send(b.Context(), t, nil); outcome.Classify(event).State != outcome.Accepted {
					b.Fatal("not accepted")
				}
			}
			b.StopTimer()
			c.Close()
		})
	}
}

// TestSendHardlyAllocates guards what makes a million messages cheap: the server's words after the
// dot are all that a message leaves behind.
func TestSendHardlyAllocates(t *testing.T) {
	for _, level := range levels {
		cfg := sinkConfig(t, nil)
		cfg.Pipelining = level
		c := mustDial(t, cfg)
		ctx, two := t.Context(), [2]*Transaction{one(toB, letter, proceed), one(toB, letter, proceed)}
		i := 0
		got := testing.AllocsPerRun(200, func() {
			i++
			c.Send(ctx, two[i%2], two[(i+1)%2])
		})
		if !c.Usable() || c.Level() != level || got > 2 {
			t.Errorf("%s: %.1f allocations for a message", level, got)
		}
	}
}

func BenchmarkStuffing(b *testing.B) {
	b.SetBytes(int64(len(letter)))
	b.ReportAllocs()
	out := make([]byte, 0, 2*len(letter))
	for b.Loop() {
		var s stuffer
		out = s.end(s.append(out[:0], letter))
	}
}
