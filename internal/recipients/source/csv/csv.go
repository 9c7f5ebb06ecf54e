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
	// maxFile and maxSource bound one file and all files of an object that is
	// read from CSV, unpacked, in octets: a ConfigMap of 1 MiB can unpack to a
	// thousand times that.
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
		if kind, keys := from.Object(); keys != nil {
			out = append(out, source.Object{Kind: kind, Name: keys.Name})
		}
	}
	return out
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
	return "", Each(ctx, host, s.spec, crier.UseRoster, func(name string, data io.Reader, o roster.CSVOptions) error {
		return sink.CSV(name, data, Mapping(s.spec.Columns), o)
	})
}

// Each opens the files of a source one after the other, Secrets only with the
// label crier.dev/use of that value, and gives each to take. It is the way of
// every CSV file of the cluster. Errors are *source.Problem, those of from, or
// *roster.LimitError: whoever keeps the rows knows what to say then.
func Each(ctx context.Context, from source.Files, spec crier.CSVSource, use string, take func(name string, data io.Reader, o roster.CSVOptions) error) error {
	left := int64(maxSource)
	for _, object := range spec.From {
		files, err := open(ctx, from, object, use)
		if err != nil {
			return err
		}
		for _, f := range files {
			data := &counted{in: roster.Open(f.name, f.data, maxFile)}
			err := take(f.name, data, roster.CSVOptions{Delimiter: Delimiter(spec.Delimiter), Confidential: f.confidential})
			if left -= data.n; left < 0 {
				return source.Say(source.TooLarge, "The files have more than %d MiB unpacked: split it into several objects.", maxSource>>20)
			}
			if err := explain(f.name, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain makes a problem of an error of a roster.
func explain(name string, err error) error {
	var limit *roster.LimitError
	var unpack *roster.UnpackError
	var file *roster.FileError
	var p *source.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limit):
		return err
	case errors.As(err, &file):
		p = source.Say(source.Unreadable, "%s If it is not a list of people, name the files that are in keys.", file)
		p.File = roster.Rejected{Line: file.Line, Reason: file.Reason}
	case errors.As(err, &unpack):
		p = source.Say(source.Unreadable, "%s.", unpack)
		p.File.Reason = unpack.Error()
	default: // the error could quote a row
		p = source.Say(source.Unreadable, "%s can't be read as CSV: check the delimiter and the first lines.", name)
		p.File.Reason = "This can't be read as CSV: check the delimiter and the first lines."
	}
	p.File.Source = name
	return p
}

// file is one CSV file of an object.
type file struct {
	name         string // kind, object and key with slashes between
	data         []byte // as it is kept: it may be compressed
	confidential bool   // it comes out of a Secret
}

// open reads the files of one object: those of the keys that are named, in their
// order, else all, in the order of their names. There is at least one: an object
// that was emptied says nothing about whom it is about.
func open(ctx context.Context, from source.Files, object crier.CSVObject, use string) ([]file, error) {
	kind, keys := object.Object()
	if keys == nil {
		return nil, errors.New("a CSV source names neither ConfigMap nor Secret")
	}
	data, err := source.Open(ctx, from, kind, keys.Name, use)
	if err != nil {
		return nil, err
	}
	names := keys.Keys
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(data))
	}
	if len(names) == 0 {
		return nil, source.Say(source.Missing, "%s %s has no keys, so there is no file.", kind, keys.Name)
	}
	var files []file
	for _, key := range names {
		content, ok := data[key]
		if !ok {
			return nil, source.Say(source.Missing, "%s %s has no key %s.", kind, keys.Name, key)
		}
		files = append(files, file{fmt.Sprintf("%s/%s/%s", kind, keys.Name, key), content, kind == "Secret"})
	}
	return files, nil
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
