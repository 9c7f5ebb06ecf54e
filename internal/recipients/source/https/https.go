// Package https is the source that fetches a file over HTTPS: CSV or JSON
// lines, wholly or not at all, and only when it changed.
package https

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
)

const (
	// name is what rejected rows call the file.
	name = "https"

	defaultTimeout  = 5 * time.Minute
	defaultMaxBytes = 512 << 20
)

type https struct{ spec crier.HTTPSSource }

// New makes a source of a spec.
func New(spec crier.HTTPSSource) source.Source { return https{spec} }

// Remote implements source.Source.
func (https) Remote() bool { return true }

// Attributes implements source.Source.
func (s https) Attributes() (names []string, all bool) { return csv.Attributes(s.spec.Columns) }

// Uses implements source.Source.
func (s https) Uses() []source.Object {
	if s.spec.SecretRef == nil {
		return nil
	}
	return []source.Object{{Kind: "Secret", Name: s.spec.SecretRef.Name}}
}

func (s https) timeout() time.Duration {
	if s.spec.Timeout == nil {
		return defaultTimeout
	}
	return s.spec.Timeout.Duration
}

func (s https) maxBytes() int64 {
	if s.spec.MaxBytes == nil {
		return defaultMaxBytes
	}
	return *s.spec.MaxBytes
}

// Read implements source.Source.
func (s https) Read(ctx context.Context, host source.Host, last source.Mark, sink source.Sink) (source.Mark, error) {
	to, err := url.Parse(s.spec.URL)
	if err != nil || to.Scheme != "https" || to.Host == "" || to.User != nil {
		return "", source.Say(source.Invalid, "url is not the address of a file: it must be https://, a host, and a path, without a user name.")
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	asked := s.parse(last)
	answer, err := s.fetch(limited, host, to, asked)
	if err != nil {
		return "", s.explain(ctx, limited, to, err)
	}
	defer answer.Body.Close()
	if problem := s.refused(to, answer, asked != (validators{})); problem != nil {
		problem.RetryAfter = retryAfter(answer, host.Now())
		return "", problem
	}
	if answer.StatusCode == http.StatusNotModified {
		return last, source.ErrUnchanged
	}
	if err := s.take(answer, to, sink); err != nil {
		return "", s.explain(ctx, limited, to, err)
	}
	return s.mark(answer), nil
}

// take gives the body of an answer to sink.
func (s https) take(answer *http.Response, to *url.URL, sink source.Sink) error {
	file, err := s.open(answer, to)
	if err != nil {
		return err
	}
	format := s.spec.Format
	if format == "" {
		if format, err = guess(answer, file.rows); err != nil {
			return file.explain(err)
		}
	}
	mapping := csv.Mapping(s.spec.Columns)
	options := roster.CSVOptions{Delimiter: csv.Delimiter(s.spec.Delimiter), Confidential: true}
	if format == crier.FormatJSONLines {
		err = sink.JSONLines(name, file.rows, mapping, options)
	} else {
		err = sink.CSV(name, file.rows, mapping, options)
	}
	var unusable *roster.FileError
	if err == nil || errors.As(err, &unusable) {
		// What the reader of rows left is read as well: only its end says that
		// the file was whole.
		if cut := file.drain(); cut != nil {
			err = cut
		}
	}
	return file.explain(err)
}

// explain makes a problem of what is none yet. The end of the caller's time is
// his.
func (s https) explain(ctx, limited context.Context, to *url.URL, err error) error {
	var problem *source.Problem
	var limit *roster.LimitError
	switch {
	case errors.As(err, &problem):
		return problem
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &limit):
		return limit
	case limited.Err() != nil:
		return source.Say(source.Unavailable, "%s took longer than the timeout of %s; raise timeout, or make the file smaller.", to.Host, s.timeout())
	}
	return err
}
