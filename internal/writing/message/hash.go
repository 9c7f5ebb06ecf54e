package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// HashVersion is the version of the projection that new hashes are made with.
// Hashes of another version say nothing about each other.
const HashVersion = "v1"

// Hash is a digest of what recipients get, whatever it came from: templates,
// files, facts of lists. It is a version, a colon and the SHA-256 of the frozen
// message in canonical JSON (members sorted, empty ones left out). The same
// words make the same hash in every process and at every time.
//
// All fields count, also those that are added later, but for these: what is of
// one run and not of its words (Key, Generation), and what says how a message
// travels, which those who run the Relay may change at any time (the envelope
// sender and DKIM keys). An event must not be stamped with the time or the run
// before it is hashed.
func Hash(f Frozen) (string, error) {
	f.Version, f.Hash, f.Key, f.Generation = 0, "", nil, 0
	f.BounceDomain, f.BounceTag, f.BounceMode, f.DKIM = "", "", "", nil
	f.Attachments = slices.Clone(f.Attachments)
	for i := range f.Attachments {
		sum := sha256.Sum256(f.Attachments[i].Data)
		f.Attachments[i].Data, f.Attachments[i].Detached = sum[:], false
	}
	text, err := canonical(f)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return HashVersion + ":" + hex.EncodeToString(sum[:]), nil
}

// canonical is v as JSON that doesn't depend on the order of fields in a type.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return json.Marshal(full(tree)) // maps are written in the order of their keys
}

// full leaves out what is empty, so that a field that is added to a type changes
// no hash of a message that doesn't use it.
func full(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for name, member := range v {
			if member = full(member); empty(member) {
				delete(v, name)
			} else {
				v[name] = member
			}
		}
	case []any:
		for i := range v {
			v[i] = full(v[i])
		}
	}
	return tree
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
