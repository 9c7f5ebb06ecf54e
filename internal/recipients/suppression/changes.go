package suppression

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"crier.dev/crier/internal/recipients/roster"
)

// Bounds of what is remembered of changes. Beyond them all recipients are read,
// which costs more and is always right.
const (
	// MaxChanged is how many keys a step, and all steps between two readings, may
	// have.
	MaxChanged = 5000
	// maxSteps and stepAge are how much is remembered: several looks at five
	// changes a second, of a record that is looked at seldom one.
	maxSteps = 600
	stepAge  = 10 * time.Minute
	// maxChanges is how many changes all steps together may have, maxPacked how
	// large they may be packed, in octets.
	maxChanges = 2 * MaxChanged
	maxPacked  = 500_000
	// maxUnpackedChanges bounds them when they are read, in octets.
	maxUnpackedChanges = 8 << 20
)

// ErrTooManyChanges says that a difference has more than MaxChanged keys.
var ErrTooManyChanges = errors.New("too many addresses changed at once")

// Change is what became of one key between two readings of a Suppression.
type Change struct {
	Key string `json:"k"`
	// Had says that there was a row before.
	Had bool `json:"h,omitempty"`
	// Row are the reasons of the row there is now, with their ends as they are
	// stored; empty for none.
	Row map[string]string `json:"r,omitempty"`
}

// Step is the difference between two rosters of a Suppression, which are named
// by their digests: so it is true whoever wrote it, and whenever.
type Step struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Parts are those that the roster To is stored in.
	Parts   int32     `json:"parts"`
	At      time.Time `json:"at"`
	Changes []Change  `json:"changes"`
}

// Changes are the last steps of a Suppression, in the order in which they were
// written.
type Changes struct {
	Steps []Step `json:"steps"`
}

// Differ finds the keys whose rows differ, in order. Both sources are read to
// their ends, so that what they say may be relied on. It returns
// ErrTooManyChanges beyond MaxChanged.
func Differ(before, after roster.Rows) ([]Change, error) {
	old, new := cursor{source: before}, cursor{source: after}
	if err := errors.Join(old.next(), new.next()); err != nil {
		return nil, err
	}
	var out []Change
	for !old.ended || !new.ended {
		order := bytes.Compare(old.row.Key, new.row.Key)
		switch {
		case old.ended:
			order = 1
		case new.ended:
			order = -1
		}
		if order != 0 || !bytes.Equal(old.row.Line, new.row.Line) {
			if len(out) == MaxChanged {
				return nil, ErrTooManyChanges
			}
			change, err := changeOf(order, old.row, new.row)
			if err != nil {
				return nil, err
			}
			out = append(out, change)
		}
		if order <= 0 {
			if err := old.next(); err != nil {
				return nil, err
			}
		}
		if order >= 0 {
			if err := new.next(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// changeOf is a row that is gone (-1), another one (0), or new (1).
func changeOf(order int, old, new roster.Row) (Change, error) {
	if order < 0 {
		return Change{Key: string(old.Key), Had: true}, nil
	}
	row, err := new.Subscriber()
	return Change{Key: string(new.Key), Had: order == 0, Row: row.Attributes}, err
}

// Add remembers a step, and forgets what is too old or too much.
func (c *Changes) Add(step Step) {
	c.Steps = append(c.Steps, step)
	sum, first := 0, len(c.Steps)
	for first > 0 {
		s := &c.Steps[first-1]
		if sum += len(s.Changes); sum > maxChanges || len(c.Steps)-first == maxSteps || step.At.Sub(s.At) > stepAge {
			break
		}
		first--
	}
	c.Steps = c.Steps[first:]
}

// Between says what changed from one roster to another, by key. It is false if
// that isn't known, or is too much. It goes back from the newest step that leads
// to the end, so that what a manager wrote that was overtaken or killed is passed over.
func (c *Changes) Between(from, to string) (map[string]Change, bool) {
	changed := map[string]Change{}
	for i := len(c.Steps) - 1; from != to; i-- {
		if i < 0 {
			return nil, false
		}
		step := &c.Steps[i]
		if step.To != to {
			continue
		}
		for _, change := range step.Changes {
			if later, there := changed[change.Key]; there {
				change.Row = later.Row // as it ended, and as it began
			}
			changed[change.Key] = change
		}
		if len(changed) > MaxChanged {
			return nil, false
		}
		to = step.From
	}
	return changed, true
}

// Last is the roster that the newest step leads to; nil if there is no step.
func (c *Changes) Last() *Step {
	if len(c.Steps) == 0 {
		return nil
	}
	return &c.Steps[len(c.Steps)-1]
}

// Encode writes changes for a Secret, and forgets the oldest until they fit.
func (c *Changes) Encode() ([]byte, error) {
	for {
		var packed bytes.Buffer
		zip := gzip.NewWriter(&packed)
		err := errors.Join(json.NewEncoder(zip).Encode(c), zip.Close())
		if err != nil || packed.Len() <= maxPacked {
			return packed.Bytes(), err
		}
		c.Steps = c.Steps[(len(c.Steps)+1)/2:]
	}
}

// DecodeChanges reads what Encode wrote. Errors don't quote it.
func DecodeChanges(data []byte) (*Changes, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("changes: %w", err)
	}
	c := &Changes{}
	if json.NewDecoder(io.LimitReader(zip, maxUnpackedChanges)).Decode(c) != nil {
		return nil, errors.New("changes can't be read")
	}
	return c, nil
}
