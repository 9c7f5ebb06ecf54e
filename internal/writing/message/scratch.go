package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/dkim"
)

// Scratch is the memory that ComposeTo uses over and over. The zero value is
// ready to use; one serves one goroutine, and any Composer.
type Scratch struct {
	content content.Buffers
	// text and html are bodies that plans made; then content has none.
	text, html planned

	data   []byte
	cuts   []cut
	rest   [][]byte
	dkim   dkim.Scratch
	signed []byte
	mac    hash.Hash
	macOf  *Composer
}

// keyed is the MAC under the key of a run, at its beginning.
func (s *Scratch) keyed(c *Composer) hash.Hash {
	if s.macOf != c {
		s.mac, s.macOf = hmac.New(sha256.New, c.frozen.Key), c
	}
	s.mac.Reset()
	return s.mac
}
