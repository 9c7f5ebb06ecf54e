package suppression

import (
	"slices"
	"sort"
)

// Index has the first key of every shard of a freeze. Recipients are cut into
// shards in the order of their keys, so it says in which one somebody is.
type Index struct {
	// Attempt, Digest and Recipients are those of the freeze that it belongs to.
	Attempt    string   `json:"attempt"`
	Digest     string   `json:"digest"`
	Recipients int64    `json:"recipients"`
	Keys       []string `json:"keys"`
}

// Fits says whether it is the index of a freeze of so many shards, and whether
// it can be one.
func (x *Index) Fits(attempt, digest string, recipients int64, shards int) bool {
	return x.Attempt == attempt && x.Digest == digest && x.Recipients == recipients && len(x.Keys) == shards &&
		slices.IsSorted(x.Keys)
}

// Shard is where somebody is, if he is a recipient; -1 if he can't be one.
func (x *Index) Shard(key string) int {
	return sort.Search(len(x.Keys), func(i int) bool { return x.Keys[i] > key }) - 1
}

// Holds says whether a shard with these first and last keys is where the index
// has it.
func (x *Index) Holds(shard int, first, last string) bool {
	return shard >= 0 && shard < len(x.Keys) && x.Keys[shard] == first && first <= last &&
		(shard+1 == len(x.Keys) || last < x.Keys[shard+1])
}
