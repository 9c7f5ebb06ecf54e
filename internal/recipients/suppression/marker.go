package suppression

import "errors"

// Marker makes Marks of the recipients of a record.
type Marker struct {
	// Version of the suppressions.
	Version string
	// Lists are the matchers of each list of the message, over what applies to
	// it. Somebody is suppressed if the list is suppressed for him that he is
	// reached by; not if another one is.
	Lists []*Matcher

	shards map[int32]Marked
}

// Mark takes the recipient at an index of a shard that has so many, and the
// place of the list that he is reached by. Keys must come in ascending order.
func (k *Marker) Mark(shard int32, index, of, list int, key []byte) error {
	if list < 0 || list >= len(k.Lists) {
		return errors.New("a recipient is of a list that the record doesn't name")
	}
	reason, suppressed, err := k.Lists[list].Match(key)
	if err != nil || !suppressed {
		return err
	}
	if k.shards == nil {
		k.shards = map[int32]Marked{}
	}
	if k.shards[shard] == nil {
		k.shards[shard] = make(Marked, of)
	}
	k.shards[shard][index] = Number(reason, true)
	return nil
}

// Marks ends the marking. See Matcher.Finish.
func (k *Marker) Marks() (*Marks, error) {
	var err error
	for _, list := range k.Lists {
		err = errors.Join(err, list.Finish())
	}
	return &Marks{Version: k.Version, Shards: k.shards}, err
}
