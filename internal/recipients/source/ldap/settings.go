package ldap

import (
	"crypto/tls"
	"maps"
	"net"
	"net/url"
	"slices"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/remote"
)

const (
	defaultFilter   = "(objectClass=person)"
	defaultPageSize = 1000
	defaultTimeout  = 5 * time.Minute
)

// settings are a spec that makes sense, with defaults.
type settings struct {
	host     string // for people, and for the certificate
	address  string // host and port
	implicit bool   // TLS from the first octet
	tls      *tls.Config
	secret   string
	base     string
	scope    int
	filter   string
	fields   map[string]string // field of a subscriber to LDAP attribute
	groups   []string
	lookup   crier.LDAPMembership
	pageSize uint32
	timeout  time.Duration
	connect  time.Duration // as long as it may take to be logged in
}

var scopes = map[crier.LDAPScope]int{
	"":                      goldap.ScopeWholeSubtree,
	crier.LDAPScopeBase:     goldap.ScopeBaseObject,
	crier.LDAPScopeOneLevel: goldap.ScopeSingleLevel,
	crier.LDAPScopeSubtree:  goldap.ScopeWholeSubtree,
}

// parse finds what is wrong with a spec before anything is connected to.
// Errors are *source.Problem of the kind Invalid.
func parse(spec crier.LDAPSource) (settings, error) {
	set := settings{
		base: spec.BaseDN, scope: scopes[spec.Scope], filter: spec.Filter,
		pageSize: defaultPageSize, timeout: defaultTimeout, connect: remote.ConnectTimeout,
	}
	if err := set.parseURL(spec.URL); err != nil {
		return set, err
	}
	var err error
	if set.tls, err = remote.TLS(spec.TLS, set.host); err != nil {
		return set, err
	}
	if spec.SecretRef != nil {
		set.secret = spec.SecretRef.Name
	}
	if set.filter == "" {
		set.filter = defaultFilter
	}
	if spec.PageSize > 0 {
		set.pageSize = uint32(spec.PageSize)
	}
	if spec.Timeout != nil {
		set.timeout = spec.Timeout.Duration
	}
	if m := spec.MemberOf; m != nil {
		set.groups, set.lookup = m.Groups, m.Lookup
		if set.lookup == "" {
			set.lookup = crier.LDAPMembershipMemberOf
		}
	}
	set.fields = map[string]string{"email": "mail", "name": "displayName"}
	for field, attribute := range spec.Attributes {
		set.fields[field] = string(attribute)
	}
	return set, set.check()
}

func (set *settings) parseURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return source.Say(source.Invalid, "url is not the address of a directory; write ldaps://ldap.example.org.")
	}
	set.host, set.implicit = u.Hostname(), u.Scheme == "ldaps"
	port := u.Port()
	if port == "" {
		port = goldap.DefaultLdapPort
		if set.implicit {
			port = goldap.DefaultLdapsPort
		}
	}
	set.address = net.JoinHostPort(set.host, port)
	return nil
}

func (set *settings) check() error {
	if _, err := goldap.ParseDN(set.base); err != nil {
		return source.Say(source.Invalid, "baseDN is not a distinguished name (RFC 4514), such as ou=people,dc=example,dc=org.")
	}
	for _, g := range set.groups {
		if dn, err := goldap.ParseDN(g); err != nil || len(dn.RDNs) == 0 {
			return source.Say(source.Invalid, "The group %q is not a distinguished name (RFC 4514), such as cn=staff,ou=groups,dc=example,dc=org.", g)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(set.fields)) {
		if !identifier(field) {
			return source.Say(source.Invalid,
				"attributes has the name %q; a name may have only letters a to z, digits and underscores, and must not begin with a digit.", field)
		}
	}
	return checkFilter(set.filter)
}

func identifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
