package sql

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
	"crier.dev/crier/internal/testing/sourcetest/postgres"
)

var shared struct {
	server *postgres.Server
	err    error
	done   bool
	dir    string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		shared.server.Stop()
	}
	os.RemoveAll(shared.dir)
	os.Exit(code)
}

const schema = `
CREATE ROLE reader LOGIN PASSWORD 'hunter2';
CREATE TABLE people (email text, name text, department int, active boolean, born date, seen timestamptz, tags text[], flags boolean[], note text);
INSERT INTO people VALUES
 ('zoe@example.org', 'Zoë Müller', 7, true, '1990-02-28', '2026-01-31 13:00:00.5+01', '{red,"dark blue; green",NULL}', '{t,f}', NULL),
 ('li@example.org', '李雷', NULL, false, NULL, NULL, '{}', NULL, '{curly}');
GRANT SELECT ON people TO reader;
CREATE TABLE salaries (email text);
CREATE FUNCTION tells() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'zoe@example.org earns 7' USING ERRCODE = '42000'; END $$;
`

func start(t *testing.T, o postgres.Options) *postgres.Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg") // short, for its sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s, err := postgres.Start(t.Context(), dir, o)
	needed(t, err)
	t.Cleanup(s.Stop)
	if err := s.Exec(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return s
}

func needed(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, postgres.ErrMissing) && os.Getenv("CRIER_TEST_SERVERS") != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// server is shared by the tests that only read.
func server(t *testing.T) *postgres.Server {
	t.Helper()
	if !shared.done {
		shared.done = true
		if shared.dir, shared.err = os.MkdirTemp("", "pg"); shared.err == nil {
			shared.server, shared.err = postgres.Start(context.Background(), shared.dir, postgres.Options{})
		}
		if shared.err == nil {
			shared.err = shared.server.Exec(t.Context(), schema)
		}
	}
	needed(t, shared.err)
	return shared.server
}

// host is what a source may ask for.
type host struct {
	source.Host
	secret map[string][]byte
	guard  dialguard.Guard
}

func (h host) Guard() dialguard.Guard { return h.guard }

func (h host) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	if use != crier.UseSource || name != "login" || h.secret == nil {
		return nil, "", source.Say(source.Missing, "There is no Secret %s.", name)
	}
	return h.secret, "1", nil
}

func (h host) Now() time.Time { return time.Unix(0, 0) }

func login(user, password string) host {
	return host{guard: dialguard.Guard{AllowPrivate: true}, secret: map[string][]byte{
		"username": []byte(user), "password": []byte(password),
	}}
}

var reader = login("reader", "hunter2")

// sink keeps what it gets unless there is a count of it.
type sink struct {
	source.Sink
	lists map[string]bool
	subs  []roster.Subscriber
	last  int
	on    func(n int, s roster.Subscriber)
}

func (s *sink) ListAttributes() map[string]bool { return s.lists }

func (s *sink) Subscriber(from string, place int, sub roster.Subscriber, _ ...string) {
	if from != "sql" || place != s.last+1 {
		panic(fmt.Sprintf("row %d of %s after %d", place, from, s.last))
	}
	s.last = place
	if s.on != nil {
		s.on(place, sub)
		return
	}
	s.subs = append(s.subs, sub)
}

func spec(s *postgres.Server, query string, change ...func(*crier.SQLSource)) crier.SQLSource {
	out := crier.SQLSource{
		Host: s.Host, Port: int32(s.Port), Database: postgres.Database,
		TLS: crier.SourceTLS{CABundle: s.CA}, SecretRef: crier.LocalReference{Name: "login"}, Query: query,
	}
	for _, c := range change {
		c(&out)
	}
	return out
}

// mustFail checks that a read ends in a Problem of that kind which says so,
// and holds no password and nobody.
func mustFail(t *testing.T, spec crier.SQLSource, from source.Host, kind source.Kind, says string) {
	t.Helper()
	_, err := New(spec).Read(t.Context(), from, "", &sink{})
	problem, ok := err.(*source.Problem) //nolint:errorlint // it has to be one itself
	if !ok || problem.Kind != kind || !strings.Contains(problem.Message, says) {
		t.Errorf("got %#v, want kind %d with %q", err, kind, says)
	}
	if ok && (strings.Contains(problem.Message, "hunter2") || strings.Contains(problem.Message, "zoe@")) {
		t.Errorf("a secret is in %q", problem.Message)
	}
}
