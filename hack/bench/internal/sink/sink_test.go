package sink

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"testing"
)

func TestPipelinedMessages(t *testing.T) {
	s, err := Start(t.Context(), "127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port())))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	one := "MAIL FROM:<a@example.org>\r\nRCPT TO:<%@example.org>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\n"
	all := "EHLO me\r\n"
	for _, to := range []string{"b", "B", "c"} {
		all += strings.ReplaceAll(one, "%", to)
	}
	if _, err := conn.Write([]byte(all + "QUIT\r\n")); err != nil {
		t.Fatal(err)
	}
	r, accepted := bufio.NewScanner(conn), 0
	for r.Scan() {
		if r.Text() == "250 2.0.0 Ok" {
			accepted++
		}
	}
	if accepted != 3 || s.Messages() != 3 || s.Recipients() != 2 {
		t.Errorf("%d accepted, %d messages for %d recipients", accepted, s.Messages(), s.Recipients())
	}
	kept := s.Kept()
	if len(kept) != 2 || string(kept[1].Data) != "Subject: x\r\n\r\n.dot\r\n" || kept[1].To != "B@example.org" {
		t.Errorf("kept %q", kept)
	}
}
