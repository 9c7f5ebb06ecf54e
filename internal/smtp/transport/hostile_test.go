package transport

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/smtptest"
)

// hostile listens, with a certificate that verifies, and speaks to whoever comes.
func hostile(t *testing.T, mode TLSMode, speak func(c *tls.Conn, r *bufio.Reader)) Config {
	t.Helper()
	settings, ca, err := smtptest.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			link, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer link.Close()
				if mode == TLSStartTLS && !offerTLS(link) {
					return
				}
				c := tls.Server(link, settings)
				speak(c, bufio.NewReader(c))
			}()
		}
	}()
	return Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: mode, CAPEM: ca, HELO: "me.test", Timeouts: short}
}

// offerTLS goes from the greeting to the answer to STARTTLS.
func offerTLS(c net.Conn) bool {
	r := bufio.NewReader(c)
	for _, reply := range []string{"220 relay\r\n", "250-relay\r\n250 STARTTLS\r\n", "220 go\r\n"} {
		if _, err := io.WriteString(c, reply); err != nil {
			return false
		}
		if reply == "220 go\r\n" {
			break
		}
		if _, err := r.ReadString('\n'); err != nil {
			return false
		}
	}
	return true
}

// pour writes the same for as long as anybody reads.
func pour(c net.Conn, block string) {
	block = strings.Repeat(block, max(1, 16<<10/len(block)))
	for {
		if _, err := io.WriteString(c, block); err != nil {
			return
		}
	}
}

// A reply that never ends is cut at a bound of ours, and not when time or memory is used up: go-mail
// has none, and TLS hides what is in the records.
func TestEndlessRepliesOverTLS(t *testing.T) {
	const greeting, ehlo = "220 relay\r\n", "250-relay\r\n250 AUTH EXTERNAL\r\n"
	for name, test := range map[string]struct {
		mode  TLSMode
		said  []string // before the endless one; each but the greeting waits for a command
		block string
		phase outcome.Phase
	}{
		"greeting, implicit": {TLSImplicit, nil, "220-relay\r\n", outcome.PhaseGreeting},
		"one line":           {TLSImplicit, nil, "220-relay", outcome.PhaseGreeting},
		"EHLO, implicit":     {TLSImplicit, []string{greeting}, "250-XXXXXXXX\r\n", outcome.PhaseEHLO},
		"EHLO, StartTLS":     {TLSStartTLS, []string{}, "250-XXXXXXXX\r\n", outcome.PhaseEHLO},
		"AUTH, implicit":     {TLSImplicit, []string{greeting, ehlo}, "334 AAAA", outcome.PhaseAuth},
		"AUTH, StartTLS":     {TLSStartTLS, []string{ehlo}, "235-XXXXXXXX\r\n", outcome.PhaseAuth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := hostile(t, test.mode, func(c *tls.Conn, r *bufio.Reader) {
				for _, reply := range test.said {
					if reply != greeting {
						_, _ = r.ReadString('\n')
					}
					_, _ = io.WriteString(c, reply)
				}
				if test.said != nil {
					_, _ = r.ReadString('\n')
				}
				pour(c, test.block)
			})
			if test.phase == outcome.PhaseAuth {
				cfg.Auth, cfg.Username = AuthExternal, "crier"
			}
			_, failure := Dial(t.Context(), cfg)
			if failure == nil || failure.Event.Phase != test.phase || failure.Reason() != errReplyTooLong.Error() {
				t.Errorf("failure %v", failure)
			}
		})
	}
}

// scram serves the mechanism with so many rounds. It says whether the proof was right.
func scram(t *testing.T, rounds string, n int) (Config, chan bool) {
	proved := make(chan bool, 1)
	cfg := hostile(t, TLSImplicit, func(c *tls.Conn, r *bufio.Reader) {
		say := func(reply string) string {
			_, _ = io.WriteString(c, reply+"\r\n")
			line, _ := r.ReadString('\n')
			return strings.TrimSpace(line)
		}
		challenge := func(text string) string {
			b, _ := base64.StdEncoding.DecodeString(say("334 " + base64.StdEncoding.EncodeToString([]byte(text))))
			return string(b)
		}
		say("220 relay")
		say("250-relay\r\n250 AUTH SCRAM-SHA-256")
		bare := strings.TrimPrefix(challenge(""), "n,,")
		_, nonce, _ := strings.Cut(bare, "r=")
		first := "r=" + nonce + "more,s=" + base64.StdEncoding.EncodeToString([]byte("salt")) + ",i=" + rounds
		last := challenge(first)
		without, proof, _ := strings.Cut(last, ",p=")
		want, signature := prove(bare+","+first+","+without, n)
		proved <- proof == want
		challenge("v=" + signature)
		say("235 yes")
	})
	cfg.Auth, cfg.Username, cfg.Password = AuthAuto, "u", secret
	return cfg, proved
}

// prove makes what both sides of SCRAM prove (RFC 5802 section 3).
func prove(messages string, rounds int) (client, server string) {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	salted, _ := pbkdf2.Key(sha256.New, secret, []byte("salt"), rounds, sha256.Size)
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	for i, b := range mac(stored[:], messages) {
		key[i] ^= b
	}
	encode := base64.StdEncoding.EncodeToString
	return encode(key), encode(mac(mac(salted, "Server Key"), messages))
}

func TestScram(t *testing.T) {
	t.Parallel()
	cfg, proved := scram(t, "4096", 4096)
	mustDial(t, cfg)
	if !<-proved {
		t.Error("the proof is wrong")
	}
}

// A server says how many rounds a client has to do: too few give the password away to whoever stands
// in for it, too many never end.
func TestScramRounds(t *testing.T) {
	for rounds, want := range map[string]error{
		"9000000000000000000": errManyRounds, "1000001": errManyRounds, "99999999999999999999999": errManyRounds,
		"4095": errFewRounds, "1": errFewRounds, "0": errFewRounds, "-5000": errScram, "+5000": errScram, "x": errScram, "": errScram,
	} {
		t.Run(rounds, func(t *testing.T) {
			t.Parallel()
			cfg, _ := scram(t, rounds, 1)
			ended := make(chan *Failure, 1)
			go func() {
				_, failure := Dial(t.Context(), cfg)
				ended <- failure
			}()
			select {
			case failure := <-ended:
				if failure == nil || failure.Event.Fault != outcome.FaultProtocol || failure.Reason() != want.Error() {
					t.Errorf("failure %v, want %v", failure, want)
				}
			case <-time.After(time.Minute):
				t.Fatal("it has no end")
			}
		})
	}
	for said, want := range map[string]error{"r=a,s=b": errScram, "r=a,i=5000,s=b": errScram, "r=a,s=b,i=1000000": nil, "r=a,s=b,i=5000,x": nil} {
		if got := roundsOf([]byte(said)); got != want { //nolint:errorlint // the very one
			t.Errorf("%s: %v", said, got)
		}
	}
}

// A login has an end, whatever a server asks.
func TestEndlessLogin(t *testing.T) {
	cfg := hostile(t, TLSImplicit, func(c *tls.Conn, r *bufio.Reader) {
		for _, reply := range []string{"220 relay\r\n", "250-relay\r\n250 AUTH EXTERNAL\r\n"} {
			_, _ = io.WriteString(c, reply)
			_, _ = r.ReadString('\n')
		}
		for {
			if _, err := fmt.Fprint(c, "334 \r\n"); err != nil {
				return
			}
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
		}
	})
	cfg.Auth, cfg.Username = AuthExternal, "crier"
	_, failure := Dial(t.Context(), cfg)
	if failure == nil || failure.Event.Fault != outcome.FaultProtocol || failure.Reason() != errManyChallenges.Error() {
		t.Errorf("failure %v", failure)
	}
}

// slow derives for as long as the test runs.
type slow struct{ over chan struct{} }

func (s slow) Start(*smtp.ServerInfo) (string, []byte, error) { return "SCRAM-SHA-256", nil, nil }
func (s slow) Next([]byte, bool) ([]byte, error)              { <-s.over; return nil, nil }

// A derivation takes no longer than the patience of who dialled; and there is one a login.
func TestDerivationEndsWithItsContext(t *testing.T) {
	const first = "r=x,s=c2FsdA==,i=4096"
	s := slow{make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	hungUp := 0
	c := bounded(ctx, s, func() { hungUp++ })
	if _, _, err := c.Start(nil); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := c.Next([]byte(first), true); err == nil || hungUp != 1 {
		t.Errorf("error %v, hung up %d times", err, hungUp)
	}
	close(s.over)
	if _, err := c.Next([]byte(first), true); err != errScram { //nolint:errorlint // the very one
		t.Errorf("a second derivation: %v", err)
	}
}
