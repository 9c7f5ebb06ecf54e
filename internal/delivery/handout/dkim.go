package handout

import (
	"fmt"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/writing/dkim"
)

// DKIMKey is a private key that signs messages.
type DKIMKey struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	// PEM is the private key.
	PEM []byte `json:"pem"`
}

// SigningKeys reads the DKIM keys. An error names a key and never shows it.
func (c Relay) SigningKeys() ([]dkim.Key, error) {
	keys := make([]dkim.Key, 0, len(c.DKIM))
	for _, k := range c.DKIM {
		key, err := dkim.ParseKey(k.Domain, k.Selector, k.PEM)
		if err != nil {
			return nil, fmt.Errorf("DKIM key of domain %s and selector %s: %w", k.Domain, k.Selector, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// KeysFor are the keys that may sign for an author, given by address: a
// sender gets no others.
func (c Relay) KeysFor(author string) []DKIMKey {
	parsed, err := address.Parse(author)
	if err != nil {
		return nil
	}
	_, domain := address.Split(parsed.Spelled)
	var keys []DKIMKey
	for _, k := range c.DKIM {
		if dkim.Aligned(k.Domain, domain) {
			keys = append(keys, k)
		}
	}
	return keys
}
