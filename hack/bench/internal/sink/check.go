package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-msgauth/dkim"
)

// Checked is what Check found.
type Checked struct {
	Messages, Signatures int
	// Size is the mean size of a message, in octets.
	Size int
}

// Check parses messages strictly, compares them with their envelopes, and has
// signatures verified by a library that isn't Crier's. lookup answers for the
// keys in DNS; signatures is how many each message has to have.
func Check(messages []Message, lookup func(domain string) ([]string, error), signatures int) (Checked, error) {
	out := Checked{Messages: len(messages)}
	recipients, ids := map[string]bool{}, map[string]bool{}
	var problems []error
	for i, m := range messages {
		id, err := check(m)
		if err == nil {
			err = verify(m.Data, lookup, signatures)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("message %d: %w", i, err))
		}
		recipients[strings.ToLower(m.To)], ids[id] = true, true
		out.Size += len(m.Data)
		out.Signatures += signatures
		if len(problems) == 5 {
			break
		}
	}
	if len(problems) == 0 && (len(recipients) != len(messages) || len(ids) != len(messages)) {
		problems = append(problems, fmt.Errorf("%d messages to %d recipients with %d Message-IDs", len(messages), len(recipients), len(ids)))
	}
	out.Size /= max(1, len(messages))
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

func check(m Message) (id string, err error) {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(m.Data, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > maxLine || bytes.ContainsAny(line, "\r\n\x00") {
			return "", errors.New("a line is too long, or has a bare CR, a bare LF or a NUL")
		}
		for _, c := range line {
			if c >= 0x80 {
				return "", errors.New("an octet beyond ASCII")
			}
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return "", err
	}
	header := parsed.Header
	to, err := header.AddressList("To")
	if err != nil || len(to) != 1 || !strings.EqualFold(to[0].Address, m.To) {
		return "", wrong("the recipient isn't in To", err)
	}
	if _, err := header.AddressList("From"); err != nil {
		return "", wrong("no From", err)
	}
	if _, err := header.Date(); err != nil {
		return "", wrong("no Date", err)
	}
	for _, name := range []string{"Date", "From", "To", "Subject", "Message-Id", "Mime-Version", "Content-Type"} {
		if len(header[name]) != 1 {
			return "", fmt.Errorf("%s stands there %d times", name, len(header[name]))
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil || !strings.HasSuffix(subject, "open enrollment starts Monday") {
		return "", wrong(fmt.Sprintf("the subject is %q", subject), err)
	}
	return header.Get("Message-Id"), checkParts(header.Get("Content-Type"), parsed.Body)
}

// checkParts wants one text and one HTML body, both in quoted-printable.
func checkParts(contentType string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/alternative" {
		return wrong(fmt.Sprintf("the body is %q", kind), err)
	}
	parts := multipart.NewReader(body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := parts.NextRawPart()
		if err != nil {
			return err
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != want || !strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			return wrong(fmt.Sprintf("a part is %q in %q", kind, part.Header.Get("Content-Transfer-Encoding")), err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || !utf8.Valid(text) || !bytes.Contains(text, []byte("https://benefits.example.gov/enroll")) {
			return wrong("a part isn't what was written", err)
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return wrong("there is a third part", err)
	}
	return nil
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
