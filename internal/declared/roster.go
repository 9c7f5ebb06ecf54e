package declared

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/source/csv"
)

// maxFile bounds one CSV file, unpacked, in octets, as the controller does.
const maxFile = 64 << 20

// maxUnion is how deep sets of sets are followed.
const maxUnion = 16

// Roster is what is known of the subscribers of one set.
type Roster struct {
	// Rejected rows, at most roster.MaxRejected, and notes about files.
	Rejected, Notes []roster.Rejected
	// Attributes that subscribers have.
	Attributes []string
	// Complete says that no other attributes can be there.
	Complete bool
	// People says that the subscribers are known, and how many.
	People      bool
	Subscribers int

	rows *roster.Collector
	of   []*Roster // a union
}

// Roster reads a set as far as that can be done without a cluster: inline
// subscribers, and CSV files of ConfigMaps that are declared too.
func (w *World) Roster(key Key) *Roster { return w.roster(key, 0) }

func (w *World) roster(key Key, depth int) *Roster {
	if r := w.rosters[key]; r != nil {
		return r
	}
	set, ok := w.Sets.Get(key)
	if !ok || depth > maxUnion {
		return &Roster{}
	}
	r := w.read(set.Value, key.Namespace, depth)
	if set.Value.Status.Roster != nil && !r.Complete { // of a cluster
		r.Attributes, r.Complete = slices.Clone(set.Value.Status.Attributes), true
	}
	for name := range set.Value.Spec.Attributes {
		r.Attributes = append(r.Attributes, name)
	}
	slices.Sort(r.Attributes)
	r.Attributes = slices.Compact(r.Attributes)
	if w.rosters == nil {
		w.rosters = map[Key]*Roster{}
	}
	w.rosters[key] = r
	return r
}

func (w *World) read(set *crier.SubscriberSet, namespace string, depth int) *Roster {
	switch s := set.Spec.Source; {
	case s.CSV != nil:
		return w.readCSV(set.Spec, namespace)
	case s.LDAP != nil:
		return named(slices.Collect(maps.Keys(s.LDAP.Attributes)), "email", "name")
	case s.SQL != nil:
		return mapped(s.SQL.Columns)
	case s.HTTPS != nil:
		return mapped(s.HTTPS.Columns)
	case s.Union != nil:
		return w.union(s.Union, namespace, depth)
	default:
		return inline(set.Spec)
	}
}

// named is a source that has these attributes and no others.
func named(names []string, but ...string) *Roster {
	r := &Roster{Complete: true}
	for _, name := range names {
		if !slices.Contains(but, name) {
			r.Attributes = append(r.Attributes, name)
		}
	}
	return r
}

// mapped is a source whose columns nobody has seen; the attributes are known
// if they are mapped.
func mapped(columns crier.CSVColumns) *Roster {
	if columns.Attributes == nil {
		return &Roster{}
	}
	return named(slices.Collect(maps.Keys(columns.Attributes)))
}

// collector takes rows as the controller does, with the types that are declared.
func collector(spec crier.SubscriberSetSpec) *roster.Collector {
	c := roster.NewCollector(roster.Limits{})
	c.Expect(audience.Checkers(spec))
	return c
}

func inline(spec crier.SubscriberSetSpec) *Roster {
	c := collector(spec)
	for i, s := range spec.Source.Inline {
		c.AddSubscriber("inline", i+1, roster.Subscriber{Email: s.Email, Name: s.Name, Attributes: s.Attributes})
	}
	return collected(c)
}

// readCSV gives up where a file isn't there: a part must not be taken for the
// whole.
func (w *World) readCSV(spec crier.SubscriberSetSpec, namespace string) *Roster {
	c, s := collector(spec), spec.Source.CSV
	for _, from := range s.From {
		kind, keys := csv.Object(from)
		if keys == nil {
			return mapped(s.Columns)
		}
		files, ok := w.files(kind).Get(Key{namespace, keys.Name})
		if !ok {
			return mapped(s.Columns)
		}
		names := keys.Keys
		if len(names) == 0 {
			names = slices.Sorted(maps.Keys(files.Value.Data))
		}
		for _, name := range names {
			data, there := files.Value.Data[name]
			if !there {
				return mapped(s.Columns)
			}
			source := fmt.Sprintf("%s/%s/%s", kind, keys.Name, name)
			options := roster.CSVOptions{Delimiter: csv.Delimiter(s.Delimiter), Confidential: from.Secret != nil}
			if err := c.AddCSV(source, roster.Open(source, data, maxFile), csv.Mapping(s.Columns), options); err != nil {
				r := mapped(s.Columns)
				r.Rejected = []roster.Rejected{{Source: source, Reason: unreadable(err)}}
				return r
			}
		}
	}
	return collected(c)
}

// unreadable says why a file can't be used, without a word of what is in it.
func unreadable(err error) string {
	var unpack *roster.UnpackError
	var limit *roster.LimitError
	if errors.As(err, &unpack) || errors.As(err, &limit) {
		return err.Error()
	}
	return "the file can't be read as CSV: look at the delimiter and the first lines"
}

func collected(c *roster.Collector) *Roster {
	result, err := c.Result()
	if err != nil {
		return &Roster{}
	}
	return &Roster{
		Rejected: result.Rejected, Notes: result.Notes, Attributes: result.Attributes,
		Complete: result.Subscribers > 0, // of nobody, nothing can be said
		People:   true, Subscribers: result.Subscribers, rows: c,
	}
}

func (w *World) union(s *crier.UnionSource, namespace string, depth int) *Roster {
	r := &Roster{Complete: true, People: true}
	for _, ref := range s.SubscriberSets {
		one := w.roster(Key{namespace, ref.Name}, depth+1)
		r.of = append(r.of, one)
		r.Attributes = append(r.Attributes, one.Attributes...)
		r.Complete, r.People = r.Complete && one.Complete, r.People && one.People
		r.Subscribers += one.Subscribers
	}
	return r
}

// each gives subscribers to yield, who may be there several times, until it
// says false. It says whether it went on to the end.
func (r *Roster) each(yield func(roster.Subscriber) bool) bool {
	for _, one := range r.of {
		if !one.each(yield) {
			return false
		}
	}
	if r.rows == nil {
		return true
	}
	rows, err := r.rows.Rows()
	if err != nil {
		return true
	}
	for {
		row, err := rows.Next()
		if err != nil {
			return true
		}
		person, err := row.Subscriber()
		if err == nil && !yield(person) {
			return false
		}
	}
}
