// Package audience makes the recipients of a Broadcast out of sets of
// subscribers, as a stream: a million recipients are never held at once.
package audience

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"crier.dev/crier/internal/roster"
)

// Summary is what is known of an audience once it was read.
type Summary struct {
	// Recipients are unique.
	Recipients int64
	// Duplicates is how many subscribers stood in an earlier set already.
	Duplicates int64
	// Digest is "sha256:" and the hash of the recipients' keys.
	Digest string
}

// Audience is who a Broadcast goes to, in the order of their addresses' keys.
// Who stands in several sets gets one message, with the name and the
// attributes of the first set.
type Audience struct {
	union *roster.Merge
	sum   hash.Hash
	n     int64
}

// New unites sets, in their order of precedence.
func New(sets ...roster.Source) *Audience {
	return &Audience{union: roster.NewMerge(sets...), sum: sha256.New()}
}

// Next returns the next recipient, who is valid until the next call, or
// io.EOF.
func (a *Audience) Next() (roster.Row, error) {
	row, err := a.union.Next()
	if err == nil {
		a.sum.Write(row.Key)
		a.sum.Write(lineFeed)
		a.n++
	}
	return row, err
}

var lineFeed = []byte{'\n'}

// Summary is about what was read so far; about the whole audience once Next
// has returned io.EOF.
func (a *Audience) Summary() Summary {
	return Summary{
		Recipients: a.n, Duplicates: a.union.Duplicates(),
		Digest: "sha256:" + hex.EncodeToString(a.sum.Sum(nil)),
	}
}
