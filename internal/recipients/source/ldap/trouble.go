package ldap

import (
	"errors"
	"regexp"

	goldap "github.com/go-ldap/ldap/v3"

	"crier.dev/crier/internal/recipients/source"
)

// coded is a Problem that a result code (RFC 4511, appendix A) stands behind.
type coded struct {
	*source.Problem
	code uint16
}

func (c coded) Unwrap() error { return c.Problem }

// refused explains an error of the library: what a server answered, in our
// words, because its own could hold what nobody else may read.
func (c *client) refused(err error) error {
	var answer *goldap.Error
	if !errors.As(err, &answer) || answer.ResultCode >= goldap.ErrorNetwork && answer.ResultCode <= goldap.ErrorMalformedPacket {
		return c.lost()
	}
	kind, says := meaning(answer)
	if says == "" {
		return coded{source.Say(kind, "%s answers with the result code %d (%s).", c.host, answer.ResultCode,
			goldap.LDAPResultCodeMap[answer.ResultCode]), answer.ResultCode}
	}
	return coded{source.Say(kind, says, c.host), answer.ResultCode}
}

func meaning(answer *goldap.Error) (source.Kind, string) {
	switch answer.ResultCode {
	case goldap.LDAPResultInvalidCredentials:
		return source.Refused, badLogin(answer)
	case goldap.LDAPResultInappropriateAuthentication, goldap.LDAPResultAuthMethodNotSupported,
		goldap.LDAPResultStrongAuthRequired, goldap.LDAPResultUnwillingToPerform:
		return source.Refused, "%s is not willing to do this for the account; allow the account to log in with a password and to read, or use another one in secretRef."
	case goldap.LDAPResultOperationsError:
		// What Active Directory says to somebody who hasn't logged in.
		return source.Refused, "%s doesn't do this; most likely reading requires a login: set secretRef."
	case goldap.LDAPResultInsufficientAccessRights:
		return source.Refused, "%s doesn't let the account read this; give the account the right to."
	case goldap.LDAPResultSizeLimitExceeded:
		return source.Refused, "%s ended the search at its limit of entries, so none of it is used; raise the account's limit for pages, or narrow the filter."
	case goldap.LDAPResultAdminLimitExceeded:
		return source.Refused, "%s ended the search at an administrative limit, so none of it is used; lower pageSize, index the attributes of the filter, or raise the account's limit."
	case goldap.LDAPResultTimeLimitExceeded:
		return source.Unavailable, "%s ended the search at its time limit, so none of it is used; index the attributes of the filter, or raise the account's limit."
	case goldap.LDAPResultNoSuchObject:
		return source.Invalid, "There is no baseDN of that name at %s, or the account may not see it; check it."
	case goldap.LDAPResultInvalidDNSyntax:
		return source.Invalid, "%s doesn't accept baseDN as a distinguished name (RFC 4514); check it."
	case goldap.LDAPResultReferral:
		return source.Invalid, "%s doesn't hold baseDN itself; use the url of the server that does."
	case goldap.LDAPResultInappropriateMatching, goldap.LDAPResultUndefinedAttributeType:
		return source.Invalid, "%s doesn't know how to compare what filter asks for; check the names of attributes in it."
	}
	return source.Unavailable, ""
}

// reasonCode is how Active Directory says more about a login that failed: the
// last part of "80090308: LdapErr: DSID-..., comment: ..., data 52e, v2580".
var reasonCode = regexp.MustCompile(`\bdata ([0-9a-f]{3}),`)

// reasons are those of [MS-ERREF], section 2.2.
var reasons = map[string]string{
	"530": "the account may not log in at this time",
	"531": "the account may not log in from here",
	"532": "its password has expired",
	"533": "the account is disabled",
	"701": "the account has expired",
	"773": "its password must be changed first",
	"775": "the account is locked",
}

func badLogin(answer *goldap.Error) string {
	if answer.Err != nil {
		code := reasonCode.FindStringSubmatch(answer.Err.Error())
		if len(code) == 2 && reasons[code[1]] != "" {
			return "%s refuses the login: " + reasons[code[1]] + ". It is tried once each time the source is read, so that no account is locked."
		}
	}
	return "%s refuses the login: bindDN or password is wrong. It is tried once each time the source is read, so that no account is locked."
}
