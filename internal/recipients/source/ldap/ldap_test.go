package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/testing/sourcetest/certs"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

func TestReadsEverybodyOverTLS(t *testing.T) {
	s := largeServer(t)
	for name, change := range map[string]func(*crier.LDAPSource){
		"ldaps":           func(*crier.LDAPSource) {},
		"StartTLS":        func(spec *crier.LDAPSource) { spec.URL = s.LDAP },
		"anonymous":       func(spec *crier.LDAPSource) { spec.SecretRef = nil },
		"small pages":     func(spec *crier.LDAPSource) { spec.PageSize = 70 },
		"one large page":  func(spec *crier.LDAPSource) { spec.PageSize = 10000 },
		"group, memberOf": inGroup(slapd.GroupDN("staff"), crier.LDAPMembershipMemberOf),
		"group, Group":    inGroup("CN=Staff , OU=groups,DC=example,dc=ORG", crier.LDAPMembershipGroup),
	} {
		t.Run(name, func(t *testing.T) {
			want := big
			if strings.HasPrefix(name, "group") {
				want = bigGroup
			}
			var got sink
			mark, err := New(spec(s, change)).Read(t.Context(), readerLogin, "", &got)
			if err != nil || mark != "" {
				t.Fatalf("%q, %v", mark, err)
			}
			if len(got.subs) != want {
				t.Fatalf("%d subscribers, want %d", len(got.subs), want)
			}
			seen := map[string]bool{}
			for _, sub := range got.subs {
				seen[sub.Email] = true
			}
			if len(seen) != want || !seen["person0000001@example.org"] || !seen[fmt.Sprintf("person%07d@example.org", want)] {
				t.Errorf("%d different ones of %d", len(seen), want)
			}
			if got.subs[0].Name == "" || got.subs[0].Attributes != nil {
				t.Errorf("%+v", got.subs[0])
			}
		})
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	s := largeServer(t)
	refuser, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refuser.Close()
	other := func(change func(*crier.LDAPSource)) crier.LDAPSource { return spec(s, change) }
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.LDAPS, "ldaps://"))
	for name, c := range map[string]struct {
		spec crier.LDAPSource
		from source.Host
		kind source.Kind
		says string
	}{
		"wrong authority": {other(func(s *crier.LDAPSource) { s.TLS.CABundle = otherAuthority(t) }), readerLogin, source.Refused, "tls.caBundle"},
		"system roots":    {other(func(s *crier.LDAPSource) { s.TLS.CABundle = "" }), readerLogin, source.Refused, "tls.caBundle"},
		"no PEM":          {other(func(s *crier.LDAPSource) { s.TLS.CABundle = "-" }), readerLogin, source.Invalid, "tls.caBundle"},
		"wrong name":      {other(func(s *crier.LDAPSource) { s.TLS.ServerName = "ldap.example.org" }), readerLogin, source.Refused, "tls.serverName"},
		"wrong name, StartTLS": {other(func(spec *crier.LDAPSource) { spec.URL, spec.TLS.ServerName = s.LDAP, "ldap.example.org" }),
			readerLogin, source.Refused, "tls.serverName"},
		"wrong password":   {spec(s), login(reader, "hunter2x"), source.Refused, "bindDN or password is wrong"},
		"unknown account":  {spec(s), login("cn=nobody,"+slapd.Suffix, "hunter2"), source.Refused, "bindDN or password is wrong"},
		"no key":           {spec(s), host{guard: readerLogin.guard, secrets: map[string]map[string][]byte{"login": {"bindDN": []byte("x")}}}, source.Invalid, "no key password"},
		"no password":      {spec(s), login(reader, ""), source.Invalid, "password of Secret login is empty"},
		"no Secret":        {spec(s), host{guard: readerLogin.guard}, source.Missing, "login"},
		"base missing":     {other(func(s *crier.LDAPSource) { s.BaseDN = "ou=nothing," + slapd.Suffix }), readerLogin, source.Invalid, "baseDN"},
		"base elsewhere":   {other(func(s *crier.LDAPSource) { s.BaseDN = "cn=elsewhere," + slapd.PeopleDN }), readerLogin, source.Invalid, "url of the server"},
		"base is no DN":    {other(func(s *crier.LDAPSource) { s.BaseDN = "people" }), readerLogin, source.Invalid, "baseDN"},
		"filter":           {other(func(s *crier.LDAPSource) { s.Filter = "(&(mail=*)(cn=x)" }), readerLogin, source.Invalid, "at character 17"},
		"group missing":    {other(inGroup(slapd.GroupDN("none"), "")), readerLogin, source.Invalid, "no group"},
		"group is no DN":   {other(inGroup("staff", "")), readerLogin, source.Invalid, "staff"},
		"nested elsewhere": {other(inGroup(slapd.GroupDN("staff"), crier.LDAPMembershipNested)), readerLogin, source.Invalid, "use MemberOf or Group"},
		"attribute by another name": {other(func(s *crier.LDAPSource) {
			s.Attributes = map[string]crier.LDAPAttributeName{"family": "surname"}
		}), readerLogin, source.Invalid, "but the directory returned sn"},
		"no identifier": {other(func(s *crier.LDAPSource) {
			s.Attributes = map[string]crier.LDAPAttributeName{"cost-center": "departmentNumber"}
		}), readerLogin, source.Invalid, "cost-center"},
		"guard": {spec(s), host{secrets: readerLogin.secrets}, source.NotAllowed, "loopback"},
		"guard, by name": {other(func(s *crier.LDAPSource) { s.URL = "ldaps://localhost:" + port }),
			host{secrets: readerLogin.secrets}, source.NotAllowed, "loopback"},
		"nobody listens": {other(func(s *crier.LDAPSource) { s.URL = "ldaps://" + refuser.Addr().String() }), readerLogin, source.Unavailable, "refuses the connection"},
		"TLS where there is none": {other(func(spec *crier.LDAPSource) { spec.URL = "ldaps" + strings.TrimPrefix(s.LDAP, "ldap") }),
			readerLogin, source.Unavailable, "speaks TLS there"},
		"StartTLS where TLS is": {other(func(spec *crier.LDAPSource) { spec.URL = "ldap" + strings.TrimPrefix(s.LDAPS, "ldaps") }),
			readerLogin, source.Unavailable, "StartTLS"},
		"url": {other(func(s *crier.LDAPSource) { s.URL = "ldap://" }), readerLogin, source.Invalid, "url"},
	} {
		t.Run(name, func(t *testing.T) { mustFail(t, c.spec, c.from, c.kind, c.says) })
	}
}

func otherAuthority(t *testing.T) string {
	t.Helper()
	pair, err := certs.Make("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return string(pair.CA)
}

func TestNothingIsReadWithoutTLS(t *testing.T) {
	s := start(t, slapd.Options{NoTLS: true})
	mustFail(t, spec(s, func(spec *crier.LDAPSource) { spec.URL = s.LDAP }), readerLogin, source.Refused, "doesn't offer StartTLS")
}

// A server that stops at its limit has given a part, which is not the whole.
func TestLimitsAreErrors(t *testing.T) {
	people := func(w io.Writer) error { return slapd.WritePeople(w, 1, 800) }
	for name, c := range map[string]struct {
		config, says string
		kind         source.Kind
	}{
		"size":      {"sizelimit 500", "limit of entries", source.Refused},
		"page size": {"limits * size.pr=20 size.prtotal=unlimited", "lower pageSize", source.Refused},
		"unchecked": {"limits * size.unchecked=10", "at an administrative limit", source.Refused},
		"rights":    {"access to dn.subtree=" + slapd.PeopleDN + " by * none\naccess to * by * read", "baseDN", source.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, slapd.Options{Config: c.config, LDIF: people})
			mustFail(t, spec(s, func(spec *crier.LDAPSource) {
				spec.SecretRef, spec.PageSize, spec.Filter = nil, 100, "(mail=*)"
			}), readerLogin, c.kind, c.says)
		})
	}
}

// Within a page and between two: what came before is a part, not the whole.
func TestServerThatDiesInTheMiddle(t *testing.T) {
	for _, at := range []int{50, 100, 1000, 2950} {
		s := start(t, slapd.Options{Config: unlimited, LDIF: func(w io.Writer) error { return slapd.WritePeople(w, 1, 3000) }})
		got := sink{on: func(n int) {
			if n == at {
				s.Stop()
			}
		}}
		_, err := New(spec(s, func(spec *crier.LDAPSource) { spec.SecretRef, spec.PageSize = nil, 100 })).Read(t.Context(), readerLogin, "", &got)
		var problem *source.Problem
		if got.last < 3000 && (!errors.As(err, &problem) || problem.Kind != source.Unavailable || !strings.Contains(problem.Message, "lost")) {
			t.Errorf("stopped at %d, after %d entries: %v", at, got.last, err)
		}
	}
}

func TestGroupThatIsTooLargeForOneMessage(t *testing.T) {
	s := start(t, slapd.Options{LDIF: func(w io.Writer) error { return slapd.WriteGroup(w, "all", 1, maxElements+1) }})
	mustFail(t, spec(s, func(spec *crier.LDAPSource) { spec.SecretRef = nil }, inGroup(slapd.GroupDN("all"), crier.LDAPMembershipGroup)),
		readerLogin, source.TooLarge, "lookup: MemberOf")
}

// A server that takes connections and then says nothing.
func TestServerThatIsSilent(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, scheme := range []string{"ldap://", "ldaps://"} {
		set, err := parse(crier.LDAPSource{URL: scheme + silent.Addr().String(), BaseDN: slapd.PeopleDN})
		if err != nil {
			t.Fatal(err)
		}
		set.connect = 100 * time.Millisecond
		var problem *source.Problem
		if _, err := connect(t.Context(), set, readerLogin); !errors.As(err, &problem) || problem.Kind != source.Unavailable || !strings.Contains(problem.Message, "in time") {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	s := start(t, slapd.Options{Config: unlimited, LDIF: func(w io.Writer) error { return slapd.WritePeople(w, 1, 3000) }})
	slow := spec(s, func(spec *crier.LDAPSource) {
		spec.SecretRef, spec.Timeout = nil, &metav1.Duration{Duration: 300 * time.Millisecond}
	})
	stop := sink{on: func(n int) {
		if n == 500 {
			// A server that is stopped answers no more, but keeps its connections.
			_ = s.Process().Signal(syscall.SIGSTOP)
		}
	}}
	_, err := New(slow).Read(t.Context(), readerLogin, "", &stop)
	var problem *source.Problem
	if !errors.As(err, &problem) || problem.Kind != source.Unavailable || !strings.Contains(problem.Message, "timeout of 300ms") {
		t.Errorf("a server that is slow: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := New(slow).Read(ctx, readerLogin, "", &sink{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("our own end: %v", err)
	}
}

func TestEntries(t *testing.T) {
	s := start(t, slapd.Options{LDIF: func(w io.Writer) error {
		_, err := io.WriteString(w, slapd.Entry("uid=zoe,"+slapd.PeopleDN,
			"objectClass", "inetOrgPerson", "uid", "zoe", "cn", "Zoë Müller", "sn", "Müller", "displayName", "Zoë Müller",
			"mail", "zoe@example.org", "mail", "zoe.mueller@example.org", "departmentNumber", "7", "departmentNumber", "8; 9",
			"preferredLanguage", "de")+
			slapd.Entry("uid=nomail,"+slapd.PeopleDN, "objectClass", "inetOrgPerson", "uid", "nomail", "cn", "No Mail", "sn", "Mail")+
			slapd.Entry("uid=photo,"+slapd.PeopleDN, "objectClass", "inetOrgPerson", "uid", "photo", "cn", "Photo", "sn", "Photo",
				"mail", "photo@example.org", "jpegPhoto", "\xff\xd8\xff\xe0\x00"))
		return err
	}})
	got := sink{lists: map[string]bool{"departments": true, "email": true}}
	_, err := New(spec(s, func(spec *crier.LDAPSource) {
		spec.SecretRef, spec.Scope = nil, crier.LDAPScopeOneLevel
		spec.Attributes = map[string]crier.LDAPAttributeName{
			"email": "MAIL", "department": "departmentnumber", "departments": "departmentNumber", "language": "preferredLanguage", "photo": "jpegPhoto",
		}
	})).Read(t.Context(), readerLogin, "", &got)
	if err != nil || len(got.subs) != 3 {
		t.Fatalf("%+v, %v", got.subs, err)
	}
	want := "zoe@example.org Zoë Müller map[department:7 departments:7; 8, 9 language:de]"
	if s := fmt.Sprint(got.subs[0].Email, " ", got.subs[0].Name, " ", got.subs[0].Attributes); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if got.subs[1].Email != "" || got.subs[2].Attributes["photo"] != "\xff\xd8\xff\xe0\x00" {
		t.Errorf("%+v", got.subs[1:])
	}
}

func TestEmptyGroupIsNoError(t *testing.T) {
	s := largeServer(t)
	for _, lookup := range []crier.LDAPMembership{crier.LDAPMembershipMemberOf, crier.LDAPMembershipGroup} {
		var got sink
		if _, err := New(spec(s, inGroup(slapd.GroupDN("empty"), lookup))).Read(t.Context(), readerLogin, "", &got); err != nil || got.last != 0 {
			t.Errorf("%s: %d, %v", lookup, got.last, err)
		}
	}
}

// A directory that doesn't keep memberOf would make an empty set of a full group.
func TestDirectoryWithoutMemberOf(t *testing.T) {
	s := start(t, slapd.Options{LDIF: func(w io.Writer) error {
		posix := slapd.Entry(slapd.GroupDN("unix"), "objectClass", "posixGroup", "cn", "unix", "gidNumber", "100", "memberUid", "person0000002")
		_, err := io.WriteString(w, posix)
		return errors.Join(err, slapd.WritePeople(w, 1, 10), slapd.WriteGroup(w, "staff", 1, 10))
	}})
	anonymous := func(spec *crier.LDAPSource) { spec.SecretRef = nil }
	for _, lookup := range []crier.LDAPMembership{crier.LDAPMembershipMemberOf, crier.LDAPMembershipNested} {
		mustFail(t, spec(s, anonymous, inGroup(slapd.GroupDN("staff"), lookup)), readerLogin, source.Invalid, "use lookup: Group")
	}
	var got sink
	_, err := New(spec(s, anonymous, inGroup(slapd.GroupDN("unix"), crier.LDAPMembershipGroup))).Read(t.Context(), readerLogin, "", &got)
	if err != nil || len(got.subs) != 1 || got.subs[0].Email != "person0000002@example.org" {
		t.Errorf("by uid: %+v, %v", got.subs, err)
	}
}

func TestUsesAndRemote(t *testing.T) {
	if s := New(crier.LDAPSource{}); !s.Remote() || s.Uses() != nil {
		t.Error("a directory without a login")
	}
	s := New(crier.LDAPSource{SecretRef: &crier.LocalReference{Name: "login"}})
	if uses := s.Uses(); len(uses) != 1 || uses[0] != (source.Object{Kind: "Secret", Name: "login"}) {
		t.Errorf("%v", uses)
	}
}
