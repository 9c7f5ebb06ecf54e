package message

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

var testDate = time.Date(2026, 12, 1, 9, 0, 0, 0, time.FixedZone("", -5*3600))

// plainFrozen is a broadcast with both bodies and every list header.
func plainFrozen() Frozen {
	return Frozen{
		Version: 1,
		Subject: "{{ .Name }}, open enrollment starts Monday",
		Text:    "Dear {{ .Name }},\n\nyour agency is {{ .Attributes.agency }}.\n",
		HTML:    "<p>Dear {{ .Name }},</p>\n<p>your agency is {{ .Attributes.agency }}.</p>\n",
		From:    Mailbox{"Commonwealth HR", "hr@example.gov"},
		ReplyTo: []Mailbox{{"", "desk@example.gov"}},
		ListID:  "all-employees.lists.example.gov", ListName: "All Employees", ListPostNO: true,
		ListUnsubscribe: []string{"https://example.gov/u?t=1", "mailto:unsub@example.gov"},
		MessageIDDomain: "lists.example.gov", BounceDomain: "bounces.example.gov", BounceTag: "b",
		BounceMode: BounceVERP, Key: bytes.Repeat([]byte{7}, KeySize),
	}
}

func jo() roster.Subscriber {
	return roster.Subscriber{Email: "Jo@Example.com", Name: "Jörg \"J\" Müller", Attributes: map[string]string{"agency": "DOR"}}
}

func compose(t testing.TB, f Frozen, r roster.Subscriber) Message {
	t.Helper()
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Compose(nil, r, 3, 14, testDate)
	if err != nil {
		t.Fatal(err)
	}
	if t, ok := t.(*testing.T); ok {
		checkReference(t, c, r, m.Data)
	}
	return m
}

func TestHeadersOfABroadcast(t *testing.T) {
	m := compose(t, plainFrozen(), jo())
	p := read(t, m.Data)
	for name, want := range map[string]string{
		"From":                     `"Commonwealth HR" <hr@example.gov>`,
		"To":                       `=?utf-8?b?SsO2cmcgIkoiIE3DvGxsZXI=?= <Jo@example.com>`,
		"Reply-To":                 "<desk@example.gov>",
		"Subject":                  `Jörg "J" Müller, open enrollment starts Monday`,
		"Date":                     "Tue, 01 Dec 2026 09:00:00 -0500",
		"Message-Id":               "<" + m.MessageID + ">",
		"List-Id":                  `"All Employees" <all-employees.lists.example.gov>`,
		"List-Post":                "NO",
		"List-Unsubscribe":         "<https://example.gov/u?t=1>, <mailto:unsub@example.gov>",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"Precedence":               "list",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"Mime-Version":             "1.0",
	} {
		got := p.header.Get(name)
		if name == "Subject" {
			got = p.subject
		}
		if got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	if len(p.header) != 14 {
		t.Errorf("%d headers, want 14: %v", len(p.header), p.header)
	}
	if !slices.Equal(p.types, []string{"text/plain", "text/html"}) {
		t.Errorf("parts %v", p.types)
	}
	if p.bodies[0] != "Dear Jörg \"J\" Müller,\r\n\r\nyour agency is DOR.\r\n" {
		t.Errorf("text %q", p.bodies[0])
	}
	if p.bodies[1] != "<p>Dear Jörg &#34;J&#34; Müller,</p>\r\n<p>your agency is DOR.</p>\r\n" {
		t.Errorf("html %q", p.bodies[1])
	}
}

func TestHeadersThatDepend(t *testing.T) {
	f := plainFrozen()
	f.ListUnsubscribe = []string{"mailto:unsub@example.gov"}
	f.AutoSubmitted, f.ListID, f.ListPostNO = "auto-generated", "", false
	p := read(t, compose(t, f, jo()).Data)
	for name, want := range map[string]string{
		"List-Unsubscribe-Post": "", "List-Id": "", "List-Post": "", "Auto-Submitted": "auto-generated",
		"User-Agent": "", "X-Mailer": "", "Bcc": "",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	long := strings.Repeat("word ", 300) + "end"
	for _, tc := range []struct{ name, text, encoding, want string }{
		{"short ASCII", "a\nb", "7bit", "a\r\nb\r\n"},
		{"lone CR and LF", "a\rb\nc\r\nd\n\re", "7bit", "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n"},
		{"dots", "\n.\n..\r.\r", "7bit", "\r\n.\r\n..\r\n.\r\n"},
		{"UTF-8", "für", "quoted-printable", "für\r\n"},
		{"long line", long, "quoted-printable", long + "\r\n"},
		{"trailing blank", "a \nb", "quoted-printable", "a \r\nb\r\n"},
		{"From", "a\nFrom here\n", "quoted-printable", "a\r\nFrom here\r\n"},
		{"From first", "From here ü\n", "quoted-printable", "From here ü\r\n"},
		{"control", "a\x1bb", "quoted-printable", "a\x1bb\r\n"},
	} {
		f := plainFrozen()
		f.Literal, f.Subject, f.Text, f.HTML = true, "s {{", tc.text, ""
		m := compose(t, f, jo())
		p := read(t, m.Data)
		if got := p.header.Get("Content-Transfer-Encoding"); got != tc.encoding {
			t.Errorf("%s: encoding %s, want %s", tc.name, got, tc.encoding)
		}
		if p.bodies[0] != tc.want || p.subject != "s {{" {
			t.Errorf("%s: body %q, want %q; subject %q", tc.name, p.bodies[0], tc.want, p.subject)
		}
		if bytes.Contains(m.Data, []byte("\nFrom ")) {
			t.Errorf("%s: a line begins with From", tc.name)
		}
	}
}

func TestSubjectsReadBack(t *testing.T) {
	for _, subject := range []string{
		"plain", "=?utf-8?q?not_encoded?=", "x =?utf-8?b?eA==?= y", "Größe und Maße", strings.Repeat("x", 200), strings.Repeat("ü", 450),
		strings.Repeat("word ", 150) + "end", "a: b <c@d.example> (e) \"f\"", "日本語の件名がとても長い場合でも読めることを確かめる",
	} {
		f := plainFrozen()
		f.Literal, f.Subject = true, subject
		if p := read(t, compose(t, f, jo()).Data); p.subject != subject {
			t.Errorf("%q reads back as %q", subject, p.subject)
		}
	}
}

// Whoever writes content must not be able to guess a boundary.
func TestBoundariesAreKeyed(t *testing.T) {
	f := plainFrozen()
	f.Attachments = []Attachment{{Name: "a.txt", ContentType: "text/plain", Data: []byte("x")}}
	m := compose(t, f, jo())
	for _, kind := range []string{"mixed", "alternative"} {
		if want := "boundary=" + kind + "-" + m.EnvelopeID; !bytes.Contains(m.Data, []byte(want)) {
			t.Errorf("no %s in\n%s", want, m.Data)
		}
	}
}

func TestAttachments(t *testing.T) {
	f := plainFrozen()
	data := bytes.Repeat([]byte("\x00\xffdata\r\n.\r\n"), 500)
	f.Attachments = []Attachment{
		{Name: "failures.csv", ContentType: "text/csv; charset=utf-8", Data: data},
		{Name: "résumé \"x\" " + strings.Repeat("ä", 40) + ".pdf", ContentType: "application/pdf", Data: []byte("x")},
	}
	p := read(t, compose(t, f, jo()).Data)
	if !slices.Equal(p.types, []string{"text/plain", "text/html", "text/csv", "application/pdf"}) {
		t.Fatalf("parts %v", p.types)
	}
	if p.bodies[2] != string(data) || p.files[2] != "failures.csv" || p.files[3] != f.Attachments[1].Name {
		t.Errorf("files %q, first has %d octets of %d", p.files, len(p.bodies[2]), len(data))
	}
}

func TestSameInputSameBytes(t *testing.T) {
	f := plainFrozen()
	f.Attachments = []Attachment{{Name: "a.txt", ContentType: "text/plain", Data: []byte("x")}}
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	first := compose(t, f, jo())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				m, err := c.Compose(nil, jo(), 3, 14, testDate)
				if err != nil || !bytes.Equal(m.Data, first.Data) || m.EnvelopeFrom != first.EnvelopeFrom {
					t.Errorf("differs (%v)", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestRefusedRecipientsAndBadPlaces(t *testing.T) {
	c, err := NewComposer(plainFrozen())
	if err != nil {
		t.Fatal(err)
	}
	var refused *content.Refused
	for _, r := range []roster.Subscriber{
		{Email: "no address"}, {Email: "a@b.example\r\nX: y"}, {Email: "a@b.example", Name: "x\r\nBcc: y@b.example"},
		{Email: "a@b.example", Name: "x\x00"}, {Email: "a@b.example", Name: strings.Repeat("x", 300)}, {Email: "a@b.example", Name: "\xff"},
	} {
		if m, err := c.Compose(nil, r, 0, 0, testDate); !errors.As(err, &refused) || m.Data != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for _, place := range [][2]int{{-1, 0}, {0, -1}, {maxShard + 1, 0}, {0, maxIndex + 1}} {
		if _, err := c.Compose(nil, jo(), place[0], place[1], testDate); err == nil || errors.As(err, &refused) {
			t.Errorf("place %v: %v", place, err)
		}
	}
}

func TestUTF8LocalPart(t *testing.T) {
	m := compose(t, plainFrozen(), roster.Subscriber{Email: "jörg@bücher.example", Name: "Jo"})
	if !m.UTF8 || m.EnvelopeTo != "jörg@xn--bcher-kva.example" || !bytes.Contains(m.Data, []byte("\r\nTo: \"Jo\" <jörg@xn--bcher-kva.example>\r\n")) {
		t.Errorf("%v %s\n%s", m.UTF8, m.EnvelopeTo, m.Data)
	}
	m = compose(t, plainFrozen(), roster.Subscriber{Email: `"a b"@b.example`})
	if m.UTF8 || !bytes.Contains(m.Data, []byte("\r\nTo: <\"a b\"@b.example>\r\n")) {
		t.Errorf("%s", m.Data)
	}
}
