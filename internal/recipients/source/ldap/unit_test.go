package ldap

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

func TestNormalise(t *testing.T) {
	for _, same := range [][]string{
		{"uid=ann,ou=People,dc=example,dc=org", "UID=Ann, OU=people, DC=Example, DC=ORG", "0.9.2342.19200300.100.1.1=ann,ou=people;dc=example,dc=org"},
		{`CN=Doe\, John,DC=x`, `cn=doe\2c john,dc=x`, `commonName=Doe\2C  John,DC=X`},
		{"cn=Zoë+uid=z,dc=x", "uid=Z+cn=ZOË,dc=x", `cn=zo\c3\ab+uid=z,dc=x`, "cn=zoe\u0308+uid=z,dc=x"},
		{"cn=Straße,dc=x", "cn=STRASSE,dc=x"},
	} {
		for _, other := range same[1:] {
			if keyOf(same[0]) != keyOf(other) {
				t.Errorf("%q and %q are two: %q, %q", same[0], other, normalise(same[0]), normalise(other))
			}
		}
	}
	for _, two := range [][2]string{
		{"cn=a,cn=b", "cn=b,cn=a"}, {"cn=a,dc=x", `cn=a\,dc\=x`}, {"cn=a+sn=b", `cn=a\+sn\=b`}, {"cn=a", "sn=a"}, {"no dn", "No DN"},
	} {
		if keyOf(two[0]) == keyOf(two[1]) {
			t.Errorf("%q and %q are the same", two[0], two[1])
		}
	}
}

// A name that is written in another way is the same, one with other parts isn't.
func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{"uid=ann,dc=x", `CN=Doe\, John+sn=\00,DC=x`, "cn=#04024869", "cn=zoe\u0308", "", "=", `\`, "a=,b=", "cn= \\ ,dc=x"} {
		f.Add(seed, "x", seed)
	}
	f.Fuzz(func(t *testing.T, a, b, raw string) {
		_ = normalise(raw) // it doesn't panic
		if a == "" || b == "" {
			return
		}
		one := "cn=" + escaped(a) + ",dc=" + escaped(b)
		if other := "CN=" + escaped(upper(a)) + " ; DC=" + escaped(b); normalise(one) != normalise(other) {
			t.Errorf("%q: %q, %q", one, normalise(one), normalise(other))
		}
		if merged := "cn=" + escaped(a+",dc="+b); normalise(merged) == normalise(one) {
			t.Errorf("%q and %q are the same: %q", merged, one, normalise(one))
		}
	})
}

// escaped writes every octet as RFC 4514, section 2.4 allows it.
func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\%02x`, s[i])
	}
	return b.String()
}

// upper writes the letters of ASCII large, and leaves the rest alone.
func upper(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c >= 'a' && c <= 'z' {
			out[i] = c - 'a' + 'A'
		}
	}
	return string(out)
}

func TestCheckFilter(t *testing.T) {
	for filter, says := range map[string]string{
		"(mail=*)": "", "(&(objectClass=person)(!(cn=x\\2a)))": "", "(memberOf:1.2.840.113556.1.4.1941:=cn=x)": "",
		"mail=*": "at character 1", "(mail=*": "at character 8", "(mail=*)(cn=x)": "at character 9",
		"(&(mail=*)x)": "at character 11", "(cn=\\zz)": "backslash", "()": "RFC 4515",
	} {
		err := checkFilter(filter)
		switch {
		case says == "" && err != nil, says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v", filter, err)
		}
	}
}

// Whatever a group is called, it is one value in one condition.
func FuzzMemberFilter(f *testing.F) {
	for _, seed := range []string{"cn=staff,dc=x", "cn=x)(cn=*", `cn=a\,b`, "*", "\x00", "é", "\xff", "))(|(cn=*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, group string) {
		for lookup, tag := range map[crier.LDAPMembership]ber.Tag{
			crier.LDAPMembershipMemberOf: goldap.FilterEqualityMatch, crier.LDAPMembershipNested: goldap.FilterExtensibleMatch,
		} {
			p, err := goldap.CompileFilter(memberFilter("(cn=a)", []string{group, "cn=b"}, lookup))
			if err != nil {
				if goldap.EscapeFilter(group) == group && group != "" {
					t.Fatal(err)
				}
				continue
			}
			if p.Tag != goldap.FilterAnd || len(p.Children) != 2 || p.Children[1].Tag != goldap.FilterOr || len(p.Children[1].Children) != 2 {
				t.Fatalf("%q changes the form of the filter", group)
			}
			if one := p.Children[1].Children[0]; one.Tag != tag && group != "" {
				t.Fatalf("%q makes a condition of another kind: %d", group, one.Tag)
			}
		}
	})
}

// answers is a group as Active Directory gives it, per values at a time.
func answers(total, per int, spoil func(name string, values []string) (string, []string)) func(...string) (*entry, error) {
	return func(attributes ...string) (*entry, error) {
		first := 0
		if _, after, ranged := strings.Cut(attributes[0], ";range="); ranged {
			first, _ = strconv.Atoi(strings.TrimSuffix(after, "-*"))
		}
		end := min(first+per, total)
		var values []string
		for i := first; i < end; i++ {
			values = append(values, fmt.Sprintf("CN=Person %d,DC=x", i))
		}
		name := fmt.Sprintf("member;range=%d-%d", first, end-1)
		if end == total {
			name = fmt.Sprintf("member;range=%d-*", first)
		}
		if spoil != nil {
			name, values = spoil(name, values)
		}
		e := goldap.NewEntry("cn=group", map[string][]string{name: values})
		e.Attributes = append([]*goldap.EntryAttribute{{Name: "member"}}, e.Attributes...)
		return e, nil
	}
}

func TestRanges(t *testing.T) {
	for _, total := range []int{1, 1500, 1501, 10_500} {
		m := newMembers()
		if err := m.collect(answers(total, 1500, nil)); err != nil || len(m.dns) != total {
			t.Errorf("%d of %d, %v", len(m.dns), total, err)
		}
	}
	for name, spoil := range map[string]func(string, []string) (string, []string){
		"the same again":     func(_ string, v []string) (string, []string) { return "member;range=0-1499", v },
		"fewer than it says": func(n string, v []string) (string, []string) { return n, v[:len(v)-1] },
		"none":               func(n string, v []string) (string, []string) { return n, nil },
		"no range":           func(n string, v []string) (string, []string) { return "member", v },
		"a hole":             func(string, []string) (string, []string) { return "member;range=1600-*", []string{"cn=x"} },
	} {
		calls := 0
		err := newMembers().collect(answers(4000, 1500, func(n string, v []string) (string, []string) {
			if calls++; calls == 1 {
				return n, v
			}
			return spoil(n, v)
		}))
		if err != errRange { //nolint:errorlint // it is this one
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCutRange(t *testing.T) {
	for name, want := range map[string]span{
		"member;range=0-1499": {0, 1499, false}, "MEMBER;Range=1500-*": {1500, 0, true}, "member;binary;range=3-3": {3, 3, false},
	} {
		if a, got, ok := cutRange(name); !ok || got != want || !strings.EqualFold(a, "member") {
			t.Errorf("%s: %q %v %t", name, a, got, ok)
		}
	}
	for _, name := range []string{"member", "member;range=", "member;range=5-4", "member;range=-1-3", "member;range=a-b", "member;range=99999999999-*"} {
		if _, _, ok := cutRange(name); ok {
			t.Errorf("%s is taken for a range", name)
		}
	}
}

func TestUniqueID(t *testing.T) {
	if got := withoutUniqueID("cn=x,dc=y#'0101'B"); got != "cn=x,dc=y" {
		t.Error(got)
	}
}

func TestLoginOfActiveDirectory(t *testing.T) {
	for text, says := range map[string]string{
		"80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 775, v4563": "is locked",
		"80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563": "is wrong",
		"": "is wrong",
	} {
		_, got := meaning(&goldap.Error{ResultCode: goldap.LDAPResultInvalidCredentials, Err: fmt.Errorf("%s", text)})
		if !strings.Contains(got, says) || !strings.Contains(got, "once") {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// piece gives what is to be read octet by octet, as a bad network does.
func readFrames(t *testing.T, data []byte) error {
	t.Helper()
	here, there := net.Pipe()
	go func() {
		_, _ = there.Write(data)
		there.Close()
	}()
	defer here.Close()
	f := &frames{Conn: here}
	in := iotest.OneByteReader(f)
	for {
		if _, err := ber.ReadPacket(in); err != nil {
			return f.err()
		}
	}
}

func message(values int, size int) []byte {
	all := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	all.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 7, ""))
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	for range values {
		set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, strings.Repeat("x", size), ""))
	}
	all.AppendChild(set)
	return all.Bytes()
}

func TestFrames(t *testing.T) {
	small := message(3, 10)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"several":         {slices.Concat(small, small, message(0, 0), message(200, 300)), nil},
		"as many as may":  {message(maxElements-3, 0), nil},
		"too many":        {slices.Concat(small, message(maxElements, 0)), errTooLarge},
		"too long":        {slices.Concat(small, []byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}), errTooLarge},
		"far too long":    {[]byte{0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, errTooLarge},
		"indefinite":      {[]byte{0x30, 0x80, 0x02, 0x01, 0x01, 0, 0}, errMalformed},
		"longer than all": {[]byte{0x30, 0x03, 0x04, 0x20, 0x01}, errMalformed},
		"HTTP":            {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), errMalformed},
	} {
		if err := readFrames(t, c.data); err != c.want { //nolint:errorlint // it is this one
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(message(3, 10))
	f.Add([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, pieces := &frames{}, &frames{}
		want := whole.look(data)
		var got error
		for i := range data {
			if got = pieces.look(data[i : i+1]); got != nil {
				break
			}
		}
		if got != want { //nolint:errorlint // it is this one
			t.Errorf("at once %v, in pieces %v", want, got)
		}
	})
}

func TestStrangers(t *testing.T) {
	f := newFields(map[string]string{"email": "mail", "family": "surname"}, nil)
	f.subscriber(goldap.NewEntry("cn=x", map[string][]string{"mail": {"x@example.org"}, "sn": {"X"}, "mail;lang-de": {"y"}}))
	err, ok := f.check().(*source.Problem) //nolint:errorlint // it has to be one itself
	if !ok || err.Kind != source.Invalid || !strings.Contains(err.Message, "returned sn;") {
		t.Errorf("%v", err)
	}
	f.subscriber(goldap.NewEntry("cn=y", map[string][]string{"surname": {"Y"}}))
	if err := f.check(); err != nil {
		t.Error(err)
	}
}

// proxyAddresses of Active Directory has a protocol before each value, and the
// primary address has it in capitals.
func TestAddressesOfAnEntry(t *testing.T) {
	f := newFields(map[string]string{"email": "proxyAddresses"}, nil)
	for _, c := range []struct {
		values []string
		email  string
		also   int
	}{
		{[]string{"smtp:alias@example.org", "SMTP:ann@example.org", "X400:C=US;A= ;P=Org;", "SIP:ann@example.org"}, "SMTP:ann@example.org", 1},
		{[]string{"ann@example.org", "other@example.org"}, "ann@example.org", 1},
		{[]string{"X400:C=US;A= ;P=Org;"}, "", 0},
		{nil, "", 0},
	} {
		s, also := f.subscriber(goldap.NewEntry("cn=x", map[string][]string{"proxyAddresses": c.values}))
		if s.Email != c.email || len(also) != c.also {
			t.Errorf("%q: %q, also %q", c.values, s.Email, also)
		}
	}
}
