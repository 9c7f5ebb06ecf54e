package suppression

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
	"crier.dev/crier/internal/words"
)

// maxAddresses of one Suppression.
const maxAddresses = 2_000_000

// EntriesSource is what rows of spec.entries are said to come from.
const EntriesSource = "entries"

// ErrSort stands for an error that could quote a row.
var ErrSort = errors.New("suppression: the rows can't be sorted")

// Unusable is why a Suppression can't be heeded as it is: mail that it may be
// about has to wait.
type Unusable struct {
	// Reason is that of the condition, Message a sentence for people that says
	// what to mend. It quotes no row.
	Reason, Message string
	// File is where the file is that it is about, if it is about one.
	File roster.Rejected
}

func (u *Unusable) Error() string { return u.Message }

func tooMany() *Unusable {
	return &Unusable{Reason: crier.ReasonSourceTooLarge, Message: fmt.Sprintf(
		"There are more addresses than one Suppression may have (%s): split it into several.", words.Number(maxAddresses))}
}

// Reading reads one Suppression: its entries first, then its files. It is not
// safe for concurrent use.
type Reading struct {
	csv       *crier.CSVSource
	rows      *Rows
	collector *roster.Collector
}

// NewReading begins with the entries of a spec. Rows that are over by now are
// left out.
func NewReading(spec crier.SuppressionSpec, now time.Time) *Reading {
	defaults := Defaults{Reason: spec.Reason}
	if spec.Expires != nil {
		defaults.Expires = spec.Expires.Time
	}
	r := &Reading{csv: spec.CSV, rows: NewRows(defaults, now), collector: roster.NewCollector(roster.Limits{})}
	r.collector.Divert(r.rows.Take, r.rows.TakeNamed)
	for i, e := range spec.Entries {
		r.collector.AddSubscriber(EntriesSource, i+1, entry(e))
	}
	return r
}

// entry is an inline entry as a row.
func entry(e crier.SuppressionEntry) roster.Subscriber {
	row := roster.Subscriber{Email: string(e.Address), Attributes: map[string]string{}}
	if e.Reason != "" {
		row.Attributes[AttributeReason] = string(e.Reason)
	}
	if e.Since != nil {
		row.Attributes[AttributeSince] = e.Since.UTC().Format(time.RFC3339)
	}
	if e.Expires != nil {
		row.Attributes[AttributeExpires] = e.Expires.UTC().Format(time.RFC3339)
	}
	return row
}

// Files takes in the files of the Suppression. A bad row never stops a good
// one, and suppresses whomever it names; but a file of which no row names
// anybody is no list of addresses, and those whom it should suppress must not be
// written to in the meantime. Errors are *Unusable, or those of from.
func (r *Reading) Files(ctx context.Context, from source.Files) error {
	if r.csv == nil {
		return nil
	}
	err := csv.Each(ctx, from, *r.csv, crier.UseSuppression, func(name string, data io.Reader, o roster.CSVOptions) error {
		return r.collector.AddCSV(name, data, mapping(r.csv.Columns), o)
	})
	var limit *roster.LimitError
	var problem *source.Problem
	switch {
	case errors.As(err, &limit):
		return tooMany()
	case errors.As(err, &problem):
		return unusable(problem)
	}
	return err
}

func unusable(p *source.Problem) *Unusable {
	u := &Unusable{Reason: p.Reason(), Message: p.Message, File: p.File}
	if p.Kind == source.Unreadable {
		u.Message += " Mail in its scope waits, because it isn't known who is suppressed."
	}
	return u
}

// allTheSame says of rows with a mistake that they suppress whom they name.
func allTheSame(rows []roster.Rejected) []roster.Rejected {
	out := slices.Clone(rows)
	for i, row := range out {
		if row.Named > 0 && !strings.Contains(row.Reason, counts) {
			out[i].Reason += " Everybody whom the row names is still suppressed."
		}
	}
	return out
}

// mapping says which column is what; others are ignored.
func mapping(columns crier.CSVColumns) roster.Mapping {
	m := roster.Mapping{Email: columns.Email, Attributes: map[string]string{}}
	if columns.Email == "" || strings.EqualFold(columns.Email, "email") {
		m.OrEmail = "address"
	}
	for _, name := range []string{AttributeReason, AttributeSince, AttributeExpires} {
		m.Attributes[name] = cmp.Or(columns.Attributes[name], name)
	}
	return m
}

// Outcome is what was read of a Suppression.
type Outcome struct {
	// Rejected rows, at most roster.MaxRejected, of so many.
	Rejected      []roster.Rejected
	RejectedTotal int
	// RejectedByReason counts them.
	RejectedByReason map[string]int
	// Addresses that are suppressed, each once, and the digest of all rows.
	Addresses int
	Digest    string
	// Over is how many rows had come to their end.
	Over int
	// Next is when the first of the others comes to its end; zero for never.
	Next time.Time
}

// Outcome ends the reading. An error is *Unusable or ErrSort.
func (r *Reading) Outcome() (Outcome, error) {
	result, err := r.collector.Result()
	if err != nil {
		return Outcome{}, ErrSort
	}
	out := Outcome{Rejected: allTheSame(result.Rejected), RejectedTotal: result.RejectedTotal, RejectedByReason: result.RejectedByReason, Over: r.rows.Over(), Next: r.rows.Next()}
	rows, err := r.Rows()
	if err != nil {
		return Outcome{}, err
	}
	if out.Digest, out.Addresses, err = roster.Digest(rows); err != nil {
		return Outcome{}, ErrSort
	}
	if result.LimitReached || out.Addresses > maxAddresses {
		return Outcome{}, tooMany()
	}
	return out, nil
}

// Rows gives what was read in the order of keys, for a Matcher. It can be
// called again, but only the last Source may be read. An error is ErrSort.
func (r *Reading) Rows() (roster.Rows, error) {
	rows, err := r.rows.Sorted()
	if err != nil {
		return nil, ErrSort
	}
	return rows, nil
}
