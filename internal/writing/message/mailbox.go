package message

import (
	"strings"

	"crier.dev/crier/internal/recipients/address"
)

// mailbox writes a recipient as net/mail does, and lets it do what is rare.
func mailbox(name string, to address.Address) (string, error) {
	local, _ := address.Split(to.Spelled)
	name = oneSpace(name)
	if !isDotAtom(local) || !isPrintable(name) {
		m, err := toMailbox(Mailbox{name, to.Spelled})
		if err != nil {
			return "", err
		}
		return m.String(), nil
	}
	if name == "" {
		return "<" + to.Spelled + ">", nil
	}
	if strings.ContainsAny(name, "\"\\") {
		name = quotes.Replace(name)
	}
	return "\"" + name + "\" <" + to.Spelled + ">", nil
}

// quotes is what a quoted-string needs (RFC 5322 section 3.2.4).
var quotes = strings.NewReplacer("\"", "\\\"", "\\", "\\\\")

// isDotAtom knows fewer than RFC 5322 section 3.2.3 does, but all that occur.
func isDotAtom(s string) bool {
	after := byte('.')
	for i := range len(s) {
		b := s[i]
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '+', b == '\'', b == '=':
		case b == '.' && after != '.':
		default:
			return false
		}
		after = b
	}
	return after != '.'
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
