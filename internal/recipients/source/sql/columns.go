package sql

import (
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// Types that are written otherwise than PostgreSQL prints them: pg_type.dat.
const (
	oidBool        = 16
	oidTimestamptz = 1184
)

// column is where a field of a subscriber is.
type column struct {
	attribute string
	at        int
	oid       uint32
	list      bool // the attribute is declared as one
	array     bool
	element   uint32 // its type, for an array
}

// columns make subscribers of rows.
type columns struct {
	count       int // of columns in a row
	email, name int // -1 where there is none
	attributes  []column
}

// columnsOf finds the fields in the answer. Names are compared without regard
// to case. Every other column becomes an attribute unless the spec says which.
func (set settings) columnsOf(fields []pgconn.FieldDescription, lists map[string]bool) (*columns, error) {
	if len(fields) == 0 {
		return nil, source.Say(source.Invalid, "The query can't return rows; write a SELECT.")
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	c := &columns{count: len(fields)}
	var err error
	if c.email, err = find(names, set.mapping.Email); err != nil {
		return nil, err
	}
	if c.email < 0 {
		return nil, missing(names, set.mapping.Email, "columns.email", "the address")
	}
	if c.name, err = find(names, set.mapping.Name); err != nil {
		return nil, err
	}
	wanted := set.mapping.Attributes
	if wanted == nil {
		if wanted, err = others(names, c.email, c.name); err != nil {
			return nil, err
		}
	}
	for _, attribute := range slices.Sorted(maps.Keys(wanted)) {
		at, err := find(names, wanted[attribute])
		switch {
		case err != nil:
			return nil, err
		case at < 0:
			return nil, missing(names, wanted[attribute], "columns.attributes", "the attribute "+attribute)
		case !identifier(attribute):
			return nil, source.Say(source.Invalid,
				"columns.attributes has the name %q; a name may have only letters a to z, digits and underscores, and must not begin with a digit.", attribute)
		}
		c.attributes = append(c.attributes, column{attribute: attribute, at: at, oid: fields[at].DataTypeOID, list: lists[attribute]})
	}
	return c, nil
}

// find is the place of a column, or -1. It must not be there twice.
func find(names []string, name string) (int, error) {
	found := -1
	for i, n := range names {
		if !strings.EqualFold(n, name) {
			continue
		}
		if found >= 0 {
			return 0, source.Say(source.Invalid, "The answer of the query has two columns %s; rename one with AS.", printable(name))
		}
		found = i
	}
	return found, nil
}

// maxNamed is how many columns a message lists.
const maxNamed = 20

func missing(names []string, name, where, what string) error {
	return source.Say(source.Invalid, "The answer of the query has no column %s; it has: %s. Rename one with AS, or set %s to the one with %s.",
		printable(name), printable(strings.Join(names[:min(len(names), maxNamed)], ", ")), where, what)
}

// others makes attributes of all columns but two.
func others(names []string, email, name int) (map[string]string, error) {
	out := map[string]string{}
	for i, n := range names {
		if i == email || i == name {
			continue
		}
		if !identifier(n) {
			return nil, source.Say(source.Invalid,
				"Column %d of the answer, %q, can't be an attribute: the name may have only letters a to z, digits and underscores. Rename it with AS, or list attributes in columns.attributes.",
				i+1, printable(n))
		}
		out[n] = n
	}
	return out, nil
}

func identifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// subscriber takes a row apart. NULL is an empty value.
func (c *columns) subscriber(row [][]byte) roster.Subscriber {
	s := roster.Subscriber{Email: string(row[c.email])}
	if c.name >= 0 {
		s.Name = string(row[c.name])
	}
	for _, a := range c.attributes {
		if row[a.at] == nil {
			continue
		}
		if s.Attributes == nil {
			s.Attributes = make(map[string]string, len(c.attributes))
		}
		s.Attributes[a.attribute] = a.text(string(row[a.at]))
	}
	return s
}
