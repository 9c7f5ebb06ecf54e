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
		if extraHeader(name, value) != nil {
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
