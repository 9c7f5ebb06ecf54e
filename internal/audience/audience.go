// Package audience makes the recipients of a Broadcast out of sets of
// subscribers.
package audience

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sort"

	"crier.dev/crier/internal/address"
	"crier.dev/crier/internal/roster"
)

// Audience is who a Broadcast goes to.
type Audience struct {
	// Recipients are unique, in the order of their addresses' keys.
	Recipients []roster.Subscriber
	// Duplicates is how many subscribers stood in an earlier set already.
	Duplicates int64
	// Digest is "sha256:" and the hash of the recipients' keys.
	Digest string
}

type member struct {
	key        string
	subscriber roster.Subscriber
}

// Union makes one audience out of several sets. Who stands in several gets
// one message, with the name and the attributes of the first set.
func Union(sets ...[]roster.Subscriber) Audience {
	var members []member
	var duplicates int64
	seen := map[string]struct{}{}
	for _, set := range sets {
		for _, subscriber := range set {
			key := keyOf(subscriber.Email)
			if _, twice := seen[key]; twice {
				duplicates++
				continue
			}
			seen[key] = struct{}{}
			members = append(members, member{key, subscriber})
		}
	}
	sort.Slice(members, func(i, j int) bool { return members[i].key < members[j].key })
	return collect(members, duplicates)
}

func collect(members []member, duplicates int64) Audience {
	sum := sha256.New()
	recipients := make([]roster.Subscriber, len(members))
	for i, m := range members {
		recipients[i] = m.subscriber
		_, _ = io.WriteString(sum, m.key+"\n")
	}
	return Audience{
		Recipients: recipients,
		Duplicates: duplicates,
		Digest:     "sha256:" + hex.EncodeToString(sum.Sum(nil)),
	}
}

// keyOf is what makes two addresses the same. Rosters hold valid addresses
// only; one that is not stands for itself.
func keyOf(email string) string {
	parsed, err := address.Parse(email)
	if err != nil {
		return email
	}
	return parsed.Key
}
