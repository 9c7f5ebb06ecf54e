package suppression

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/csvfiles"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
	"crier.dev/crier/internal/suppression"
)

const (
	// maxFile and maxSource bound one file and all files, unpacked, in octets:
	// a ConfigMap of 1 MiB can unpack to a thousand times that.
	maxFile   = 64 << 20
	maxSource = 512 << 20
	// maxAddresses of one Suppression.
	maxAddresses = 2_000_000
)

func tooMany() *kstatus.Verdict {
	v := kstatus.IsStalled(crier.ReasonSourceTooLarge,
		"There are more addresses than one Suppression may have (2,000,000), or more than %d MiB of files unpacked: split it into several.", maxSource>>20)
	return &v
}

func (s *scope) readCSV(ctx context.Context, c *roster.Collector, source *crier.CSVSource) (*kstatus.Verdict, error) {
	left := int64(maxSource)
	for _, from := range source.From {
		files, verdict, err := csvfiles.Open(ctx, s.Reader, s.object.Namespace, from, crier.UseSuppression)
		if verdict != nil || err != nil {
			return verdict, err
		}
		for _, f := range files {
			data := &counted{in: roster.Open(f.Name, f.Data, maxFile)}
			if verdict, err = s.addFile(c, source, f, data); verdict != nil || err != nil {
				return verdict, err
			}
			if left -= data.n; left < 0 {
				return tooMany(), nil
			}
		}
	}
	return nil, nil
}

// addFile takes in one file. Bad rows never stop good ones; but a file of which
// no row can be used is no list of addresses, and those whom it should suppress
// must not be written to in the meantime.
func (s *scope) addFile(c *roster.Collector, source *crier.CSVSource, f csvfiles.File, data io.Reader) (*kstatus.Verdict, error) {
	before, err := c.Result()
	if err != nil {
		return nil, errSort
	}
	taken := s.taken
	options := roster.CSVOptions{Confidential: f.Confidential}
	if source.Delimiter != "" {
		options.Delimiter, _ = utf8.DecodeRuneInString(source.Delimiter)
	}
	err = c.AddCSV(f.Name, data, mapping(source.Columns), options)
	var limit *roster.LimitError
	var unpack *roster.UnpackError
	switch {
	case errors.As(err, &unpack):
		v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "%s.", unpack)
		return &v, nil
	case errors.As(err, &limit):
		return tooMany(), nil
	case err != nil:
		v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "%s can't be read as CSV: look at the delimiter and the first lines.", f.Name)
		return &v, nil
	}
	after, err := c.Result()
	if err != nil {
		return nil, errSort
	}
	if after.RejectedTotal > before.RejectedTotal && s.taken == taken {
		v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "No row of %s can be used. %s", f.Name, firstReason(after, before))
		return &v, nil
	}
	return nil, nil
}

// firstReason is why the first of the rows was rejected that were since.
func firstReason(after, before roster.Result) string {
	if n := len(before.Rejected); n < len(after.Rejected) {
		return after.Rejected[n].Reason
	}
	return "Look at its first lines."
}

// mapping says which column is what; others are ignored.
func mapping(columns crier.CSVColumns) roster.Mapping {
	m := roster.Mapping{Email: columns.Email, Attributes: map[string]string{}}
	if columns.Email == "" || strings.EqualFold(columns.Email, "email") {
		m.OrEmail = "address"
	}
	for _, name := range []string{suppression.AttributeReason, suppression.AttributeSince, suppression.AttributeExpires} {
		m.Attributes[name] = cmp.Or(columns.Attributes[name], name)
	}
	return m
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
