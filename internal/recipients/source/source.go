// Package source reads subscribers from where people keep them. A kind of
// source is a package below this one and a line in package kinds; nothing else
// knows of it.
package source

import (
	"context"
	"errors"
	"io"
	"time"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/smtp/dialguard"
)

// Source is one declared source. Implementations hold settings only; one that
// was made may be used again.
type Source interface {
	// Read gives everybody to sink, or says that nothing has changed since
	// last. It must never give a part as if it were the whole: whatever ends
	// early is an error. Every error that a person or time can mend is a
	// *Problem; it holds no secret and no subscriber. Read honours ctx.
	Read(ctx context.Context, from Host, last Mark, sink Sink) (Mark, error)
	// Uses names the objects of the set's namespace that are read, so that
	// the controller can follow them.
	Uses() []Object
	// Remote says that the source doesn't tell of its changes, and is read
	// again after an interval.
	Remote() bool
	// Attributes are those that subscribers may have as the settings say,
	// without reading anything; all says that there can be no others. Of a
	// source that uses other sets they are those of these.
	Attributes() (names []string, all bool)
}

// Mark is what a source said about its version when it was last read: an ETag,
// say. It is shown in a status, so it holds nothing secret. An empty Mark has
// everything read.
type Mark string

// Object is an object that a source uses.
type Object struct {
	// Kind is ConfigMap, Secret or SubscriberSet.
	Kind, Name string
}

// Files opens what the ConfigMaps and Secrets of one namespace hold.
type Files interface {
	// Secret gives the data of a Secret of the set's namespace that carries
	// the label crier.dev/use with that value, and a version that changes
	// whenever it does. Errors are *Problem or the API server's.
	Secret(ctx context.Context, name, use string) (data map[string][]byte, version string, err error)
	// ConfigMap gives the data of a ConfigMap likewise.
	ConfigMap(ctx context.Context, name string) (data map[string][]byte, version string, err error)
}

// Open gives what an object holds: a Secret that carries the label crier.dev/use
// with that value, or a ConfigMap. Errors are those of Files.
func Open(ctx context.Context, from Files, kind, name, use string) (data map[string][]byte, err error) {
	if kind == "Secret" {
		data, _, err = from.Secret(ctx, name, use)
	} else {
		data, _, err = from.ConfigMap(ctx, name)
	}
	return data, err
}

// Host is what a source may ask of its surroundings.
type Host interface {
	// Files are those of the set's namespace.
	Files
	// Roster gives the subscribers of another set of the namespace, and the
	// digest of its roster. A set that isn't ready is a *Problem.
	Roster(ctx context.Context, name string) (roster.Rows, string, error)
	// Guard says which addresses may be connected to.
	Guard() dialguard.Guard
	// Now is the time.
	Now() time.Time
}

// Sink takes what is read.
type Sink interface {
	// Subscriber takes one entry that is split into fields already. place is
	// its number or line, from 1. What is wrong with it is counted there. also
	// are further addresses of the same person: nothing is sent there, but
	// whoever leaves out the people of the set leaves them out as well.
	Subscriber(source string, place int, s roster.Subscriber, also ...string)
	// CSV and JSONLines take a whole file. Errors are those of roster.
	CSV(source string, data io.Reader, mapping roster.Mapping, options roster.CSVOptions) error
	JSONLines(source string, data io.Reader, mapping roster.Mapping, options roster.CSVOptions) error
	// Sorted takes a roster that is unique and in order already.
	Sorted(rows roster.Rows) error
	// ListAttributes are the attributes that are declared as lists: a source
	// with several values for one gives them with "; " between.
	ListAttributes() map[string]bool
}

// ErrUnchanged is what Read returns as its error, with the Mark to remember, when
// the source said that nothing has changed.
var ErrUnchanged = errors.New("nothing has changed")
