package sql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// text writes a value as a subscriber's attribute has it: PostgreSQL's own
// print, but booleans as words, points in time as RFC 3339 has them, and for a
// list the elements of an array with "; " between.
func (c column) text(value string) string {
	if c.list && c.array {
		if elements, ok := elementsOf(value); ok {
			for i, e := range elements {
				elements[i] = strings.TrimSpace(strings.ReplaceAll(scalar(e, c.element), ";", ","))
			}
			return strings.Join(elements, "; ")
		}
	}
	return scalar(value, c.oid)
}

func scalar(value string, oid uint32) string {
	switch oid {
	case oidBool:
		switch value {
		case "t":
			return "true"
		case "f":
			return "false"
		}
	case oidTimestamptz:
		// 2026-01-31 12:00:00.5+00, as the session has UTC.
		if bare, utc := strings.CutSuffix(value, "+00"); utc && len(bare) >= 19 && bare[10] == ' ' {
			return bare[:10] + "T" + bare[11:] + "Z"
		}
	}
	return value
}

// findArrays asks which types are arrays, and of what, if lists are declared.
func (set settings) findArrays(ctx context.Context, conn *pgconn.PgConn, c *columns) error {
	var oids []string
	for _, a := range c.attributes {
		if a.list {
			oids = append(oids, strconv.FormatUint(uint64(a.oid), 10))
		}
	}
	if oids == nil {
		return nil
	}
	// Row by row: a server that isn't PostgreSQL could go on for ever.
	answer := conn.ExecParams(ctx, fmt.Sprintf(
		"SELECT oid, typelem FROM pg_catalog.pg_type WHERE typcategory = 'A' AND oid IN (%s)", strings.Join(oids, ", ")), nil, nil, nil, nil)
	for n := 1; answer.NextRow(); n++ {
		row := answer.Values()
		if n > len(oids) || len(row) != 2 {
			return set.nonsense()
		}
		oid, _ := strconv.ParseUint(string(row[0]), 10, 32)
		element, _ := strconv.ParseUint(string(row[1]), 10, 32)
		for i := range c.attributes {
			if a := &c.attributes[i]; uint64(a.oid) == oid {
				a.array, a.element = true, uint32(element)
			}
		}
	}
	if _, err := answer.Close(); err != nil {
		return set.failed(err, atBegin)
	}
	return nil
}
