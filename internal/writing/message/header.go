package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// headers are those that don't depend on the recipient.
func headers(f Frozen) (fixed [][2]string, err error) {
	add := func(name, value string) { fixed = append(fixed, [2]string{name, value}) }
	if f.AutoSubmitted != "" && f.AutoSubmitted != "auto-generated" {
		return nil, fmt.Errorf("Auto-Submitted can't be %q", f.AutoSubmitted)
	}
	if f.AutoSubmitted != "" {
		add("Auto-Submitted", f.AutoSubmitted)
	}
	add("Precedence", "list")
	// OOF and AutoReply only: All and NDR make Exchange keep back the
	// non-delivery reports too.
	add("X-Auto-Response-Suppress", "OOF, AutoReply")
	if err := listHeaders(f, add); err != nil {
		return nil, err
	}
	return fixed, nil
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
	ways, err := waysToLeave(f)
	if err != nil {
		return err
	}
	if len(ways) > 0 && !personal(ways) {
		field, oneClick := unsubscribeFields(f, ways, f.ListUnsubscribe)
		add("List-Unsubscribe", field)
		if oneClick {
			add("List-Unsubscribe-Post", oneClickPost)
		}
	}
	if personal(ways) {
		add("List-Unsubscribe", "-") // another for everybody
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
	if strings.Contains(s, "=?") {
		return encodedWords(s)
	}
	for word := range strings.SplitSeq(s, " ") {
		if len(word) > maxWord {
			return encodedWords(s)
		}
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

// slot is a field that depends on the recipient, or, for slotNone, none.
type slot int

const (
	slotNone slot = iota
	slotEncoding
	slotType
	slotDate
	slotID
	slotSubject
	slotTo
	slotUnsubscribe
)

var slots = map[string]slot{
	"Content-Transfer-Encoding": slotEncoding, "Content-Type": slotType, "Date": slotDate,
	"Message-ID": slotID, "Subject": slotSubject, "To": slotTo,
}

// ownSlots are those of fields that depend on the recipient in some messages.
var ownSlots = map[string]slot{"List-Unsubscribe": slotUnsubscribe}

// segment is a part of the header block: fields that are the same for
// everybody, and the one that follows them.
type segment struct {
	fixed []byte
	then  slot
}

// skeleton lets go-mail write and fold a header block once, and cuts out the
// fields that are written anew for everybody. Bodies aren't go-mail's: what it
// declares 7bit it still encodes as quoted-printable; it uses one boundary for
// nested multiparts too, or a random one; and it encodes each attachment anew
// for every recipient. own says that ownSlots are such fields too.
func (c *Composer) skeleton(fixed [][2]string, own bool) (out []segment, err error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, c.from)
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderReplyTo, c.replyTo...)
	for _, h := range fixed {
		msg.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	msg.SetAddrHeaderFromMailAddress(gomail.HeaderTo, c.from)
	for name, s := range slots {
		if s != slotTo {
			msg.SetGenHeader(gomail.Header(name), "-")
		}
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, err
	}
	var last segment
	for _, field := range fields(b.String()) {
		name, _, _ := strings.Cut(field, ":")
		if last.then = slots[name]; last.then == slotNone && own {
			last.then = ownSlots[name]
		}
		if last.then == slotNone {
			last.fixed = append(last.fixed, field...)
			continue
		}
		out = append(out, last)
		last = segment{}
	}
	return append(out, last), nil
}

// fields cuts a header block into fields, each with its line ends.
func fields(block string) []string {
	var out []string
	for line := range strings.SplitAfterSeq(block, "\r\n") {
		switch {
		case line == "":
		case len(out) > 0 && (line[0] == ' ' || line[0] == '\t'):
			out[len(out)-1] += line
		default:
			out = append(out, line)
		}
	}
	return out
}

// variable is what fills the slots.
type variable struct {
	encoding    string // none for a multipart
	contentType string
	date        time.Time
	id          string
	subject     string
	to          string
	leave       leaving
}

// appendHeader writes the header block, without the empty line that ends it.
func appendHeader(dst []byte, skeleton []segment, v variable) []byte {
	for _, s := range skeleton {
		dst = append(dst, s.fixed...)
		switch s.then {
		case slotEncoding:
			if v.encoding != "" {
				dst = appendField(dst, "Content-Transfer-Encoding", v.encoding)
			}
		case slotType:
			dst = appendField(dst, "Content-Type", v.contentType)
		case slotDate:
			dst = append(dst, "Date: "...)
			dst = append(v.date.AppendFormat(dst, time.RFC1123Z), "\r\n"...)
		case slotID:
			dst = appendField(dst, "Message-ID", v.id)
		case slotSubject:
			dst = appendField(dst, "Subject", headerText(v.subject))
		case slotTo:
			dst = appendField(dst, "To", v.to)
		case slotUnsubscribe:
			dst = appendField(dst, "List-Unsubscribe", v.leave.field)
			if v.leave.oneClick {
				dst = appendField(dst, "List-Unsubscribe-Post", oneClickPost)
			}
		}
	}
	return dst
}
