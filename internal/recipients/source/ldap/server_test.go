package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// big is how many people the large directory has: more than ten pages, and
// more than Active Directory gives of a group at once.
const big = 12_000

// bigGroup is how many of them are in the group "staff".
const bigGroup = 10_500

var large struct {
	server *slapd.Server
	err    error
	done   bool
	dir    string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if large.server != nil {
		large.server.Stop()
	}
	os.RemoveAll(large.dir)
	os.Exit(code)
}

// start starts a server of a test's own.
func start(t *testing.T, o slapd.Options) *slapd.Server {
	t.Helper()
	s, err := slapd.Start(t.Context(), t.TempDir(), o)
	needed(t, err)
	t.Cleanup(s.Stop)
	return s
}

func needed(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, slapd.ErrMissing) && os.Getenv("CRIER_TEST_SERVERS") != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// unlimited gives whoever doesn't ask for pages 500 entries at most.
const unlimited = "limits * size.soft=500 size.hard=500 size.prtotal=unlimited"

const reader = "cn=reader," + slapd.Suffix

// largeServer is shared by the tests that only read.
func largeServer(t *testing.T) *slapd.Server {
	t.Helper()
	if !large.done {
		large.done = true
		large.dir, large.err = os.MkdirTemp("", "crier-ldap")
		if large.err == nil {
			large.server, large.err = slapd.Start(context.Background(), large.dir, slapd.Options{
				Config: unlimited,
				LDIF:   largeDirectory,
			})
		}
	}
	needed(t, large.err)
	return large.server
}

func largeDirectory(w io.Writer) error {
	extra := slapd.Entry(reader, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "cn", "reader", "userPassword", "hunter2") +
		slapd.Entry("cn=elsewhere,"+slapd.PeopleDN, "objectClass", "referral", "objectClass", "extensibleObject", "cn", "elsewhere",
			"ref", "ldap://192.0.2.1/dc=example,dc=net??sub") +
		slapd.Entry(slapd.GroupDN("empty"), "objectClass", "groupOfNames", "cn", "empty", "member", "cn=nobody,dc=example,dc=org")
	if _, err := io.WriteString(w, extra); err != nil {
		return err
	}
	return errors.Join(
		slapd.WritePeople(w, 1, bigGroup, slapd.GroupDN("staff")),
		slapd.WritePeople(w, bigGroup+1, big),
		slapd.WriteGroup(w, "staff", 1, bigGroup),
	)
}

// host is what a source may ask for.
type host struct {
	source.Host
	secrets map[string]map[string][]byte
	guard   dialguard.Guard
}

func (h host) Guard() dialguard.Guard { return h.guard }

func (h host) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	if use != crier.UseSource || h.secrets[name] == nil {
		return nil, "", source.Say(source.Missing, "There is no Secret %s.", name)
	}
	return h.secrets[name], "1", nil
}

func (h host) Now() time.Time { return time.Unix(0, 0) }

// login is a host whose Secret "login" has these credentials.
func login(dn, password string) host {
	return host{guard: dialguard.Guard{AllowPrivate: true}, secrets: map[string]map[string][]byte{
		"login": {"bindDN": []byte(dn), "password": []byte(password)},
	}}
}

var readerLogin = login(reader, "hunter2")

// sink keeps what it gets.
type sink struct {
	source.Sink
	lists  map[string]bool
	subs   []roster.Subscriber
	forget bool // not even keeps them
	last   int
	on     func(n int) // called with each
}

func (s *sink) ListAttributes() map[string]bool { return s.lists }

func (s *sink) Subscriber(from string, place int, sub roster.Subscriber, _ ...string) {
	if from != "ldap" || place != s.last+1 {
		panic(fmt.Sprintf("row %d of %s after %d", place, from, s.last))
	}
	s.last = place
	if !s.forget {
		s.subs = append(s.subs, sub)
	}
	if s.on != nil {
		s.on(place)
	}
}

// spec is a source of everybody at the server, logged in.
func spec(s *slapd.Server, change ...func(*crier.LDAPSource)) crier.LDAPSource {
	out := crier.LDAPSource{
		URL: s.LDAPS, BaseDN: slapd.PeopleDN,
		TLS:       crier.SourceTLS{CABundle: s.CA},
		SecretRef: &crier.LocalReference{Name: "login"},
	}
	for _, c := range change {
		c(&out)
	}
	return out
}

func inGroup(group string, lookup crier.LDAPMembership) func(*crier.LDAPSource) {
	return func(s *crier.LDAPSource) {
		s.MemberOf = &crier.LDAPMemberOf{Groups: []string{group}, Lookup: lookup}
	}
}

// mustFail checks that a read ends in a Problem of that kind which says so,
// and holds no password.
func mustFail(t *testing.T, spec crier.LDAPSource, from source.Host, kind source.Kind, says string) {
	t.Helper()
	_, err := New(spec).Read(t.Context(), from, "", &sink{})
	problem, ok := err.(*source.Problem) //nolint:errorlint // it has to be one itself
	if !ok || problem.Kind != kind || !strings.Contains(problem.Message, says) {
		t.Errorf("got %#v, want kind %d with %q", err, kind, says)
	}
	if ok && strings.Contains(problem.Message, "hunter2") {
		t.Errorf("the password is in %q", problem.Message)
	}
}
