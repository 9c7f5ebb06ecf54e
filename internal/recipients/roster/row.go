package roster

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"crier.dev/crier/internal/recipients/address"
)

// Row is a stored subscriber that is not taken apart yet. Planning a million
// recipients moves rows from where they are kept to where they are written
// down, and needs no more of each than its key.
type Row struct {
	// Key is what makes two addresses the same, see address.Address.
	Key []byte
	// Line is the subscriber as one JSON object with its line feed.
	Line []byte
}

// Rows gives rows in ascending order of their keys, each key once. Next
// returns io.EOF after the last one. What it returned is only valid until it
// is called again.
type Rows interface {
	Next() (Row, error)
}

// Subscriber takes the row apart. It fails for one that is only named.
func (r Row) Subscriber() (Subscriber, error) {
	if r.Named() {
		return Subscriber{}, errNamed
	}
	return parseLine(r.Line)
}

// Key is the key of a subscriber's address. What is no address stands for
// itself.
func Key(email string) string {
	if plain, lower := spelling(email); plain {
		if lower {
			return email
		}
		return strings.ToLower(email)
	}
	parsed, err := address.Parse(email)
	if err != nil {
		return email
	}
	return parsed.Key
}

// spelling says whether the key of an address in its Spelled form is just its
// lower case, which is so for ASCII without a quoted local part, and whether it
// is lower case already.
func spelling[T string | []byte](spelled T) (plain, lower bool) {
	lower = true
	at := false
	for i := range len(spelled) {
		switch c := spelled[i]; {
		case c >= utf8.RuneSelf, c <= ' ', c == '"', c == '\\', c == '<', c == 0x7f:
			return false, false
		case c >= 'A' && c <= 'Z':
			if at {
				return false, false // no A-label: not in its Spelled form
			}
			lower = false
		case c == '@':
			at = true
		}
	}
	return at, lower
}

const emailPrefix = `{"email":"`

var (
	errLine  = errors.New("a stored subscriber is damaged")
	errNamed = errors.New("the row isn't a subscriber: it only names somebody who is left out")
)

// keyOf is the key of the address in a line. buf is used for keys that aren't
// in the line as they are, and returned for the next one.
func keyOf(line, buf []byte) (key, next []byte, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(emailPrefix))
	named := false
	if !ok {
		if rest, named = bytes.CutPrefix(line, []byte(namedPrefix)); !named {
			return nil, buf, errLine
		}
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil, buf, errLine
	}
	email := rest[:end]
	plain, lower := spelling(email)
	switch {
	case plain && lower:
		return email, buf, nil
	case plain:
		buf = buf[:0]
		for _, c := range email {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			buf = append(buf, c)
		}
		return buf, buf, nil
	}
	var s Subscriber
	if named {
		line = append([]byte(emailPrefix), rest...) // of the same form but for its name
	}
	if s, err = parseLine(line); err != nil {
		return nil, buf, err
	}
	buf = append(buf[:0], Key(s.Email)...)
	return buf, buf, nil
}

// Of is a Rows of a few subscribers, which may be in any order. Of those
// with one key, the first is given.
func Of(subs []Subscriber) (Rows, error) {
	s := NewSorter()
	for _, sub := range subs {
		if err := s.Add(Key(sub.Email), sub); err != nil {
			return nil, err
		}
	}
	return s.Rows()
}
