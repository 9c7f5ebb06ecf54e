package smtptest

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestUsersChangeWhileServing(t *testing.T) {
	s := StartConfig(t, Config{Users: map[string]string{"u": "old"}})
	s.SetUsers(map[string]string{"u": "new"})
	if got, ok := s.password("u"); !ok || got != "new" {
		t.Errorf("%q %t", got, ok)
	}
	if _, ok := s.password("v"); ok {
		t.Error("a stranger has a password")
	}
}

func TestCut(t *testing.T) {
	s := Start(t, Script{})
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	buffer := make([]byte, 512)
	if _, err := c.Read(buffer); err != nil { // the greeting
		t.Fatal(err)
	}
	s.Cut()
	if _, err := c.Read(buffer); err == nil {
		t.Error("the connection goes on")
	}
}

func TestScriptHidesKeywordsAndSpeaksRaw(t *testing.T) {
	s := Start(t, Script{Without: []string{"PIPELINING"}, Rules: []Rule{{Phase: Mail, Raw: "25\r\nnonsense\r\n"}}})
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, hello+"MAIL FROM:<a@a.test>\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if out := string(said); strings.Contains(out, "PIPELINING") || !strings.Contains(out, "25\r\nnonsense\r\n") {
		t.Errorf("%q", out)
	}
}
