package ldap

import (
	"fmt"
	"strconv"
	"strings"

	"crier.dev/crier/internal/recipients/source"
)

// maxMembers bounds what is remembered of groups: 16 octets each.
const maxMembers = 2_000_000

// memberAttributes are where groups keep their members: by DN (RFC 4519,
// sections 2.17 and 2.40), and by uid (RFC 2307).
var memberAttributes = []string{"member", "uniqueMember", "memberUid"}

// members are those of groups.
type members struct {
	dns  map[key]struct{}
	uids map[string]struct{}
}

func newMembers() *members {
	return &members{dns: map[key]struct{}{}, uids: map[string]struct{}{}}
}

func (m *members) has(e *entry) bool {
	if _, there := m.dns[keyOf(e.DN)]; there {
		return true
	}
	if len(m.uids) == 0 {
		return false
	}
	for _, uid := range e.GetEqualFoldAttributeValues("uid") {
		if _, there := m.uids[uid]; there {
			return true
		}
	}
	return false
}

func (m *members) add(attribute, value string) error {
	if strings.EqualFold(attribute, "memberUid") {
		m.uids[value] = struct{}{}
	} else {
		m.dns[keyOf(withoutUniqueID(value))] = struct{}{}
	}
	if len(m.dns)+len(m.uids) > maxMembers {
		return source.Say(source.TooLarge, "The groups have more members than the limit of %d; use lookup: MemberOf, or smaller groups.", maxMembers)
	}
	return nil
}

// collect reads all members of a group. ask reads attributes of the group.
// Active Directory gives the values of a large attribute in ranges ([MS-ADTS],
// section 3.1.1.3.1.3.3): as many as it likes, under a name that says which.
func (m *members) collect(ask func(attributes ...string) (*entry, error)) error {
	group, err := ask(memberAttributes...)
	if err != nil {
		return err
	}
	for _, a := range group.Attributes {
		attribute, span, ranged := cutRange(a.Name)
		if !isMember(attribute) {
			continue
		}
		if !ranged {
			span.end = true
		} else if span.first != 0 {
			return errRange
		}
		if err := m.addAll(attribute, a.Values); err != nil {
			return err
		}
		for !span.end {
			next := span.last + 1
			var values []string
			if values, span, err = askRange(ask, attribute, next); err != nil {
				return err
			}
			if err := m.addAll(attribute, values); err != nil {
				return err
			}
		}
	}
	return nil
}

func isMember(attribute string) bool {
	for _, m := range memberAttributes {
		if strings.EqualFold(attribute, m) {
			return true
		}
	}
	return false
}

func (m *members) addAll(attribute string, values []string) error {
	for _, v := range values {
		if err := m.add(attribute, v); err != nil {
			return err
		}
	}
	return nil
}

// errRange is for answers by which a group would end before its end.
var errRange = source.Say(source.Unreadable, "The directory gives the members of a group in ranges that don't match; use lookup: MemberOf.")

func askRange(ask func(...string) (*entry, error), attribute string, first int) ([]string, span, error) {
	group, err := ask(fmt.Sprintf("%s;range=%d-*", attribute, first))
	if err != nil {
		return nil, span{}, err
	}
	for _, a := range group.Attributes {
		got, s, ranged := cutRange(a.Name)
		if !ranged || !strings.EqualFold(got, attribute) {
			continue
		}
		fits := s.end || len(a.Values) == s.last-s.first+1
		if s.first != first || len(a.Values) == 0 || !fits {
			return nil, span{}, errRange
		}
		return a.Values, s, nil
	}
	return nil, span{}, errRange
}

// span is a range of values, with both of its ends; end says that there are
// none after it.
type span struct {
	first, last int
	end         bool
}

// cutRange takes "member;range=0-1499" apart.
func cutRange(name string) (attribute string, s span, ok bool) {
	attribute, options, _ := strings.Cut(name, ";")
	for option := range strings.SplitSeq(options, ";") {
		if len(option) < 6 || !strings.EqualFold(option[:6], "range=") {
			continue
		}
		from, to, _ := strings.Cut(option[6:], "-")
		first, err := strconv.ParseUint(from, 10, 31)
		if err != nil {
			return attribute, s, false
		}
		if to == "*" {
			return attribute, span{first: int(first), end: true}, true
		}
		last, err := strconv.ParseUint(to, 10, 31)
		return attribute, span{first: int(first), last: int(last)}, err == nil && last >= first
	}
	return attribute, s, false
}
