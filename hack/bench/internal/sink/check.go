package sink

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Checked is what Check found.
type Checked struct {
	Messages, Signatures int
	// Size is the mean size of a message, in octets; Text and HTML are those
	// of its bodies as they are sent.
	Size, Text, HTML int
}

// Want is what every message has to have.
type Want struct {
	// Signatures is how many; Lookup answers for their keys in DNS.
	Signatures int
	Lookup     func(domain string) ([]string, error)
	// File is attached, and nothing else; nothing at all if it is nil.
	File []byte
}

// Check parses messages strictly, compares them with their envelopes, and has
// signatures verified by a library that isn't Crier's.
func Check(messages []Message, want Want) (Checked, error) {
	out := Checked{Messages: len(messages)}
	recipients, ids := map[string]bool{}, map[string]bool{}
	var problems []error
	for i, m := range messages {
		id, sizes, err := check(m, want.File)
		if err == nil {
			err = verify(m.Data, want.Lookup, want.Signatures)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("message %d: %w", i, err))
		}
		recipients[strings.ToLower(m.To)], ids[id] = true, true
		out.Size += len(m.Data)
		out.Text += sizes[0]
		out.HTML += sizes[1]
		out.Signatures += want.Signatures
		if len(problems) == 5 {
			break
		}
	}
	if len(problems) == 0 && (len(recipients) != len(messages) || len(ids) != len(messages)) {
		problems = append(problems, fmt.Errorf("%d messages to %d recipients with %d Message-IDs", len(messages), len(recipients), len(ids)))
	}
	n := max(1, len(messages))
	out.Size, out.Text, out.HTML = out.Size/n, out.Text/n, out.HTML/n
	return out, errors.Join(problems...)
}

// wrong says what is wrong, and why if that is known.
func wrong(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return errors.New(what)
}

// maxLine is RFC 5322 section 2.1.1, without CRLF.
const maxLine = 998

func check(m Message, file []byte) (id string, sizes [2]int, err error) {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(m.Data, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > maxLine || bytes.ContainsAny(line, "\r\n\x00") {
			return "", sizes, errors.New("a line is too long, or has a bare CR, a bare LF or a NUL")
		}
		for _, c := range line {
			if c >= 0x80 {
				return "", sizes, errors.New("an octet beyond ASCII")
			}
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return "", sizes, err
	}
	header := parsed.Header
	to, err := header.AddressList("To")
	if err != nil || len(to) != 1 || !strings.EqualFold(to[0].Address, m.To) {
		return "", sizes, wrong("the recipient isn't in To", err)
	}
	if _, err := header.AddressList("From"); err != nil {
		return "", sizes, wrong("no From", err)
	}
	if _, err := header.Date(); err != nil {
		return "", sizes, wrong("no Date", err)
	}
	for _, name := range []string{"Date", "From", "To", "Subject", "Message-Id", "Mime-Version", "Content-Type"} {
		if len(header[name]) != 1 {
			return "", sizes, fmt.Errorf("%s stands there %d times", name, len(header[name]))
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil || !strings.HasSuffix(subject, "open enrollment starts Monday") {
		return "", sizes, wrong(fmt.Sprintf("the subject is %q", subject), err)
	}
	if file == nil {
		sizes, err = checkBodies(header.Get("Content-Type"), parsed.Body)
	} else {
		sizes, err = checkMixed(header.Get("Content-Type"), parsed.Body, file)
	}
	return header.Get("Message-Id"), sizes, err
}

func verify(data []byte, lookup func(string) ([]string, error), want int) error {
	if want == 0 {
		return nil
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(data), &dkim.VerifyOptions{LookupTXT: lookup})
	if err != nil {
		return err
	}
	for _, v := range found {
		if v.Err != nil {
			return fmt.Errorf("signature of %s: %w", v.Domain, v.Err)
		}
	}
	if len(found) != want {
		return fmt.Errorf("%d signatures, not %d", len(found), want)
	}
	return nil
}
