package message

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

// expected are all headers that a broadcast of fuzzFrozen can have.
var expected = []string{
	"Content-Transfer-Encoding", "Content-Type", "Date", "From", "List-Id", "List-Post", "List-Unsubscribe",
	"List-Unsubscribe-Post", "Message-Id", "Mime-Version", "Precedence", "Reply-To", "Subject", "To",
	"X-Auto-Response-Suppress", "X-Extra",
}

// TestInjection puts ways to end a header, a part or the data into every field.
func TestInjection(t *testing.T) {
	for _, s := range []string{
		"x\r\nBcc: evil@b.example", "x\nBcc: evil@b.example", "x\rBcc: evil@b.example", "\n.\n", "\r.\r", "\r\n.\r\nMAIL FROM:<x@b.example>\r\n",
		"\r\n\r\nbody", "x\x00y", "--alternative", "=?utf-8?q?=0D=0ABcc:_x?=", "\u2028Bcc: x", "x\u0085Bcc: x", strings.Repeat("x ", 2000),
		strings.Repeat("x", 5000), strings.Repeat("ü", 480), strings.Repeat(" ", 300) + "x", "\"\\<>,;:@", "a@b.example>, <c@d.example",
	} {
		for field := range 12 {
			values := slices.Repeat([]string{"plain"}, 12)
			values[field] = s
			tryAll(t, values)
		}
	}
}

// FuzzCompose holds that no field can add a header, a part or a recipient.
func FuzzCompose(f *testing.F) {
	f.Add("subject", "text", "html", "from", "list", "name", "jo", "value", "x", "a.txt", "text/plain", "reply")
	f.Add("a\r\nBcc: x", "\n.\n", "<p>\r.\r", "f\n", "l\r", "n\r\nTo: x", "jö", "ä ö", "x\r\ny", "ä.txt", "text/csv; charset=utf-8", "=?utf-8?q?x?=")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i, j, k, l, m string) {
		tryAll(t, []string{a, b, c, d, e, g, h, i, j, k, l, m})
	})
}

// tryAll composes with and without templates, with and without an attachment.
func tryAll(t *testing.T, v []string) {
	t.Helper()
	for _, literal := range []bool{false, true} {
		f := plainFrozen()
		f.Literal = literal
		f.Subject, f.Text, f.HTML = v[0], v[1], v[2]
		f.From.Name, f.ListName, f.ReplyTo[0].Name = v[3], v[4], v[11]
		if !literal {
			f.Subject, f.Text, f.HTML = "{{.Name}} {{.Attributes.a}}", "{{.Attributes.a}}"+f.Text, ""
		}
		tryOne(t, f, v)
		f.Attachments = []Attachment{{Name: v[9], ContentType: v[10], Data: []byte(v[7])}}
		tryOne(t, f, v)
	}
}

func tryOne(t *testing.T, f Frozen, v []string) {
	t.Helper()
	c, err := NewComposer(f)
	if err != nil {
		return
	}
	r := roster.Subscriber{Email: v[6] + "@b.example", Name: v[5], Attributes: map[string]string{"a": v[7]}}
	m, err := c.Compose(nil, r, 0, 0, testDate)
	if err != nil {
		var refused *content.Refused
		if !errors.As(err, &refused) {
			t.Fatalf("%T %v", err, err)
		}
		return
	}
	checkReference(t, c, r, m.Data)
	p := read(t, m.Data)
	for name := range p.header {
		if !slices.Contains(expected, name) {
			t.Fatalf("header %s in\n%s", name, m.Data)
		}
	}
	if to, err := p.header.AddressList("To"); err != nil || len(to) != 1 {
		t.Fatalf("To %v, %v in\n%s", to, err, m.Data)
	}
	parts := 0
	for _, body := range []string{f.Text, f.HTML} {
		if body != "" {
			parts++
		}
	}
	if want := max(1, parts) + len(f.Attachments); len(p.types) != want {
		t.Fatalf("%d parts, want %d, in\n%s", len(p.types), want, m.Data)
	}
	if strings.ContainsAny(m.EnvelopeTo+m.EnvelopeFrom, "\r\n\x00") {
		t.Fatalf("envelope %q %q", m.EnvelopeFrom, m.EnvelopeTo)
	}
}
