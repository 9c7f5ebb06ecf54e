package ldap

import (
	"crypto/sha256"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// key stands for a DN: two ways of writing the same one have the same key.
type key [16]byte

func keyOf(dn string) key {
	sum := sha256.Sum256([]byte(normalise(dn)))
	return key(sum[:16])
}

// normalise writes a DN in one way: types by their short names, values folded
// and with single spaces (RFC 4518), the parts of a multi-valued RDN in order.
// Most values of names are compared without regard to case; that those few
// that aren't fall together is of no consequence for people. What is no DN
// stands for itself.
func normalise(dn string) string {
	parsed, err := goldap.ParseDN(dn)
	if err != nil {
		return dn
	}
	rdns := make([]string, len(parsed.RDNs))
	for i, rdn := range parsed.RDNs {
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			parts[j] = typeOf(a.Type) + "=" + escaper.Replace(fold(a.Value))
		}
		slices.Sort(parts)
		rdns[i] = strings.Join(parts, "+")
	}
	return strings.Join(rdns, ",")
}

// escaper keeps what separates parts apart from what is in them.
var escaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `+`, `\+`)

// shortTypes are the other names of the types of RFC 4514, section 3.
var shortTypes = map[string]string{
	"commonname": "cn", "2.5.4.3": "cn",
	"localityname": "l", "2.5.4.7": "l",
	"stateorprovincename": "st", "2.5.4.8": "st",
	"organizationname": "o", "2.5.4.10": "o",
	"organizationalunitname": "ou", "2.5.4.11": "ou",
	"countryname": "c", "2.5.4.6": "c",
	"streetaddress": "street", "2.5.4.9": "street",
	"domaincomponent": "dc", "0.9.2342.19200300.100.1.25": "dc",
	"userid": "uid", "0.9.2342.19200300.100.1.1": "uid",
}

func typeOf(name string) string {
	name = strings.TrimPrefix(strings.ToLower(name), "oid.")
	if short := shortTypes[name]; short != "" {
		return short
	}
	return escaper.Replace(name)
}

// fold prepares a value as RFC 4518 has it for caseIgnoreMatch, near enough.
func fold(value string) string {
	ascii := true
	for i := range len(value) {
		ascii = ascii && value[i] < utf8.RuneSelf
	}
	if ascii {
		value = strings.ToLower(value)
	} else {
		value = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(value)))
	}
	return strings.Join(strings.Fields(value), " ")
}

// uniqueID is what may follow the DN in a value of uniqueMember (RFC 4517,
// section 3.3.21).
var uniqueID = regexp.MustCompile(`#'[01]*'B$`)

func withoutUniqueID(value string) string { return uniqueID.ReplaceAllString(value, "") }
