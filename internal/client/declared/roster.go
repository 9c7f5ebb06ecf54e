package declared

import (
	"context"
	"fmt"
	"maps"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/collect"
	"crier.dev/crier/internal/recipients/source/kinds"
)

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
	// Unknown says why the subscribers aren't known, such as "Secret people
	// isn't known here"; "" if they are, or if there is a Problem.
	Unknown string
	// Problem is why Crier couldn't read the set either: nothing is sent to it
	// until that is mended.
	Problem *source.Problem

	name   string // of the set
	stored stored
}

// Open gives the subscribers who are known, in the order of their keys.
func (r *Roster) Open() roster.Rows { return r.stored.open() }

// Roster reads a set as far as that can be done without a cluster: inline
// subscribers, CSV files of ConfigMaps and Secrets that are declared too, and
// unions of such sets. It uses the code of the controller, with the types that
// the set declares.
func (w *World) Roster(key Key) *Roster {
	if r := w.rosters[key]; r != nil {
		return r
	}
	set, ok := w.Sets.Get(key)
	if !ok {
		return w.noRoster(key)
	}
	if w.rosters == nil {
		w.rosters = map[Key]*Roster{}
	}
	// Whoever comes back to this set while it is read finds a circle.
	w.rosters[key] = &Roster{Problem: source.Say(source.Invalid, "A union can't be made of itself: take SubscriberSet %s out of it.", key.Name)}
	r := w.read(key, set.Value)
	if status := set.Value.Status; status.Roster != nil { // of a cluster
		if !r.Complete {
			r.Attributes, r.Complete = slices.Clone(status.Attributes), true
		}
		w.compare(r, set.Value)
	}
	r.Attributes = slices.AppendSeq(r.Attributes, maps.Keys(set.Value.Spec.Attributes))
	slices.Sort(r.Attributes)
	r.Attributes = slices.Compact(r.Attributes)
	r.name = key.Name
	w.rosters[key] = r
	return r
}

func (w *World) noRoster(key Key) *Roster {
	if w.missing("SubscriberSet", key) {
		return &Roster{name: key.Name, Problem: source.Say(source.Missing, "There is no SubscriberSet %s.", key.Name)}
	}
	return &Roster{Unknown: fmt.Sprintf("SubscriberSet %s isn't known here", key.Name)}
}

// compare tells apart what the objects say now and what a cluster uses.
func (w *World) compare(r *Roster, set *crier.SubscriberSet) {
	if r.People && set.Status.Roster.Digest != r.stored.digest {
		r.People, r.stored = false, stored{}
		r.Unknown = fmt.Sprintf("SubscriberSet %s isn't in use as its source is now: it is held back, or about to be read", set.Name)
	}
}

func (w *World) read(key Key, set *crier.SubscriberSet) *Roster {
	from := kinds.New(set.Spec.Source)
	switch {
	case !kinds.Known(set.Spec.Source):
		// The release in the cluster may know it: nothing can be said here.
		return &Roster{Unknown: fmt.Sprintf("the source of SubscriberSet %s is of a kind that this release of crier doesn't know", key.Name)}
	case from.Remote():
		r := w.partly(key.Namespace, from)
		r.Unknown = fmt.Sprintf("the source of SubscriberSet %s can't be read here", key.Name)
		return r
	}
	sink := collect.New(set.Spec, roster.Limits{}, false, func() {})
	_, err := from.Read(context.Background(), host{w, key.Namespace}, "", sink)
	if sink.Full() { // whatever the file that was too much says
		err = collect.TooMany()
	}
	if err == nil {
		var r *Roster
		if r, err = collected(sink); err == nil {
			return r
		}
	}
	r := w.partly(key.Namespace, from)
	r.Problem, r.Unknown = why(err)
	return r
}

// partly is what can be said of a set whose subscribers aren't known: the
// attributes that its settings name, or those of the sets that it is made of.
func (w *World) partly(namespace string, from source.Source) *Roster {
	r := &Roster{}
	r.Attributes, r.Complete = from.Attributes()
	members := 0
	for _, object := range from.Uses() {
		if object.Kind != "SubscriberSet" {
			continue
		}
		one := w.Roster(Key{namespace, object.Name})
		r.Attributes = append(r.Attributes, one.Attributes...)
		r.Complete = one.Complete && (r.Complete || members == 0)
		members++
	}
	return r
}

// collected is what was read.
func collected(sink *collect.Sink) (*Roster, error) {
	result, err := sink.Outcome()
	if err != nil {
		return nil, err
	}
	out := &Roster{
		Rejected: result.Rejected, Notes: result.Notes, Attributes: result.Attributes,
		Complete: result.Subscribers > 0, // of nobody, nothing can be said
		People:   true, Subscribers: result.Subscribers,
	}
	rows, err := sink.Rows()
	if err != nil {
		return nil, err
	}
	out.stored, err = store(rows)
	return out, err
}
