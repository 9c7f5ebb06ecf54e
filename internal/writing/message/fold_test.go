package message

import (
	"bytes"
	"strings"
	"testing"

	gomail "github.com/wneessen/go-mail"
)

// FuzzFold holds that fields are folded where go-mail folds them.
func FuzzFold(f *testing.F) {
	f.Add("a b", "x")
	f.Add(strings.Repeat("word ", 40)+"end", "")
	f.Add(strings.Repeat("x", 90)+" y  z", "Long-Name-Of-A-Header")
	f.Add("=?x ü "+strings.Repeat("ü", 100), "Y")
	f.Fuzz(func(t *testing.T, value, more string) {
		name := "X-" + more
		odd := func(r rune) bool { return r < 33 || r > 126 || r == ':' } // no ftext (RFC 5322 section 3.6.8)
		if strings.ContainsFunc(name, odd) || len(name) > 60 || controls(value) || len(value) > maxHeaderValue {
			return
		}
		text := headerText(value)
		msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
		msg.SetGenHeader(gomail.Header(name), text)
		var want bytes.Buffer
		if _, err := msg.WriteTo(&want); err != nil {
			t.Fatal(err)
		}
		if got := appendField([]byte("\r\n"), name, text); !bytes.Contains(append([]byte("\r\n"), want.Bytes()...), got) {
			t.Fatalf("%q isn't in %q", got, want.String())
		}
	})
}
