package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// useHeaders prepares the headers that don't depend on the recipient.
func (c *Composer) useHeaders() error {
	f := c.frozen
	add := func(name, value string) { c.fixed = append(c.fixed, [2]string{name, value}) }
	if f.AutoSubmitted != "" && f.AutoSubmitted != "auto-generated" {
		return fmt.Errorf("Auto-Submitted can't be %q", f.AutoSubmitted)
	}
	if f.AutoSubmitted != "" {
		add("Auto-Submitted", f.AutoSubmitted)
	}
	add("Precedence", "list")
	// OOF and AutoReply only: All and NDR make Exchange keep back the
	// non-delivery reports too.
	add("X-Auto-Response-Suppress", "OOF, AutoReply")
	if err := listHeaders(f, add); err != nil {
		return err
	}
	seen := map[string]bool{}
	for name, value := range f.ExtraHeaders {
		if err := extraHeader(name, value); err != nil {
			return err
		}
		if seen[strings.ToLower(name)] {
			return fmt.Errorf("extra header %s is given twice", name)
		}
		seen[strings.ToLower(name)] = true
		add(name, headerText(value))
	}
	return nil
}

func listHeaders(f Frozen, add func(name, value string)) error {
	if f.ListID != "" {
		id, err := domainOf("List-Id", f.ListID)
		if err != nil {
			return err
		}
		if controls(f.ListName) || len(f.ListName) > maxName {
			return fmt.Errorf("List-Id: name is too long or has control characters")
		}
		add("List-Id", strings.TrimSpace(phrase(f.ListName)+" <"+id+">"))
	}
	if f.ListPostNO {
		add("List-Post", "NO")
	}
	var targets []string
	oneClick := false
	for _, t := range f.ListUnsubscribe {
		https, err := unsubscribeTarget(t)
		if err != nil {
			return err
		}
		oneClick = oneClick || https
		targets = append(targets, "<"+t+">")
	}
	if len(targets) > 0 {
		add("List-Unsubscribe", strings.Join(targets, ", "))
	}
	if oneClick {
		add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return nil
}

// phrase writes a display name as net/mail does: quoted, or encoded words.
func phrase(name string) string {
	if name = oneSpace(name); name == "" {
		return ""
	}
	s := (&mail.Address{Name: name, Address: "a@b"}).String()
	return strings.TrimSuffix(s, " <a@b>")
}

// maxWord is the longest run without a space that is written as it is; longer
// ones couldn't be folded at 78.
const maxWord = 60

// headerText writes unstructured text in ASCII. go-mail encodes text that isn't
// ASCII, but lets through words that can't be folded, and text that a reader
// would take for an encoded word.
func headerText(s string) string {
	s = oneSpace(s)
	plain := !strings.Contains(s, "=?")
	for _, word := range strings.Split(s, " ") {
		plain = plain && len(word) <= maxWord
	}
	if !plain {
		return encodedWords(s)
	}
	return mime.QEncoding.Encode("utf-8", s)
}

// encodedWords is RFC 2047 in base64, for whatever text.
func encodedWords(s string) string {
	const room = 45 // octets that fit into a word of 75
	var words []string
	for len(s) > 0 {
		n := min(room, len(s))
		for n < len(s) && n > 1 && !utf8.RuneStart(s[n]) {
			n--
		}
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}

// header lets go-mail write and fold the header block, without the blank line
// that ends it. Bodies aren't go-mail's: see write.
func (c *Composer) header(id, subject string, to *mail.Address, entity [][2]string, date time.Time) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.SetMessageIDWithValue(id)
	msg.SetDateWithValue(date)
	msg.SetGenHeader(gomail.HeaderSubject, headerText(subject))
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, c.from)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderTo, to)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderReplyTo, c.replyTo...)
	for _, h := range slices.Concat(c.fixed, entity) {
		msg.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
