package sql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/testing/sourcetest/certs"
	"crier.dev/crier/internal/testing/sourcetest/postgres"
)

func TestRows(t *testing.T) {
	s := server(t)
	for name, c := range map[string]struct {
		query  string
		change func(*crier.SQLSource)
		want   []string
	}{
		"all columns": {"SELECT * FROM people ORDER BY email DESC", nil, []string{
			"zoe@example.org Zoë Müller map[active:true born:1990-02-28 department:7 flags:true; false seen:2026-01-31T12:00:00.5Z tags:red; dark blue, green]",
			"li@example.org 李雷 map[active:false note:{curly} tags:]",
		}},
		"mapping, parameters": {`SELECT email AS "E-Mail", name AS who, department::text || '/' || $2 AS "Cost center" FROM people WHERE department = $1;`,
			func(s *crier.SQLSource) {
				s.Parameters = []string{"7", "x"}
				s.Columns = crier.CSVColumns{Email: "e-mail", Name: "WHO", Attributes: map[string]string{"cost": "cost center"}}
			}, []string{"zoe@example.org Zoë Müller map[cost:7/x]"}},
		"no name, no rows": {"SELECT email FROM people WHERE false", nil, nil},
		"types": {`SELECT 'a@example.org' AS email, 1.50::numeric AS n, 1e300::float8 AS f, '2026-01-31 12:00'::timestamp AS ts,
			interval '1 day' AS i, '{"a": 1}'::jsonb AS j, 'x'::char(3) AS c, '{1,2}'::int[] AS other, '[0:1]={3,4}'::int[] AS tags,
			'00000000-0000-0000-0000-000000000001'::uuid AS u, 'infinity'::timestamptz AS seen, '\x01'::bytea AS b`, nil, []string{
			`a@example.org  map[b:\x01 c:x   f:1e+300 i:1 day j:{"a": 1} n:1.50 other:{1,2} seen:infinity tags:3; 4 ts:2026-01-31 12:00:00 u:00000000-0000-0000-0000-000000000001]`,
		}},
		"session": {`SELECT 'a@example.org' AS email, current_setting('transaction_read_only') AS ro, current_setting('statement_timeout') AS st,
			current_setting('TimeZone') AS tz, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls`, nil,
			[]string{"a@example.org  map[ro:on st:5min tls:true tz:UTC]"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := spec(s, c.query)
			if c.change != nil {
				c.change(&spec)
			}
			got := sink{lists: map[string]bool{"tags": true, "flags": true, "note": true}}
			if mark, err := New(spec).Read(t.Context(), reader, "", &got); err != nil || mark != "" {
				t.Fatalf("%q, %v", mark, err)
			}
			var rows []string
			for _, sub := range got.subs {
				rows = append(rows, fmt.Sprint(sub.Email, " ", sub.Name, " ", sub.Attributes))
			}
			if strings.Join(rows, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	s := server(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	other, err := certs.Make("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	const all = "SELECT * FROM people"
	for name, c := range map[string]struct {
		spec crier.SQLSource
		from source.Host
		kind source.Kind
		says string
	}{
		"wrong authority":  {spec(s, all, func(s *crier.SQLSource) { s.TLS.CABundle = string(other.CA) }), reader, source.Refused, "tls.caBundle"},
		"system roots":     {spec(s, all, func(s *crier.SQLSource) { s.TLS.CABundle = "" }), reader, source.Refused, "tls.caBundle"},
		"no PEM":           {spec(s, all, func(s *crier.SQLSource) { s.TLS.CABundle = "-" }), reader, source.Invalid, "tls.caBundle"},
		"wrong name":       {spec(s, all, func(s *crier.SQLSource) { s.TLS.ServerName = "db.example.org" }), reader, source.Refused, "tls.serverName"},
		"wrong password":   {spec(s, all), login("reader", "hunter2x"), source.Refused, "username or password is wrong"},
		"unknown account":  {spec(s, all), login("nobody", "hunter2"), source.Refused, "username or password is wrong"},
		"no password":      {spec(s, all), login("reader", ""), source.Invalid, "password of Secret login is empty"},
		"no Secret":        {spec(s, all), host{guard: reader.guard}, source.Missing, "login"},
		"no database":      {spec(s, all, func(s *crier.SQLSource) { s.Database = "people" }), reader, source.Invalid, "no database people"},
		"nobody listens":   {spec(s, all, func(s *crier.SQLSource) { s.Port = int32(closed.Addr().(*net.TCPAddr).Port) }), reader, source.Unavailable, "refuses the connection"},
		"guard":            {spec(s, all), host{secret: reader.secret}, source.NotAllowed, "loopback"},
		"guard, by name":   {spec(s, all, func(s *crier.SQLSource) { s.Host = "localhost" }), host{secret: reader.secret}, source.NotAllowed, "loopback"},
		"driver":           {spec(s, all, func(s *crier.SQLSource) { s.Driver = "Oracle" }), reader, source.Invalid, "Oracle"},
		"writes":           {spec(s, "INSERT INTO people (email) VALUES ('x') RETURNING email"), login(postgres.Superuser, postgres.Password), source.Invalid, "read-only transaction"},
		"writes, hidden":   {spec(s, "SELECT nextval('x') AS email"), reader, source.Invalid, "line 1"},
		"switches":         {spec(s, "SELECT set_config('transaction_read_only', 'off', true) AS email"), reader, source.Invalid, "read-only transaction"},
		"ends":             {spec(s, "COMMIT"), reader, source.Invalid, "SELECT"},
		"several":          {spec(s, "SELECT 1 AS email; DROP TABLE people"), reader, source.Invalid, "several statements"},
		"slow":             {spec(s, "SELECT pg_sleep(20)::text AS email", func(s *crier.SQLSource) { s.StatementTimeout = &metav1.Duration{Duration: 200 * time.Millisecond} }), reader, source.Unavailable, "statementTimeout, which is 200ms"},
		"syntax":           {spec(s, "SELECT email\nFROM people\n  WERE 1"), reader, source.Invalid, "line 3, character 8: syntax error at or near \"1\""},
		"unknown column":   {spec(s, "SELECT 'ä',\n emial AS email FROM people"), reader, source.Invalid, "line 2, character 2: column \"emial\""},
		"no right":         {spec(s, "SELECT email FROM salaries"), reader, source.Refused, "grant"},
		"no email":         {spec(s, "SELECT name, department FROM people"), reader, source.Invalid, "no column email; it has: name, department."},
		"email twice":      {spec(s, "SELECT email, name AS \"Email\" FROM people"), reader, source.Invalid, "two columns email"},
		"no such column":   {spec(s, all, func(s *crier.SQLSource) { s.Columns.Attributes = map[string]string{"team": "team"} }), reader, source.Invalid, "no column team"},
		"no identifier":    {spec(s, "SELECT email, 1 FROM people"), reader, source.Invalid, `Column 2 of the answer, "?column?"`},
		"too few":          {spec(s, "SELECT email FROM people WHERE department = $1"), reader, source.Invalid, "has 1 parameters"},
		"too many":         {spec(s, all, func(s *crier.SQLSource) { s.Parameters = []string{"7"} }), reader, source.Invalid, "the spec has 1"},
		"wrong type":       {spec(s, "SELECT email FROM people WHERE department = $1", func(s *crier.SQLSource) { s.Parameters = []string{"zoe@example.org"} }), reader, source.Invalid, "has the wrong type"},
		"words of rows":    {spec(s, "SELECT tells() AS email"), reader, source.Invalid, "42000"},
		"a row too large":  {spec(s, "SELECT repeat('x', 5000000) AS email"), reader, source.TooLarge, "larger than 4 MiB"},
		"error in the end": {spec(s, "SELECT email, 1/(2-row_number() OVER ()) AS n FROM people"), reader, source.Invalid, "22012"},
	} {
		t.Run(name, func(t *testing.T) { mustFail(t, c.spec, c.from, c.kind, c.says) })
	}
}

func TestNothingIsReadWithoutTLS(t *testing.T) {
	s := start(t, postgres.Options{NoTLS: true})
	mustFail(t, spec(s, "SELECT * FROM people"), reader, source.Refused, "doesn't offer TLS")
}

// A server that takes connections and then says nothing.
func TestServerThatIsSilent(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	set, err := parse(crier.SQLSource{
		Host: "127.0.0.1", Port: int32(silent.Addr().(*net.TCPAddr).Port), SecretRef: crier.LocalReference{Name: "login"},
	})
	if err != nil {
		t.Fatal(err)
	}
	set.connect = 100 * time.Millisecond
	var problem *source.Problem
	if _, err := connect(t.Context(), set, reader); !errors.As(err, &problem) || problem.Kind != source.Unavailable || !strings.Contains(problem.Message, "in time") {
		t.Errorf("%v", err)
	}
}

func TestLockedTable(t *testing.T) {
	s := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	locked := make(chan error, 1)
	go func() {
		locked <- s.Exec(ctx, "BEGIN; LOCK TABLE people; SELECT pg_advisory_lock(7); SELECT pg_sleep(60)")
	}()
	defer func() {
		cancel()
		<-locked
	}()
	// It has locked as soon as nobody else gets the advisory lock.
	for s.Exec(t.Context(), "DO $$ BEGIN IF pg_try_advisory_xact_lock(7) THEN RAISE 'free'; END IF; END $$") != nil {
		if t.Context().Err() != nil {
			t.Fatal("no lock")
		}
	}
	mustFail(t, spec(s, "SELECT * FROM people", func(s *crier.SQLSource) {
		s.StatementTimeout = &metav1.Duration{Duration: 300 * time.Millisecond}
	}), reader, source.Unavailable, "300ms")
}

func TestServerThatDiesInTheMiddle(t *testing.T) {
	s := start(t, postgres.Options{})
	got := sink{on: func(n int, _ roster.Subscriber) {
		if n == 1000 {
			s.Stop()
		}
	}}
	_, err := New(spec(s, "SELECT generate_series(1, 5000000) || '@example.org' AS email")).Read(t.Context(), reader, "", &got)
	var problem *source.Problem
	if !errors.As(err, &problem) || problem.Kind != source.Unavailable {
		t.Errorf("after %d rows: %v", got.last, err)
	}
}

func TestCancel(t *testing.T) {
	s := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	got := sink{on: func(n int, _ roster.Subscriber) {
		if n == 1000 {
			cancel()
		}
	}}
	_, err := New(spec(s, "SELECT generate_series(1, 50000000) || '@example.org' AS email")).Read(ctx, reader, "", &got)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after %d rows: %v", got.last, err)
	}
}

// Memory is for a row, not for all.
func TestManyRows(t *testing.T) {
	s := server(t)
	rows := 100_000
	if os.Getenv("CRIER_TEST_LARGE") != "" {
		rows = 1_000_000
	}
	query := fmt.Sprintf(`SELECT 'person' || i || '@example.org' AS email, 'Person Number ' || i AS name,
		i %% 100 AS department, 'Office ' || i %% 7 AS office FROM generate_series(1, %d) i`, rows)
	base, most := heap(), uint64(0)
	got := sink{on: func(n int, sub roster.Subscriber) {
		if n%(rows/20) == 0 {
			most = max(most, heap())
		}
		if n == rows && sub.Email != fmt.Sprintf("person%d@example.org", rows) {
			t.Errorf("the last is %s", sub.Email)
		}
	}}
	begin := time.Now()
	if _, err := New(spec(s, query)).Read(t.Context(), reader, "", &got); err != nil || got.last != rows {
		t.Fatalf("%d rows, %v", got.last, err)
	}
	grown := int64(most) - int64(base)
	t.Logf("%d rows in %s, heap grown by %d KiB", rows, time.Since(begin).Round(time.Millisecond), grown>>10)
	if grown > 8<<20 {
		t.Errorf("the heap has grown by %d octets", grown)
	}
}

// heap is what is reachable.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestUsesAndRemote(t *testing.T) {
	s := New(crier.SQLSource{SecretRef: crier.LocalReference{Name: "login"}})
	if uses := s.Uses(); !s.Remote() || len(uses) != 1 || uses[0] != (source.Object{Kind: "Secret", Name: "login"}) {
		t.Errorf("%v", uses)
	}
}
