package ldap

import (
	"context"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

// membership says whom a search is for, and who of its answer is kept.
type membership struct {
	filter     string
	attributes []string // more that are needed to tell
	members    *members // nil keeps everybody
}

func (m membership) has(e *entry) bool { return m.members == nil || m.members.has(e) }

// membership checks that the groups are there, and reads them if need be.
func (c *client) membership(ctx context.Context, set settings) (membership, error) {
	if len(set.groups) == 0 {
		return membership{filter: set.filter}, nil
	}
	if set.lookup != crier.LDAPMembershipGroup {
		for _, g := range set.groups {
			if _, err := c.group(ctx, g, noAttributes); err != nil {
				return membership{}, err
			}
		}
		return membership{filter: memberFilter(set.filter, set.groups, set.lookup)}, nil
	}
	m := newMembers()
	for _, g := range set.groups {
		err := m.collect(func(attributes ...string) (*entry, error) { return c.group(ctx, g, attributes...) })
		if err != nil {
			return membership{}, err
		}
	}
	wanted := membership{filter: set.filter, members: m}
	if len(m.uids) > 0 {
		wanted.attributes = []string{"uid"}
	}
	return wanted, nil
}

// group reads a group, which must be there.
func (c *client) group(ctx context.Context, dn string, attributes ...string) (*entry, error) {
	found, err := c.one(ctx, dn, attributes...)
	var answer coded
	switch {
	case errors.As(err, &answer) && answer.code == goldap.LDAPResultInvalidDNSyntax:
		return nil, source.Say(source.Invalid, "%s doesn't accept %q as the name of a group (RFC 4514); check it.", c.host, dn)
	case errors.As(err, &answer) && answer.code == goldap.LDAPResultNoSuchObject, err == nil && found == nil:
		return nil, source.Say(source.Invalid, "There is no group %q at %s, or the account may not see it; check its name.", dn, c.host)
	}
	return found, err
}

// checkLookup is for when nobody was found: a server that doesn't know how
// membership was asked for says nothing, and a set would become empty.
func (c *client) checkLookup(ctx context.Context, set settings) error {
	if len(set.groups) == 0 || set.lookup == crier.LDAPMembershipGroup {
		return nil
	}
	known, err := c.any(ctx, request{base: set.base, scope: set.scope, filter: "(memberOf=*)"})
	if err != nil {
		return err
	}
	if !known {
		return c.checkEmpty(ctx, set.groups)
	}
	if set.lookup != crier.LDAPMembershipNested {
		return nil
	}
	direct, err := c.any(ctx, request{
		base: set.base, scope: set.scope,
		filter: memberFilter(set.filter, set.groups, crier.LDAPMembershipMemberOf),
	})
	if err == nil && direct {
		err = source.Say(source.Invalid,
			"%s doesn't support groups in groups, so lookup: Nested finds nobody; use MemberOf or Group, and name every group.", c.host)
	}
	return err
}

// checkEmpty is for a server where nobody has memberOf: that is in order only
// if the groups have no members.
func (c *client) checkEmpty(ctx context.Context, groups []string) error {
	for _, g := range groups {
		some, err := c.any(ctx, request{
			base: g, scope: goldap.ScopeBaseObject, filter: "(|(member=*)(uniqueMember=*)(memberUid=*))",
		})
		if err != nil {
			return err
		}
		if some {
			return source.Say(source.Invalid,
				"The group %q has members, but nobody under baseDN has memberOf at %s; use lookup: Group.", g, c.host)
		}
	}
	return nil
}

// any says whether a search finds anything.
func (c *client) any(ctx context.Context, r request) (found bool, err error) {
	r.attributes, r.pageSize = []string{noAttributes}, 1
	err = c.each(ctx, r, func(*entry) error {
		found = true
		return errEnough
	})
	return found, err
}
