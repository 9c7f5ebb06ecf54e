package sql

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"crier.dev/crier/internal/recipients/source"
)

// A server that never ends its answer to a question that has a few rows.
func TestTypesWithoutEnd(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		server := pgproto3.NewBackend(theirs, theirs)
		for {
			message, err := server.Receive()
			if err != nil {
				return
			}
			if _, is := message.(*pgproto3.Sync); is {
				break
			}
		}
		server.Send(&pgproto3.ParseComplete{})
		server.Send(&pgproto3.BindComplete{})
		server.Send(&pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, 2)})
		for server.Flush() == nil {
			server.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("1009"), []byte("25")}})
		}
	}()
	config, err := pgconn.ParseConfig("host=localhost sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgconn.Construct(&pgconn.HijackedConn{
		Conn: ours, Frontend: pgproto3.NewFrontend(ours, ours), Config: config, ParameterStatuses: map[string]string{}, TxStatus: 'T',
	})
	if err != nil {
		t.Fatal(err)
	}
	var problem *source.Problem
	err = settings{}.findArrays(t.Context(), conn, &columns{attributes: []column{{list: true, oid: 1009}}})
	if !errors.As(err, &problem) || problem.Kind != source.Unreadable {
		t.Errorf("%v", err)
	}
}

// Nothing that isn't a code is shown as one.
func TestCodesOfStrangers(t *testing.T) {
	for _, code := range []string{"", "42", "42601\x1b[2J", "secret words", strings.Repeat("4", 1000), "42\u202e01"} {
		err := settings{host: "db.example"}.answered(&pgconn.PgError{Code: code, Message: "secret"}, atQuery)
		if strings.Contains(err.Error(), "SQLSTATE") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", code, err)
		}
	}
	if got := printable("a\u202eb\u200fc\x1bd"); got != "a b c d" {
		t.Errorf("%q", got)
	}
}

// A server says how many rounds of SCRAM are done for it. The driver bounds that, and this is about
// the driver: before it did, one server could keep a read busy for ever.
func TestRoundsOfStrangers(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		server := pgproto3.NewBackend(theirs, theirs)
		if _, err := server.ReceiveStartupMessage(); err != nil {
			return
		}
		server.Send(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"SCRAM-SHA-256"}})
		_ = server.SetAuthType(pgproto3.AuthTypeSASL)
		_ = server.Flush()
		message, err := server.Receive()
		first, is := message.(*pgproto3.SASLInitialResponse)
		if err != nil || !is {
			return
		}
		_, nonce, _ := strings.Cut(string(first.Data), "r=")
		server.Send(&pgproto3.AuthenticationSASLContinue{Data: []byte("r=" + nonce + "more,s=c2FsdA==,i=2000000000")})
		_ = server.Flush()
	}()
	config, err := pgconn.ParseConfig("host=localhost user=x password=x sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	config.DialFunc = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"localhost"}, nil }
	if _, err := pgconn.ConnectConfig(t.Context(), config); err == nil || !strings.Contains(err.Error(), "iteration count") {
		t.Errorf("%v", err)
	}
}
