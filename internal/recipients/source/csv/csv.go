// Package csv is the source that reads CSV files out of ConfigMaps and
// Secrets of the set's namespace.
package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

const (
	// maxFile and maxSource bound one file and all files of a set, unpacked,
	// in octets: a ConfigMap of 1 MiB can unpack to a thousand times that.
	maxFile   = 64 << 20
	maxSource = 512 << 20
)

type csv struct{ spec crier.CSVSource }

// New makes a source of a spec.
func New(spec crier.CSVSource) source.Source { return csv{spec} }

// Remote implements source.Source.
func (csv) Remote() bool { return false }

// Attributes implements source.Source.
func (s csv) Attributes() (names []string, all bool) { return Attributes(s.spec.Columns) }

// Attributes are those that columns are mapped to, and all that there can be;
// which there are isn't known if none are mapped.
func Attributes(columns crier.CSVColumns) (names []string, all bool) {
	return slices.Collect(maps.Keys(columns.Attributes)), columns.Attributes != nil
}

// Uses implements source.Source.
func (s csv) Uses() []source.Object {
	var out []source.Object
	for _, from := range s.spec.From {
		if kind, keys := Object(from); keys != nil {
			out = append(out, source.Object{Kind: kind, Name: keys.Name})
		}
	}
	return out
}

// Object is the kind of object that is read, ConfigMap or Secret, and which of
// its keys; nil if none is named.
func Object(from crier.CSVObject) (kind string, keys *crier.CSVKeys) {
	if from.Secret != nil {
		return "Secret", from.Secret
	}
	return "ConfigMap", from.ConfigMap
}

// Mapping is what the columns of a spec mean to a roster.
func Mapping(columns crier.CSVColumns) roster.Mapping {
	return roster.Mapping{Email: columns.Email, Name: columns.Name, Attributes: columns.Attributes}
}

// Delimiter is the first character of that field of a spec; 0 if it is empty.
func Delimiter(field string) rune {
	if field == "" {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(field)
	return r
}

// Read implements source.Source.
func (s csv) Read(ctx context.Context, host source.Host, _ source.Mark, sink source.Sink) (source.Mark, error) {
	left := int64(maxSource)
	for _, from := range s.spec.From {
		files, err := open(ctx, host, from)
		if err != nil {
			return "", err
		}
		for _, f := range files {
			data := &counted{in: roster.Open(f.Name, f.Data, maxFile)}
			err := sink.CSV(f.Name, data, Mapping(s.spec.Columns),
				roster.CSVOptions{Delimiter: Delimiter(s.spec.Delimiter), Confidential: f.Confidential})
			if left -= data.n; left < 0 {
				return "", source.Say(source.TooLarge,
					"The files of this set have more than %d MiB unpacked: split it into several sets.", maxSource>>20)
			}
			if err := explain(f.Name, err); err != nil {
				return "", err
			}
		}
	}
	return "", nil
}

// explain makes a problem of an error of a roster.
func explain(name string, err error) error {
	var limit *roster.LimitError
	var unpack *roster.UnpackError
	var file *roster.FileError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &file):
		return source.Say(source.Unreadable, "%s If it is no list of people, name those that are in keys.", file)
	case errors.As(err, &unpack):
		return source.Say(source.Unreadable, "%s.", unpack)
	case errors.As(err, &limit):
		return err // whoever keeps the roster knows what to say
	}
	return source.Say(source.Unreadable, "%s can't be read as CSV: look at the delimiter and the first lines.", name)
}

// File is one CSV file of an object.
type File struct {
	// Name is kind, object and key with slashes between.
	Name string
	// Data as it is kept: it may be compressed.
	Data []byte
	// Confidential files come out of a Secret.
	Confidential bool
}

// Pick are the files that are read of an object with that data: those of the
// keys that are named, in their order, else all, in the order of their names.
// There is at least one: an object that was emptied says nothing about whom it
// is about. An error is a *source.Problem.
func Pick(from crier.CSVObject, data map[string][]byte) ([]File, error) {
	kind, keys := Object(from)
	names := keys.Keys
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(data))
	}
	if len(names) == 0 {
		return nil, source.Say(source.Missing, "%s %s has no keys, and so no file.", kind, keys.Name)
	}
	var files []File
	for _, key := range names {
		content, ok := data[key]
		if !ok {
			return nil, source.Say(source.Missing, "%s %s has no key %s.", kind, keys.Name, key)
		}
		files = append(files, File{fmt.Sprintf("%s/%s/%s", kind, keys.Name, key), content, kind == "Secret"})
	}
	return files, nil
}

// open reads the files of one object.
func open(ctx context.Context, host source.Host, from crier.CSVObject) ([]File, error) {
	kind, keys := Object(from)
	if keys == nil {
		return nil, errors.New("a CSV source names neither ConfigMap nor Secret")
	}
	var data map[string][]byte
	var err error
	if kind == "Secret" {
		data, _, err = host.Secret(ctx, keys.Name, crier.UseRoster)
	} else {
		data, _, err = host.ConfigMap(ctx, keys.Name)
	}
	if err != nil {
		return nil, err
	}
	return Pick(from, data)
}

// counted counts the octets that are read.
type counted struct {
	in io.Reader
	n  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
