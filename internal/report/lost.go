package report

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// LostPart is a shard whose recipients' addresses were deleted.
type LostPart struct {
	Shard int32 // index, from 0
	// First and Last are the places of its recipients among all, from 1, in the
	// order of their addresses; 0 if they aren't known.
	First, Last int64
	Totals      crier.DeliveryTotals
}

// maxLostParts is the most parts that a report names.
const maxLostParts = 20

// lostParts are those that a report was told of.
type lostParts struct {
	parts  []LostPart
	more   int64 // beyond maxLostParts
	last   int32
	totals crier.DeliveryTotals
	rows   int64
}

func (l *lostParts) add(part LostPart) {
	l.rows++
	if l.rows > 1 && l.last == part.Shard {
		return
	}
	l.last = part.Shard
	l.totals.Intended += part.Totals.Intended
	l.totals.Pending += part.Totals.Pending
	if len(l.parts) < maxLostParts {
		l.parts = append(l.parts, part)
	} else {
		l.more++
	}
}

// note says how many addresses are gone, and whose; "" if none is.
func (l *lostParts) note() string {
	if len(l.parts) == 0 {
		return ""
	}
	var places []string
	for _, p := range l.parts {
		place := fmt.Sprintf("shard %d", p.Shard)
		if p.Last > 0 {
			place = fmt.Sprintf("%s to %s (shard %d)", words.Number(p.First), words.Number(p.Last), p.Shard)
		}
		places = append(places, place)
	}
	if l.more > 0 {
		places = append(places, words.Count(l.more, "more shard"))
	}
	n := l.totals.Intended
	said := "The addresses of " + words.Count(n, "recipient") + " were deleted in the cluster, so nobody can say who they are: in the order of addresses, " +
		strings.Join(places, ", ") + ". What became of them is in the figures, but not in the CSV."
	if p := l.totals.Pending; p > 0 {
		said += " " + words.Number(p) + " of them " + words.Verb(p, "was") + " never tried, and can't be sent to anymore."
	}
	return said
}
