package builtin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

// leastSupported is what each template must reach in the HTML check, in
// percent. What is partly supported doesn't count.
const leastSupported = 90

// htmlCheck is the answer of Mailpit; the three percentages make 100.
type htmlCheck struct {
	Total struct{ Supported, Partial, Unsupported float64 }
}

// TestHTMLCheck delivers each message to Mailpit and has it compared with what
// mail programs support.
func TestHTMLCheck(t *testing.T) {
	m := startMailpit(t)
	lines := []string{"| Template | Supported | Partly | Not |", "|---|---|---|---|"}
	for _, name := range builtin.Names() {
		for variant, in := range variants(t, name) {
			got := m.check(t, composed(t, in))
			t.Logf("%s, %s: %.2f %% supported, %.2f %% partly, %.2f %% not", name, variant, got.Total.Supported, got.Total.Partial, got.Total.Unsupported)
			if got.Total.Supported < leastSupported {
				t.Errorf("%s, %s: %.2f %% are supported, want %d", name, variant, got.Total.Supported, leastSupported)
			}
			if sum := got.Total.Supported + got.Total.Partial + got.Total.Unsupported; math.Abs(sum-100) > 0.1 {
				t.Errorf("the three make %.2f %%", sum)
			}
			if variant == "sample" {
				lines = append(lines, fmt.Sprintf("| `%s` | %.1f %% | %.1f %% | %.1f %% |", name, got.Total.Supported, got.Total.Partial, got.Total.Unsupported))
			}
		}
	}
	page := read(t, docs)
	want := section(t, page, "htmlcheck", strings.Join(lines, "\n"))
	if *update {
		write(t, docs, want)
	} else if page != want {
		t.Errorf("%s has other figures; run go test ./internal/writing/builtin -update", docs)
	}
}

// composed is the message as it goes over the wire.
func composed(t *testing.T, in layout.Input) []byte {
	t.Helper()
	result, err := layout.Assemble(in)
	if err != nil {
		t.Fatal(err)
	}
	composer, err := message.NewComposer(message.Frozen{
		Version: message.FrozenVersion,
		Subject: result.Subject, Text: result.Text, HTML: result.HTML,
		From:            message.Mailbox{Name: "Commonwealth of Example", Address: "news@example.gov"},
		MessageIDDomain: "lists.example.gov", BounceDomain: "bounces.example.gov", BounceTag: "b", BounceMode: message.BounceFixed,
		Key: make([]byte, message.KeySize),
	})
	if err != nil {
		t.Fatal(err)
	}
	to := roster.Subscriber{Email: sample.Recipient.Email, Name: sample.Recipient.Name, Attributes: sample.Recipient.Attributes}
	m, err := composer.Compose(nil, to, 0, 0, time.Date(2026, 12, 1, 14, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return m.Data
}

// mailpit is a running Mailpit on loopback.
type mailpit struct{ smtp, api string }

// mailpitProgram is $CRIER_MAILPIT, or what make bin/mailpit has built.
func mailpitProgram(t *testing.T) string {
	t.Helper()
	program := os.Getenv("CRIER_MAILPIT")
	if program == "" {
		program = "../../../bin/mailpit"
	}
	path, err := exec.LookPath(program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	switch {
	case err == nil:
		return path
	case os.Getenv("CRIER_TEST_SERVERS") == "required":
		t.Fatalf("no Mailpit: %v; run make bin/mailpit", err)
	default:
		t.Skipf("no Mailpit: %v; run make bin/mailpit", err)
	}
	return ""
}

func startMailpit(t *testing.T) mailpit {
	t.Helper()
	program := mailpitProgram(t)
	m := mailpit{smtp: freeAddress(t), api: freeAddress(t)}
	cmd := exec.CommandContext(t.Context(), program, "--smtp", m.smtp, "--listen", m.api,
		"--database", filepath.Join(t.TempDir(), "mailpit.db"), "--disable-version-check", "--block-remote-css-and-fonts")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if m.get(ctx, "/readyz", nil) == nil {
			tick.Stop()
			return m
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("Mailpit doesn't start")
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// check delivers a message and returns what Mailpit finds.
func (m mailpit) check(t *testing.T, data []byte) htmlCheck {
	t.Helper()
	if err := smtp.SendMail(m.smtp, nil, "b@bounces.example.gov", []string{sample.Recipient.Email}, data); err != nil {
		t.Fatal(err)
	}
	var latest struct {
		ID   string
		HTML string
		Text string
	}
	if err := m.get(t.Context(), "/api/v1/message/latest", &latest); err != nil {
		t.Fatal(err)
	}
	if latest.HTML == "" || latest.Text == "" {
		t.Fatal("the message doesn't have two parts")
	}
	var result htmlCheck
	if err := m.get(t.Context(), "/api/v1/message/"+latest.ID+"/html-check", &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func (m mailpit) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.api+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, res.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
