package ldap

import (
	"regexp"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

// inChain is the matching rule by which Active Directory follows groups in
// groups: LDAP_MATCHING_RULE_IN_CHAIN of [MS-ADTS], section 3.1.1.3.4.4.3.
const inChain = "1.2.840.113556.1.4.1941"

// checkFilter says where a filter (RFC 4515) goes wrong.
func checkFilter(filter string) error {
	_, err := goldap.CompileFilter(filter)
	if err == nil {
		return nil
	}
	says := err.Error()
	if _, rest, extra := strings.Cut(says, "extra at end: "); extra {
		return invalidFilter(len(filter)-len(rest)+1, "it is complete before that; combine conditions with (&...)")
	}
	switch at := position.FindStringSubmatch(says); {
	case at != nil:
		n, _ := strconv.Atoi(at[1])
		return invalidFilter(n+1, "a closing parenthesis or another condition belongs there")
	case strings.Contains(says, "unexpected end"):
		return invalidFilter(len(filter)+1, "it ends too early; a closing parenthesis is missing")
	case !strings.HasPrefix(filter, "("):
		return invalidFilter(1, "it must begin with a parenthesis, such as (objectClass=person)")
	case strings.Contains(says, "escape"):
		return source.Say(source.Invalid, `filter is not a search filter (RFC 4515): after a backslash come two hexadecimal digits, such as \2a for a star.`)
	}
	return source.Say(source.Invalid, "filter is not a search filter (RFC 4515), such as (&(objectClass=person)(mail=*)).")
}

var position = regexp.MustCompile(`at position (\d+)$`)

func invalidFilter(character int, why string) error {
	return source.Say(source.Invalid, "filter is not a search filter (RFC 4515), at character %d: %s.", character, why)
}

// memberFilter adds to a filter that was checked that an entry must be a
// member of one of groups. The names of groups are escaped: whatever is in
// them, they stay values.
func memberFilter(filter string, groups []string, lookup crier.LDAPMembership) string {
	attribute := "memberOf="
	if lookup == crier.LDAPMembershipNested {
		attribute = "memberOf:" + inChain + ":="
	}
	var b strings.Builder
	b.WriteString("(&" + filter + "(|")
	for _, g := range groups {
		b.WriteString("(" + attribute + goldap.EscapeFilter(g) + ")")
	}
	b.WriteString("))")
	return b.String()
}
