package smtptest

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dial opens a connection that has said EHLO.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	hear(t, c, "220 ")
	say(t, c, hello, "250 ")
	return c
}

// say writes at once and reads until the last of the replies begins with these words.
func say(t *testing.T, c net.Conn, text, until string) string {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return hear(t, c, until)
}

func hear(t *testing.T, c net.Conn, until string) string {
	t.Helper()
	var heard strings.Builder
	line := ""
	for b := make([]byte, 1); ; {
		if _, err := c.Read(b); err != nil {
			t.Fatalf("heard %q, then %v; want %q", heard.String(), err, until)
		}
		heard.Write(b)
		if line += string(b); b[0] == '\n' {
			if strings.HasPrefix(line, until) {
				return heard.String()
			}
			line = ""
		}
	}
}

const opening = "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"

func TestFlights(t *testing.T) {
	s := Start(t, Script{LogFlights: true})
	c := dial(t, s)
	say(t, c, opening, "354 ")
	say(t, c, "one\r\n.\r\n"+opening, "354 ")
	say(t, c, "two\r\n.\r\nQUIT\r\n", "221 ")
	var got [][]string
	for _, f := range s.Flights() {
		if f.Connection != 1 || f.Octets == 0 || f.Reads != 1 {
			t.Errorf("flight %+v", f)
		}
		got = append(got, f.Steps)
	}
	want := [][]string{{"EHLO"}, {"MAIL", "RCPT", "DATA"}, {".", "MAIL", "RCPT", "DATA"}, {".", "QUIT"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("flights %v, want %v", got, want)
	}
	if st := s.Stats(); st.Flights != 4 || st.Messages != 2 || st.OutOfOrder != 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestFlightsOverHTTP(t *testing.T) {
	s := Start(t, Script{LogFlights: true})
	dial(t, s)
	w := httptest.NewRecorder()
	s.Control().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/flights", nil))
	var got []Flight
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != 1 || got[0].Steps[0] != "EHLO" {
		t.Errorf("flights %s: %v", w.Body, err)
	}
}

// A client that pipelines can't know yet that what it says comes to nothing.
func TestPipelinedRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		script Script
		want   string
		after  string
	}{
		"MAIL":         {Script{Rules: []Rule{{Phase: Mail, Code: 450}}}, "450 503 503", ""},
		"RCPT":         {Script{Rules: []Rule{{Code: 550}}}, "250 550 503", "RSET\r\n"},
		"DATA":         {Script{Rules: []Rule{{Phase: Data, Code: 451}}}, "250 250 451", "RSET\r\n"},
		"354 all same": {Script{Rules: []Rule{{Code: 550}}, DataForNobody: true}, "250 550 354", ".\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(t, c.script)
			conn := dial(t, s)
			codes := strings.Fields(c.want)
			heard := say(t, conn, opening, codes[2])
			for i, line := range strings.SplitAfter(strings.TrimSpace(heard), "\r\n") {
				if !strings.HasPrefix(line, codes[i]) {
					t.Fatalf("heard %q, want %s", heard, c.want)
				}
			}
			say(t, conn, c.after+"NOOP\r\n", "250 2.0.0")
			if err := s.SetScript(Script{}); err != nil {
				t.Fatal(err)
			}
			say(t, conn, opening, "354 ")
			if st := s.Stats(); st.OutOfOrder != 0 || st.Messages != 0 {
				t.Errorf("stats %+v", st)
			}
		})
	}
	s := Start(t, Script{Rules: []Rule{{Phase: Data, Code: 451, First: 1}}})
	conn := dial(t, s)
	say(t, conn, opening, "451 ")
	say(t, conn, "MAIL FROM:<a@a.test>\r\n", "503 ") // RSET is needed
}

func TestSkipAndFirst(t *testing.T) {
	s := Start(t, Script{Rules: []Rule{{Phase: Mail, Code: 450, Skip: 1, First: 2}}})
	m, r := "MAIL FROM:<a@a.test>\r\n", "RSET\r\n"
	equal(t, talk(t, s, hello, m, r, m, m, m), 220, 250, 250, 250, 450, 450, 250)
}

func TestWaysToLose(t *testing.T) {
	for how, want := range map[How]func(error) bool{
		HowClose:  func(err error) bool { return errors.Is(err, io.EOF) },
		HowReset:  func(err error) bool { return errors.Is(err, syscall.ECONNRESET) },
		HowSilent: func(err error) bool { var e net.Error; return errors.As(err, &e) && e.Timeout() },
	} {
		s := Start(t, Script{Rules: []Rule{{Phase: Dot, Drop: DropStored, How: how}}})
		c := dial(t, s)
		say(t, c, opening, "354 ")
		if _, err := io.WriteString(c, "x\r\n.\r\n"); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !want(err) {
			t.Errorf("%s: %v", how, err)
		}
		if n := s.Stats().Messages; n != 1 {
			t.Errorf("%s: stored %d", how, n)
		}
	}
}

func TestStartTLSWithdrawn(t *testing.T) {
	settings, _, err := SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := StartConfig(t, Config{TLS: settings})
	c := dial(t, s)
	if heard := say(t, c, hello, "250 "); !strings.Contains(heard, "STARTTLS") {
		t.Fatalf("heard %q", heard)
	}
	if err := s.SetScript(Script{Without: []string{"STARTTLS"}}); err != nil {
		t.Fatal(err)
	}
	if heard := say(t, c, hello, "250 "); strings.Contains(heard, "STARTTLS") {
		t.Errorf("heard %q", heard)
	}
	say(t, c, "STARTTLS\r\n", "503 ")
}

func TestWrongRules(t *testing.T) {
	for _, r := range []Rule{{How: "gently", Drop: DropAfter}, {How: HowReset}, {Skip: -1}, {First: -1}, {Phase: "lunch"}, {Drop: "x"}, {Code: 42}} {
		if _, err := New(Config{Script: Script{Rules: []Rule{r}}}); err == nil {
			t.Errorf("accepted %+v", r)
		}
	}
}
