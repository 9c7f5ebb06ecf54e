package suppression

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// Names of the attributes of a row as it is read, and so of the columns of a
// CSV file.
const (
	AttributeReason  = "reason"
	AttributeSince   = "since"
	AttributeExpires = "expires"
)

// forever stands in a stored row for a reason without an end.
const forever = "always"

// counts says that a mistake keeps nobody from being suppressed.
const counts = "The row still counts"

// Defaults are what is true of rows that don't say otherwise.
type Defaults struct {
	Reason crier.SuppressionReason
	// Expires is zero for never.
	Expires time.Time
}

// Rows takes in rows of a Suppression, and gives them in the form in which
// they are stored: each address once, with an attribute for each reason whose
// value is its end. Rows that are over are left out. Of rows with one address
// and reason, one without an end counts, else the first. What it holds is
// compressed. It is not safe for concurrent use.
type Rows struct {
	defaults Defaults
	now      time.Time
	sorters  map[class]*roster.Sorter
	over     int
	next     time.Time
}

// class is what rows of one Sorter have in common, so that the Sorter may drop
// all but the first of an address.
type class struct {
	place int // in Reasons
	ends  bool
}

// NewRows returns empty Rows as of now.
func NewRows(defaults Defaults, now time.Time) *Rows {
	return &Rows{defaults: defaults, now: now, sorters: map[class]*roster.Sorter{}}
}

// Take takes a row: key is that of its address, and its attributes are reason,
// since and expires, none of which has to be there. It returns what is wrong
// with the row, in a full sentence that doesn't quote it, or nothing. A mistake
// in a date or a reason never lets mail through: the address is suppressed all
// the same, without an end, for the reason of the whole.
func (r *Rows) Take(key string, row roster.Subscriber) (mistake string) {
	reason, mistake := r.reason(row)
	if text := row.Attributes[AttributeSince]; text != "" {
		if _, _, ok := parseTime(text); !ok {
			mistake = badTime(AttributeSince) + " " + counts + "."
		}
	}
	expires, problem := r.end(row)
	if problem != "" {
		mistake = problem
	}
	if !expires.IsZero() && !expires.After(r.now) {
		r.over++
		return mistake
	}
	if refusal := r.add(key, row.Email, reason, expires); refusal != "" {
		return refusal
	}
	return mistake
}

// TakeNamed takes whoever is named by a row that can't be read as a whole. He is
// suppressed without an end: for the reasons that the row gives, of which there
// may be several if it isn't known which field is the reason, else for the
// reason of the whole.
func (r *Rows) TakeNamed(key string, row roster.Subscriber) {
	given := false
	for text := range strings.SplitSeq(row.Attributes[AttributeReason], "\n") {
		if reason, ok := parseReason(text); ok {
			given = true
			r.add(key, row.Email, reason, time.Time{})
		}
	}
	if !given {
		r.add(key, row.Email, r.defaults.Reason, time.Time{})
	}
}

func (r *Rows) reason(row roster.Subscriber) (reason crier.SuppressionReason, mistake string) {
	text := row.Attributes[AttributeReason]
	if text == "" {
		return r.defaults.Reason, ""
	}
	if reason, ok := parseReason(text); ok {
		return reason, ""
	}
	return r.defaults.Reason, "The reason must be one of Unsubscribed, HardBounce, Complaint, Manual and Legal, or empty." +
		" " + counts + ", for the reason in spec."
}

func (r *Rows) end(row roster.Subscriber) (at time.Time, mistake string) {
	text := row.Attributes[AttributeExpires]
	if text == "" {
		return r.defaults.Expires, ""
	}
	at, day, ok := parseTime(text)
	switch {
	case !ok:
		return time.Time{}, badTime(AttributeExpires) + " " + counts + ", without an end."
	case day:
		return at.AddDate(0, 0, 1), ""
	}
	return at, ""
}

func (r *Rows) add(key, email string, reason crier.SuppressionReason, expires time.Time) (refusal string) {
	c, end := class{place: slices.Index(Reasons, reason)}, forever
	if !expires.IsZero() {
		c.ends, end = true, expires.UTC().Format(time.RFC3339)
		if r.next.IsZero() || expires.Before(r.next) {
			r.next = expires
		}
	}
	if r.sorters[c] == nil {
		r.sorters[c] = roster.NewSorter()
	}
	stored := roster.Subscriber{Email: email, Attributes: map[string]string{string(reason): end}}
	if r.sorters[c].Add(key, stored) != nil {
		return "The row is too large."
	}
	return ""
}

// Over is how many rows had come to their end.
func (r *Rows) Over() int { return r.over }

// Next is when the first of the others comes to its end; zero for never.
func (r *Rows) Next() time.Time { return r.next }

// Sorted gives the rows in the order of their keys. It can be called again,
// but only the last Source may be read.
func (r *Rows) Sorted() (roster.Rows, error) {
	var sources []roster.Rows
	for place := range Reasons {
		for _, ends := range []bool{false, true} {
			sorter := r.sorters[class{place, ends}]
			if sorter == nil {
				continue
			}
			source, err := sorter.Rows()
			if err != nil {
				return nil, err
			}
			sources = append(sources, source)
		}
	}
	if len(sources) == 1 {
		return sources[0], nil
	}
	return combine(sources)
}

// combine makes one row of those of an address. Of two with the same reason,
// the one of the earlier source counts.
func combine(sources []roster.Rows) (roster.Rows, error) {
	heads := newHeads(sources)
	sorter := roster.NewSorter()
	for {
		key, err := heads.least()
		if err != nil {
			return nil, err
		}
		if key == nil {
			return sorter.Rows()
		}
		key = bytes.Clone(key)
		var row roster.Subscriber
		err = heads.take(key, func(one roster.Subscriber) {
			if row.Email == "" {
				row = one
				return
			}
			for reason, end := range one.Attributes {
				if row.Attributes[reason] == "" {
					row.Attributes[reason] = end
				}
			}
		})
		if err == nil {
			err = sorter.Add(string(key), row)
		}
		if err != nil {
			return nil, err
		}
	}
}

// heads are sorted sources with the next row of each.
type heads struct {
	sources []roster.Rows
	rows    []roster.Row
	begun   bool
}

func newHeads(sources []roster.Rows) *heads {
	return &heads{sources: sources, rows: make([]roster.Row, len(sources))}
}

func (h *heads) begin() error {
	if h.begun {
		return nil
	}
	h.begun = true
	for i := range h.sources {
		if err := h.advance(i); err != nil {
			return err
		}
	}
	return nil
}

// advance reads the next row of a source; its key is nil at the end.
func (h *heads) advance(i int) error {
	row, err := h.sources[i].Next()
	if errors.Is(err, io.EOF) {
		h.rows[i] = roster.Row{}
		return nil
	}
	h.rows[i] = row
	return err
}

// least is the smallest key; nil at the end.
func (h *heads) least() ([]byte, error) {
	if err := h.begin(); err != nil {
		return nil, err
	}
	var least []byte
	for _, row := range h.rows {
		if row.Key != nil && (least == nil || bytes.Compare(row.Key, least) < 0) {
			least = row.Key
		}
	}
	return least, nil
}

// take gives the rows with that key to yield, in the order of the sources, and
// goes on behind them.
func (h *heads) take(key []byte, yield func(roster.Subscriber)) error {
	for i := range h.rows {
		if !bytes.Equal(h.rows[i].Key, key) {
			continue
		}
		row, err := h.rows[i].Subscriber()
		if err != nil {
			return err
		}
		yield(row)
		if err := h.advance(i); err != nil {
			return err
		}
	}
	return nil
}

// parseReason reads a reason whatever its case, blanks and hyphens: lists that
// come from elsewhere have "hard bounce" and "HARD_BOUNCE".
func parseReason(text string) (crier.SuppressionReason, bool) {
	word := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) {
			return c
		}
		return -1
	}, text)
	for _, reason := range Reasons {
		if strings.EqualFold(word, string(reason)) {
			return reason, true
		}
	}
	return "", false
}

// parseTime reads a time of RFC 3339 or a date.
func parseTime(text string) (at time.Time, day, ok bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, false, true
	}
	at, err := time.Parse(time.DateOnly, text)
	return at, true, err == nil
}

func badTime(column string) string {
	return fmt.Sprintf("The column %s must be empty or a time such as 2026-03-01 or 2026-03-01T12:00:00Z.", column)
}
