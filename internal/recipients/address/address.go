// Package address reads email addresses as people write them in lists and
// gives each the key under which it is counted, suppressed and recognized.
package address

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Limits in octets: RFC 5321 sections 4.5.3.1.1 to 4.5.3.1.3; the path of 256
// includes its angle brackets.
const (
	MaxLocal   = 64
	MaxDomain  = 255
	MaxAddress = 254
)

// Address is one addr-spec that can be sent to.
type Address struct {
	// Spelled is the local part exactly as written, "@", and the domain as
	// A-labels in lower case. It is what goes over the wire.
	Spelled string
	// Key is the lower-cased NFC local part, "@", and the domain of Spelled.
	// Two addresses with one key are one recipient. Dots and +tags count:
	// only the receiving domain knows whether they mean anything.
	Key string
	// NeedsUTF8 says that the local part isn't ASCII, so that only a server
	// with SMTPUTF8 (RFC 6531) can take it.
	NeedsUTF8 bool
}

// Error says why a text isn't an address. Reason is a short plain phrase that
// never repeats the text, so that it may be logged and counted.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

// domains is UTS 46 lookup processing without the hyphen rule: names such as
// "r3---x.example.com" exist and resolve.
var domains = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.StrictDomainName(true),
	idna.CheckHyphens(false),
	idna.VerifyDNSLength(true),
)

// Parse reads a bare addr-spec (RFC 5321 section 4.1.2, with the UTF-8 local
// parts of RFC 6531) after trimming surrounding white space. A display name,
// angle brackets, comments and address literals are errors. Every error is an
// *Error.
func Parse(s string) (Address, error) {
	s = strings.TrimSpace(s)
	if reason := checkWhole(s); reason != "" {
		return Address{}, &Error{reason}
	}
	at := strings.LastIndexByte(s, '@')
	local, written := s[:at], s[at+1:]
	plain, reason := checkLocal(local)
	if reason != "" {
		return Address{}, &Error{reason}
	}
	domain, reason := checkDomain(written)
	if reason != "" {
		return Address{}, &Error{reason}
	}
	if len(local)+1+len(domain) > MaxAddress {
		return Address{}, &Error{"the address is longer than 254 octets"}
	}
	return Address{
		Spelled:   local + "@" + domain,
		Key:       fold(plain) + "@" + domain,
		NeedsUTF8: !ascii(local),
	}, nil
}

// Split cuts a Spelled address or a Key at its last "@". Without one, both
// halves are empty.
func Split(spelled string) (local, domain string) {
	at := strings.LastIndexByte(spelled, '@')
	if at < 0 {
		return "", ""
	}
	return spelled[:at], spelled[at+1:]
}

// fold lower-cases. Lower-casing can leave text that isn't NFC (U+0130), hence
// the second normalisation.
func fold(local string) string {
	if ascii(local) {
		return strings.ToLower(local)
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(local)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func checkDomain(written string) (domain, reason string) {
	switch {
	case written == "":
		return "", "nothing after the @"
	case written[0] == '[':
		return "", "domain is an IP address"
	case strings.HasSuffix(written, "."):
		return "", "domain ends with a dot"
	case strings.HasPrefix(written, "."), strings.Contains(written, ".."):
		return "", "domain has an empty part between dots"
	case strings.ContainsRune(written, '_'):
		return "", "domain has an underscore"
	case len(written) > MaxDomain:
		return "", "domain longer than 255 octets"
	}
	if _, err := netip.ParseAddr(written); err == nil {
		return "", "domain is an IP address"
	}
	domain, err := toASCII(written)
	switch {
	case err != nil:
		return "", "domain is not a valid host name"
	case !strings.Contains(domain, "."):
		return "", "domain has no dot"
	}
	// Mapping can make dots and digits out of other code points.
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", "domain is an IP address"
	}
	return domain, checkLabels(domain)
}

// toASCII is what domains makes of a domain. Nearly all that are ever written
// stay as they are, which is seen in a tenth of the time.
func toASCII(written string) (string, error) {
	if canonical(written) {
		return written, nil
	}
	return domains.ToASCII(written)
}

// canonical says that a domain consists of lower-case letters, digits and
// hyphens in labels of lawful lengths, none of which may be an A-label.
func canonical(domain string) bool {
	const maxLabel, maxName = 63, 253 // RFC 1035 section 2.3.4, as text
	label := 0
	for i := range len(domain) {
		switch c := domain[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
			continue
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c != '-', label == 2 && domain[i-1] == 'n' && domain[i-2] == 'x': // "xn-"
			return false
		}
		if label++; label > maxLabel {
			return false
		}
	}
	return label > 0 && len(domain) <= maxName
}

// checkLabels refuses what a host name may not hold (RFC 1123 section 2.1):
// labels that begin or end with a hyphen, and a top level of digits only.
func checkLabels(domain string) string {
	var last string
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return "domain is not a valid host name"
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" {
		return "domain ends with a number"
	}
	return ""
}

// Label is one label of a domain as a Spelled address has it: its A-label if
// it has other letters than those of ASCII, and in lower case. ok is false for
// what can't be a label.
func Label(written string) (label string, ok bool) {
	label, err := domains.ToASCII(written)
	return label, err == nil && !strings.Contains(label, ".")
}
