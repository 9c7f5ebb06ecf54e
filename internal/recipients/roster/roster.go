// Package roster turns what people keep as lists of subscribers (CSV files,
// inline entries) into valid, unique subscribers, and says of every row that
// it leaves out why, so that its owner can correct it. It also holds the compact
// form in which subscribers are stored.
package roster

import (
	"fmt"
	"maps"
	"slices"

	"crier.dev/crier/internal/words"
)

// Subscriber is one person of a list.
type Subscriber struct {
	// Email is the address with its local part as written and its domain as
	// A-labels.
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
	// Attributes hold no empty values. Their names are identifiers:
	// [A-Za-z_][A-Za-z0-9_]*.
	Attributes map[string]string `json:"attributes,omitempty"`
	// List is the place of one list in a message for several: see
	// message.Frozen.Lists. It is only set in what is sent to.
	List int `json:"list,omitempty"`
}

// Limits bound what one Collector accepts; a zero value takes its default.
type Limits struct {
	Rows           int // subscribers in all; default 2,000,000
	Line           int // octets of one line; default 64 KiB
	Columns        int // of one file; default 256
	Name           int // octets; default 200
	Attributes     int // of one subscriber; default 64
	AttributeName  int // octets; default 64
	AttributeValue int // octets; default 1,024
	// Held is how much all subscribers may take in memory, and stored, in
	// octets, compressed; default 192 MiB: whoever has 2,000,000 with a few
	// attributes needs some 100 MiB.
	Held int
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		v *int
		d int
	}{
		{&l.Rows, 2_000_000}, {&l.Line, 64 << 10}, {&l.Columns, 256}, {&l.Name, 200},
		{&l.Attributes, 64}, {&l.AttributeName, 64}, {&l.AttributeValue, 1024}, {&l.Held, 192 << 20},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	return l
}

// Rejected is one row that was left out, or something to know of a whole file.
type Rejected struct {
	Source string `json:"source"`
	// Line counts from 1 as an editor does; 0 where the source has no lines.
	Line int `json:"line,omitempty"`
	// Reason is a full sentence that says what to mend.
	Reason string `json:"reason"`
	// Excerpt is the beginning of the row, on one line; empty where the source
	// is confidential.
	Excerpt string `json:"excerpt,omitempty"`
	// Named is how many people the row names all the same: see Row.Named.
	Named int `json:"-"`
}

// MaxRejected is how many Rejected, and how many Notes, a Result lists.
const MaxRejected = 20

// maxReasons bounds Result.RejectedByReason; some reasons carry numbers.
const maxReasons = 50

const otherReasons = "Other reasons."

// Result is what a Collector has gathered.
type Result struct {
	// Subscribers counts the different ones.
	Subscribers int
	// Digest of the roster that they make, see Digest.
	Digest string
	// Rejected holds the first MaxRejected rows that were left out.
	Rejected         []Rejected
	RejectedTotal    int
	RejectedByReason map[string]int
	// Notes say what was ignored without losing a subscriber, such as a
	// column whose name can't be an attribute. At most MaxRejected.
	Notes []Rejected
	// Duplicates counts valid rows whose address was there already. The first
	// row wins. They aren't in RejectedTotal.
	Duplicates int
	// Attributes are the sorted names that at least one valid row has, or
	// that a column of a file with at least one valid row is mapped to.
	Attributes []string
	// Named counts those who are only named, by rows that were left out: see
	// Row.Named. They aren't in Subscribers.
	Named int
	// LimitReached says that there are more than Limits.Rows, or that they take
	// more than Limits.Held: the roster may not be whole and must not be sent to.
	LimitReached bool
}

// Nobody says why it isn't known who is meant: there were rows, and not one of
// them names anybody. It is a full sentence, and empty otherwise. Such a source
// must not be taken for an empty one, which leaves nobody out.
func (r Result) Nobody() string {
	if r.RejectedTotal == 0 || r.Subscribers+r.Named > 0 {
		return ""
	}
	first := r.Rejected[0]
	where := first.Source
	if first.Line > 0 {
		where += fmt.Sprintf(", line %d", first.Line)
	}
	if r.RejectedTotal == 1 {
		return fmt.Sprintf("The only row can't be used, so it isn't known who is meant. %s: %s", where, first.Reason)
	}
	return fmt.Sprintf("None of the %s can be used, so it isn't known who is meant. %s: %s", words.Count(r.RejectedTotal, "row"), where, first.Reason)
}

// Collector gathers subscribers from several sources, in order. What it
// holds is compressed, see Sorter. It is not safe for concurrent use.
type Collector struct {
	limits  Limits
	result  Result
	sorter  *Sorter
	named   *Sorter // nil while nobody is only named
	attrs   map[string]struct{}
	reasons map[string]int
	types   map[string]Checker
	// divert takes valid rows instead of the sorter, and diverted counts them.
	divert      func(key string, s Subscriber) string
	divertNamed func(key string, s Subscriber)
	diverted    int64
}

// NewCollector returns an empty Collector.
func NewCollector(limits Limits) *Collector {
	return &Collector{
		limits:  limits.withDefaults(),
		sorter:  NewSorter(),
		attrs:   map[string]struct{}{},
		reasons: map[string]int{},
	}
}

// Checker says whether the value of an attribute is what was declared. The
// error says what is expected, and nothing of the value.
type Checker interface{ Check(value string) error }

// Expect declares what the values of some attributes are, by their names. Rows
// that are added after it and don't fit are rejected.
func (c *Collector) Expect(types map[string]Checker) { c.types = types }

// Full says that there were more rows than are ever read: whoever gives them
// may stop, and the roster must not be used.
func (c *Collector) Full() bool { return c.result.LimitReached }

// Divert gives valid rows to take instead of keeping them, with the key of the
// address. What take returns rejects the row, unless it is empty. named gets
// whoever is named by a row that is rejected, with what of its attributes could
// be read; where it isn't known which field is meant, there are several, with
// line feeds between.
func (c *Collector) Divert(take func(key string, s Subscriber) (reason string), named func(key string, s Subscriber)) {
	c.divert, c.divertNamed = take, named
}

// Rows gives the different subscribers in the order of their keys, and among
// them those who are only named. It can be called several times, but only the
// last Rows may be read.
func (c *Collector) Rows() (Rows, error) {
	rows, err := c.sorter.Rows()
	if c.named == nil || err != nil {
		return rows, err
	}
	named, err := c.named.Rows()
	return NewMerge(rows, named), err
}

// Result returns what was gathered so far, for which everything is read
// once. The slices are shared with the Collector: don't add to it afterwards.
func (c *Collector) Result() (Result, error) {
	r := c.result
	rows, err := c.Rows()
	if err != nil {
		return r, err
	}
	tally := counter{rows: rows}
	if r.Digest, _, err = Digest(&tally); err != nil {
		return r, err
	}
	r.Subscribers, r.Named = tally.subscribers, tally.named
	r.Duplicates = int(c.sorter.Added()) - r.Subscribers
	r.LimitReached = r.LimitReached || max(r.Subscribers, r.Named) > c.limits.Rows
	r.RejectedByReason = maps.Clone(c.reasons)
	r.Attributes = slices.Sorted(maps.Keys(c.attrs))
	if alike := Alike(slices.AppendSeq(slices.Clone(r.Attributes), maps.Keys(c.types))); alike != "" {
		r.Notes = append([]Rejected{{Source: "attributes", Reason: alike}}, r.Notes[:min(len(r.Notes), MaxRejected-1)]...)
	}
	return r, nil
}

func (c *Collector) reject(r Rejected) {
	c.result.RejectedTotal++
	if len(c.result.Rejected) < MaxRejected {
		c.result.Rejected = append(c.result.Rejected, r)
	}
	reason := r.Reason
	if _, known := c.reasons[reason]; !known && len(c.reasons) >= maxReasons {
		reason = otherReasons
	}
	c.reasons[reason]++
}

func (c *Collector) note(r Rejected) {
	if len(c.result.Notes) < MaxRejected {
		c.result.Notes = append(c.result.Notes, r)
	}
}

// counter counts the rows that it passes on.
type counter struct {
	rows               Rows
	subscribers, named int
}

func (c *counter) Next() (Row, error) {
	row, err := c.rows.Next()
	switch {
	case err != nil:
	case row.Named():
		c.named++
	default:
		c.subscribers++
	}
	return row, err
}
