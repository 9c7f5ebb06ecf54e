// Package sql reads subscribers out of a PostgreSQL database: the answer of
// one query, in a transaction that can only read, over TLS only. Rows are given
// on as they come; how many there are doesn't matter for memory.
package sql

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
	"crier.dev/crier/internal/words"
)

// name is what rows are reported under.
const name = "sql"

// maxRows bounds what a query may give. It is more than a set may hold and only
// stops a query that never ends; the set counts for itself.
const maxRows = 4_000_000

// grace is how much longer than the server's own time-out is waited, for a
// server that is gone without a word.
const grace = 15 * time.Second

type database struct{ spec crier.SQLSource }

// New makes a source of a query.
func New(spec crier.SQLSource) source.Source { return &database{spec} }

// Remote is true: a database doesn't tell of its changes.
func (d *database) Remote() bool { return true }

// Attributes are those that columns are mapped to, if any are.
func (d *database) Attributes() (names []string, all bool) { return csv.Attributes(d.spec.Columns) }

// Uses names the Secret with the credentials.
func (d *database) Uses() []source.Object {
	return []source.Object{{Kind: "Secret", Name: d.spec.SecretRef.Name}}
}

// Read gives every row of the query's answer to sink, in its order.
func (d *database) Read(ctx context.Context, from source.Host, _ source.Mark, sink source.Sink) (source.Mark, error) {
	set, err := parse(d.spec)
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, set.connect+set.timeout+grace)
	defer cancel()
	err = read(limited, set, from, sink)
	var problem *source.Problem
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err() // not the database's fault
	case errors.As(err, &problem):
		return "", problem
	case limited.Err() != nil:
		return "", set.tooSlow()
	}
	return "", err
}

func read(ctx context.Context, set settings, from source.Host, sink source.Sink) error {
	conn, err := connect(ctx, set, from)
	if err != nil {
		return err
	}
	defer func() {
		// Closing is a word to the server, and mustn't take long.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ending)
	}()
	if err := conn.Exec(ctx, set.begin()).Close(); err != nil {
		return set.failed(err, atBegin)
	}
	// Describing the answer first finds what is wrong with the query before
	// the database works on it.
	described, err := conn.Prepare(ctx, "", set.query, nil)
	if err != nil {
		return set.failed(err, atQuery)
	}
	if err := set.checkParameters(len(described.ParamOIDs)); err != nil {
		return err
	}
	columns, err := set.columnsOf(described.Fields, sink.ListAttributes())
	if err != nil {
		return err
	}
	if err := set.findArrays(ctx, conn, columns); err != nil {
		return err
	}
	return set.rows(ctx, conn, columns, sink)
}

// rows runs the query. All values are asked for as PostgreSQL prints them.
func (set settings) rows(ctx context.Context, conn *pgconn.PgConn, columns *columns, sink source.Sink) error {
	answer := conn.ExecParams(ctx, set.query, set.parameters, nil, nil, nil)
	place := 0
	for answer.NextRow() {
		if place++; place > maxRows {
			// The rest isn't waited for: closing the connection ends it.
			return source.Say(source.TooLarge, "The query returns more than %s rows; narrow it.", words.Number(maxRows))
		}
		row := answer.Values()
		if len(row) != columns.count {
			return set.nonsense()
		}
		sink.Subscriber(name, place, columns.subscriber(row))
	}
	tag, err := answer.Close()
	if err != nil {
		return set.failed(err, atRows)
	}
	if tag.Select() && tag.RowsAffected() != int64(place) {
		return set.lost()
	}
	return nil
}
