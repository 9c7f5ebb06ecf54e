package sink

import (
	"strings"
	"testing"
)

const good = "Date: Mon, 02 Jan 2006 15:04:05 +0000\r\nFrom: a@example.org\r\nTo: b@example.org\r\n" +
	"Subject: Jo, open enrollment starts Monday\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhttps://benefits.example.gov/enroll\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhttps://benefits.example.gov/enroll\r\n--x--\r\n"

func TestCheck(t *testing.T) {
	message := func(to, data string) Message { return Message{To: to, Data: []byte(data)} }
	if got, err := Check([]Message{message("b@example.org", good)}, Want{}); err != nil || got.Size != len(good) || got.Text != got.HTML || got.Text == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, bad := range map[string][]Message{
		"other recipient": {message("c@example.org", good)},
		"bare LF":         {message("b@example.org", strings.Replace(good, "\r\n\r\n", "\n\n", 1))},
		"8 bit":           {message("b@example.org", strings.Replace(good, "Jo,", "Jö,", 1))},
		"no date":         {message("b@example.org", strings.Replace(good, "Date", "X-Date", 1))},
		"two dates":       {message("b@example.org", "Date: Mon, 02 Jan 2006 15:04:05 +0000\r\n"+good)},
		"one part":        {message("b@example.org", strings.Replace(good, "text/html", "text/plain", 1))},
		"same twice":      {message("b@example.org", good), message("b@example.org", good)},
	} {
		if _, err := Check(bad, Want{}); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	if _, err := Check([]Message{message("b@example.org", good)}, Want{Signatures: 1}); err == nil {
		t.Error("a missing signature was not found")
	}
}

func TestCheckFile(t *testing.T) {
	header, bodies, _ := strings.Cut(good, "Content-Type: multipart/alternative; boundary=x\r\n\r\n")
	mixed := header + "Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n" + bodies +
		"--y\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=map.png\r\n\r\nQUJD\r\n--y--\r\n"
	for name, c := range map[string]struct {
		data, file string
		good       bool
	}{
		"attached":   {mixed, "ABC", true},
		"other":      {mixed, "ABD", false},
		"none":       {good, "ABC", false},
		"unnamed":    {strings.Replace(mixed, "; filename=map.png", "", 1), "ABC", false},
		"third part": {strings.Replace(mixed, "--y--", "--y\r\n\r\nx\r\n--y--", 1), "ABC", false},
	} {
		if _, err := Check([]Message{{To: "b@example.org", Data: []byte(c.data)}}, Want{File: []byte(c.file)}); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Check([]Message{{To: "b@example.org", Data: []byte(mixed)}}, Want{}); err == nil {
		t.Error("a file that nobody attached was not found")
	}
}
