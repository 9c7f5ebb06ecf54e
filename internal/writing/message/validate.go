package message

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"crier.dev/crier/internal/recipients/address"
)

const (
	maxName        = 256 // octets of a display name
	maxHeaderValue = 900 // octets; leaves room for the name within a line of 998
)

// controls finds what could end a header line or isn't text.
func controls(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029'
	})
}

// domainOf checks a domain by way of an address in it.
func domainOf(what, domain string) (string, error) {
	a, err := address.Parse("postmaster@" + domain)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	_, ascii := address.Split(a.Spelled)
	return ascii, nil
}

func (c *Composer) useEnvelope() (err error) {
	f := c.frozen
	if c.idDomain, err = domainOf("Message-ID domain", f.MessageIDDomain); err != nil {
		return err
	}
	if c.bounce, err = domainOf("bounce domain", f.BounceDomain); err != nil {
		return err
	}
	limit := MaxBounceLocal
	switch f.BounceMode {
	case BounceFixed:
	case BounceVERP:
		limit = MaxVERPTag
	default:
		return fmt.Errorf("bounce mode %q is not %s or %s", f.BounceMode, BounceFixed, BounceVERP)
	}
	a, err := address.Parse(f.BounceTag + "@" + c.bounce)
	if err != nil || a.NeedsUTF8 || strings.ContainsAny(f.BounceTag, "\"+ ") || len(f.BounceTag) > limit {
		return fmt.Errorf("bounce tag must be a plain local part without +, of at most %d octets", limit)
	}
	if f.Generation < 0 || f.Generation > maxGeneration {
		return fmt.Errorf("generation %d is out of range", f.Generation)
	}
	return nil
}

func (c *Composer) usePeople() (err error) {
	if c.from, err = sender("From", c.frozen.From); err != nil {
		return err
	}
	for _, m := range c.frozen.ReplyTo {
		a, err := sender("Reply-To", m)
		if err != nil {
			return err
		}
		c.replyTo = append(c.replyTo, a)
	}
	return nil
}

// sender is a mailbox that every copy names. Its local part must be ASCII, or
// nobody without SMTPUTF8 could get one.
func sender(what string, m Mailbox) (*mail.Address, error) {
	a, err := address.Parse(m.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if a.NeedsUTF8 {
		return nil, fmt.Errorf("%s: local part is not ASCII", what)
	}
	if controls(m.Name) || len(m.Name) > maxName {
		return nil, fmt.Errorf("%s: name is too long or has control characters", what)
	}
	return toMailbox(Mailbox{m.Name, a.Spelled})
}

// toMailbox lets net/mail take the quotes off a local part that has them, since
// it adds them again when it writes.
func toMailbox(m Mailbox) (*mail.Address, error) {
	a, err := mail.ParseAddress("<" + m.Address + ">")
	if err != nil {
		return nil, errors.New("address can't be written into a header")
	}
	a.Name = oneSpace(m.Name)
	return a, nil
}

// oneSpace trims, and makes one space of each run of blanks: where a line is
// folded, a run could become a line of nothing but blanks.
func oneSpace(s string) string {
	if isSpaced(s) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}

// isSpaced says that oneSpace has nothing to do.
func isSpaced(s string) bool {
	after := byte(' ')
	for i := range len(s) {
		if s[i] == '\t' || s[i] == ' ' && after == ' ' {
			return false
		}
		after = s[i]
	}
	return after != ' ' || s == ""
}
