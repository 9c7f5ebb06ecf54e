package smtptest

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
)

// talk sends lines and returns the code of each reply.
func talk(t *testing.T, s *Server, lines ...string) []int {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := textproto.NewConn(c)
	codes := []int{}
	read := func() bool {
		code, _, err := text.ReadResponse(-1)
		if err != nil && code == 0 {
			codes = append(codes, 0)
			return false
		}
		codes = append(codes, code)
		return true
	}
	if !read() {
		return codes
	}
	for _, l := range lines {
		if _, err := io.WriteString(c, l); err != nil || !read() {
			break
		}
	}
	return codes
}

func equal(t *testing.T, got []int, want ...int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("replies %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("replies %v, want %v", got, want)
		}
	}
}

const hello = "EHLO me.test\r\n"

func TestOrderIsEnforced(t *testing.T) {
	s := Start(t, Script{})
	equal(t, talk(t, s, "MAIL FROM:<a@a.test>\r\n", hello, "RCPT TO:<b@b.test>\r\n", "DATA\r\n",
		"MAIL FROM:<a@a.test>\r\n", "MAIL FROM:<a@a.test>\r\n", "DATA\r\n", "NONSENSE\r\n", "QUIT\r\n"),
		220, 503, 250, 503, 503, 250, 503, 503, 500, 221)
	if n := s.Stats().OutOfOrder; n != 5 {
		t.Errorf("out of order %d, want 5", n)
	}
}

func TestBareLineEndsAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"LF.LF":     "x\n.\ny\r\n.\r\n",
		"CR.CR":     "x\r.\ry\r\n.\r\n",
		"LF.CRLF":   "x\n.\r\ny\r\n.\r\n",
		"CRLF.LF":   "x\r\n.\ny\r\n.\r\n",
		"CRLF.CR":   "x\r\n.\ry\r\n.\r\n",
		"CRCRLF":    "x\r\r\n.\r\n",
		"first dot": "\n.\r\ny\r\n.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(t, Script{})
			equal(t, talk(t, s, hello, "MAIL FROM:<a@a.test>\r\n", "RCPT TO:<b@b.test>\r\n", "DATA\r\n", body, "NOOP\r\n"),
				220, 250, 250, 250, 354, 554, 250)
			if st := s.Stats(); st.Messages != 0 || st.BareLineEnds == 0 {
				t.Errorf("messages %d, bare %d", st.Messages, st.BareLineEnds)
			}
		})
	}
}

func TestDotsAndCounters(t *testing.T) {
	s := Start(t, Script{})
	msg := "Message-ID:\r\n <1@a.test>\r\n\r\n..one\r\n...two\r\n.\r\n"
	one := []string{"MAIL FROM:<a@a.test> SIZE=10\r\n", "RCPT TO:<b@b.test>\r\n", "DATA\r\n", msg}
	equal(t, talk(t, s, append(append([]string{hello}, one...), one...)...), 220, 250, 250, 250, 354, 250, 250, 250, 354, 250)
	st := s.Stats()
	if st.Messages != 2 || st.Duplicates != 1 || st.Accepted["b@b.test"] != 2 || st.ConnectionsMax != 1 {
		t.Errorf("stats %+v", st)
	}
	got := s.Messages("B@b.test")
	if len(got) != 2 || !bytes.HasSuffix(got[0].Data, []byte("\r\n\r\n.one\r\n..two\r\n")) || got[0].MessageID != "<1@a.test>" {
		t.Errorf("messages %+v", got)
	}
}

func TestKeepBoundsBodiesNotCounters(t *testing.T) {
	s := StartConfig(t, Config{Keep: 1})
	for range 3 {
		talk(t, s, hello, "MAIL FROM:<>\r\n", "RCPT TO:<b@b.test>\r\n", "DATA\r\n", "x\r\n.\r\n")
	}
	if n, st := len(s.Messages("")), s.Stats(); n != 1 || st.Messages != 3 || st.Accepted["b@b.test"] != 3 {
		t.Errorf("kept %d, stats %+v", n, st)
	}
}

func TestScript(t *testing.T) {
	rcpt := func(a string) []string {
		return []string{hello, "MAIL FROM:<a@a.test>\r\n", "RCPT TO:<" + a + ">\r\n"}
	}
	whole := append(rcpt("b@b.test"), "DATA\r\n", "x\r\n.\r\n", "NOOP\r\n")
	cases := map[string]struct {
		rule  Rule
		lines []string
		want  []int
	}{
		"exact":     {Rule{Recipient: "B@b.test", Code: 550, Enhanced: "5.1.1"}, rcpt("b@b.test"), []int{220, 250, 250, 550}},
		"other":     {Rule{Recipient: "c@b.test", Code: 550}, rcpt("b@b.test"), []int{220, 250, 250, 250}},
		"domain":    {Rule{Domain: "b.test", Code: 450}, rcpt("b@b.test"), []int{220, 250, 250, 450}},
		"glob":      {Rule{Glob: "b*@b.test", Code: 552}, rcpt("bb@b.test"), []int{220, 250, 250, 552}},
		"regexp":    {Rule{Regexp: "^b[0-9]+@", Code: 551}, rcpt("b12@b.test"), []int{220, 250, 250, 551}},
		"multiline": {Rule{Recipient: "b@b.test", Code: 550, Text: "one\ntwo"}, rcpt("b@b.test"), []int{220, 250, 250, 550}},
		"connect":   {Rule{Phase: Connect, Code: 421}, whole, []int{421, 0}},
		"ehlo drop": {Rule{Phase: EHLO, Drop: DropBefore}, whole, []int{220, 0}},
		"mail":      {Rule{Phase: Mail, Code: 450}, whole, []int{220, 250, 450, 503, 503, 500, 500}},
		"data":      {Rule{Phase: Data, Domain: "b.test", Code: 451}, rcpt("b@b.test"), []int{220, 250, 250, 250}},
		"body drop": {Rule{Phase: Body, Drop: DropBefore}, whole, []int{220, 250, 250, 250, 354, 0}},
		"dot 550":   {Rule{Phase: Dot, Code: 550}, whole, []int{220, 250, 250, 250, 354, 550, 250}},
		"dot drop":  {Rule{Phase: Dot, Drop: DropBefore}, whole, []int{220, 250, 250, 250, 354, 0}},
		"dot store": {Rule{Phase: Dot, Drop: DropStored}, whole, []int{220, 250, 250, 250, 354, 0}},
		"dot after": {Rule{Phase: Dot, Drop: DropAfter}, whole, []int{220, 250, 250, 250, 354, 250, 0}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := Start(t, Script{Rules: []Rule{c.rule}})
			got := talk(t, s, c.lines...)
			if c.want[len(c.want)-1] == 0 && len(got) == len(c.want)-1 {
				got = append(got, 0) // the write failed already
			}
			if name == "mail" {
				got = got[:4] // DATA's body isn't read as one after a refusal
				c.want = c.want[:4]
			}
			equal(t, got, c.want...)
			stored := map[string]int{"dot store": 1, "dot after": 1}[name]
			if n := s.Stats().Messages; n != stored {
				t.Errorf("stored %d, want %d", n, stored)
			}
		})
	}
}

func TestGreylistingAndMessagesPerConnection(t *testing.T) {
	s := Start(t, Script{Rules: []Rule{{Domain: "b.test", Code: 451, Enhanced: "4.7.1", First: 2}}, MessagesPerConnection: 1})
	m, r := "MAIL FROM:<a@a.test>\r\n", "RCPT TO:<b@b.test>\r\n"
	equal(t, talk(t, s, hello, m, r, r, r, "RCPT TO:<c@b.test>\r\n", "DATA\r\n", "x\r\n.\r\n", m),
		220, 250, 250, 451, 451, 250, 451, 354, 250, 421)
	st := s.Stats()
	if e, ok := st.Refused["c@b.test"]; !ok || e.Code != 451 || e.Phase != Rcpt {
		t.Errorf("refused %+v", st.Refused)
	}
	if _, ok := st.Refused["b@b.test"]; ok {
		t.Error("an accepted recipient is listed as refused")
	}
	if n := len(s.Log()); n != 4 {
		t.Errorf("log has %d lines, want 4", n)
	}
}

func TestTLSAndLogin(t *testing.T) {
	settings, ca, err := SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := StartConfig(t, Config{TLS: settings, RequireTLS: true, Users: map[string]string{"u": "p"}})
	equal(t, talk(t, s, hello, "MAIL FROM:<a@a.test>\r\n", "AUTH PLAIN AHUAcA==\r\n"), 220, 250, 530, 538)
	for password, want := range map[string]bool{"p": true, "q": false} {
		c, err := smtp.Dial(s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		pool := poolOf(t, ca)
		if err := c.StartTLS(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}); err != nil {
			t.Fatal(err)
		}
		if err := c.Auth(smtp.PlainAuth("", "u", password, "127.0.0.1")); (err == nil) != want {
			t.Errorf("login with %q: %v", password, err)
		}
		c.Close()
	}
	if n := s.Stats().Failed; n != 1 {
		t.Errorf("failed logins %d, want 1", n)
	}
}

func TestControl(t *testing.T) {
	s := Start(t, Script{})
	h := httptest.NewServer(s.Control())
	defer h.Close()
	do := func(method, path, body string, want int) string {
		t.Helper()
		req, _ := http.NewRequest(method, h.URL+path, strings.NewReader(body))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
		return string(b)
	}
	do("GET", "/healthz", "", 200)
	do("PUT", "/script", `{"rules":[{"recipient":"no@b.test","code":550,"enhanced":"5.1.1","delay":"1ms"}]}`, 204)
	do("PUT", "/script", `{"rules":[{"regexp":"("}]}`, 400)
	do("PUT", "/script", `{"unknown":1}`, 400)
	talk(t, s, hello, "MAIL FROM:<a@a.test>\r\n", "RCPT TO:<no@b.test>\r\n", "RCPT TO:<yes@b.test>\r\n", "DATA\r\n", "Subject: x\r\n\r\n\r\n.\r\n")
	var st Stats
	if err := json.Unmarshal([]byte(do("GET", "/stats", "", 200)), &st); err != nil {
		t.Fatal(err)
	}
	if st.Recipients != 1 || st.Refused["no@b.test"].Code != 550 {
		t.Errorf("stats %+v", st)
	}
	if raw := do("GET", "/messages/1/raw", "", 200); raw != "Subject: x\r\n\r\n\r\n" {
		t.Errorf("raw %q", raw)
	}
	do("GET", "/messages/7/raw", "", 404)
	var list []Message
	if err := json.Unmarshal([]byte(do("GET", "/messages?rcpt=no@b.test", "", 200)), &list); err != nil || len(list) != 0 {
		t.Errorf("messages of the refused: %v %v", list, err)
	}
	if text := do("GET", "/log?rcpt=no@b.test", "", 200); !strings.Contains(text, "5.1.1") {
		t.Errorf("log %s", text)
	}
	do("POST", "/reset", "", 204)
	if st := s.Stats(); st.Messages != 0 || len(st.Refused) != 0 {
		t.Errorf("after reset %+v", st)
	}
}
