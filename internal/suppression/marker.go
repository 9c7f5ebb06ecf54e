package suppression

import (
	"errors"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
)

// Marker makes Marks of the recipients of a record.
type Marker struct {
	// Version of the suppressions.
	Version string
	// Wide is over the suppressions of everything but a single list.
	Wide *Matcher
	// Lists are over those of each list alone.
	Lists []*Matcher
	// Before is how many of the lists recipients had left when they were
	// written down. Without it nobody had.
	Before map[int32]Counts
	// AsPlanned says that these are the suppressions that the recipients were
	// chosen with: then Before is made anew.
	AsPlanned bool

	marks *Marks
}

// Mark takes the recipient at an index of a shard that has so many. Their keys
// must come in ascending order.
func (k *Marker) Mark(shard int32, index, of int, key []byte) error {
	if k.marks == nil {
		k.marks = &Marks{Version: k.Version, Shards: map[int32]Marked{}, Before: k.Before}
		if k.AsPlanned || k.marks.Before == nil {
			k.marks.Before = map[int32]Counts{}
		}
	}
	reason, suppressed, err := k.Wide.Match(key)
	if err != nil {
		return err
	}
	left, first, err := k.left(key)
	if err != nil {
		return err
	}
	if !suppressed && left > 0 {
		reason, suppressed = first, left == len(k.Lists) || left > k.before(shard, index, of, left)
	}
	if suppressed {
		if k.marks.Shards[shard] == nil {
			k.marks.Shards[shard] = make(Marked, of)
		}
		k.marks.Shards[shard][index] = byte(slices.Index(Reasons, reason) + 1)
	}
	return nil
}

// left is how many lists somebody has left, and the first of the reasons.
func (k *Marker) left(key []byte) (n int, first crier.SuppressionReason, err error) {
	best := len(Reasons)
	for _, list := range k.Lists {
		reason, suppressed, err := list.Match(key)
		if err != nil {
			return 0, "", err
		}
		if suppressed {
			n++
			best = min(best, slices.Index(Reasons, reason))
		}
	}
	if n > 0 {
		first = Reasons[best]
	}
	return n, first, nil
}

// before is how many lists the recipient had left when he was written down.
func (k *Marker) before(shard int32, index, of, left int) int {
	counts := k.marks.Before[shard]
	if k.AsPlanned {
		if counts == nil {
			counts = make(Counts, of)
			k.marks.Before[shard] = counts
		}
		counts[index] = byte(min(left, len(counting)-1))
		return left
	}
	if index >= len(counts) {
		return 0
	}
	return int(counts[index])
}

// Marks ends the marking. See Matcher.Finish.
func (k *Marker) Marks() (*Marks, error) {
	err := k.Wide.Finish()
	for _, list := range k.Lists {
		err = errors.Join(err, list.Finish())
	}
	if k.marks == nil {
		k.marks = &Marks{Version: k.Version, Before: k.Before}
	}
	return k.marks, err
}
