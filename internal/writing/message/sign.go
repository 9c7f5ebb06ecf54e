package message

import (
	"fmt"

	"crier.dev/crier/internal/writing/dkim"
)

// KeyMissing says that a message was frozen with a DKIM key that isn't there
// any more. Nothing is sent unsigned instead.
type KeyMissing struct{ Domain, Selector string }

func (e *KeyMissing) Error() string {
	return fmt.Sprintf("the message is to be signed with the DKIM key of domain %s and selector %s, which the Relay has no longer",
		e.Domain, e.Selector)
}

// signing is what to sign with: signer is nil for nothing, err says why
// nothing may be composed.
type signing struct {
	signer *dkim.Signer
	err    error
}

// UseKeys gives what to sign with; it takes the keys that the message was
// frozen with, and may be called again at any time, also while others compose.
// If one of them isn't there, the error is a *KeyMissing, and until UseKeys is
// called with it Compose and ComposeTo return that error too. A message
// that was frozen without keys needs none, and is never signed.
func (c *Composer) UseKeys(keys []dkim.Key) error {
	var chosen []dkim.Key
	for _, want := range c.frozen.DKIM {
		found := false
		for _, k := range keys {
			if k.Domain == want.Domain && k.Selector == want.Selector {
				chosen, found = append(chosen, k), true
				break
			}
		}
		if !found {
			err := &KeyMissing{want.Domain, want.Selector}
			c.signing.Store(&signing{err: err})
			return err
		}
	}
	if len(chosen) > 0 {
		c.signing.Store(&signing{signer: dkim.NewSigner(chosen)})
	}
	return nil
}

// useSelectors makes sure that nothing goes unsigned before UseKeys.
func (c *Composer) useSelectors() error {
	s := &signing{}
	for i, want := range c.frozen.DKIM {
		if want.Domain == "" || want.Selector == "" {
			return fmt.Errorf("DKIM key %d has no domain or no selector", i+1)
		}
		if s.err == nil {
			s.err = &KeyMissing{want.Domain, want.Selector}
		}
	}
	c.signing.Store(s)
	return nil
}

func (c *Composer) signer() (*dkim.Signer, error) {
	s := c.signing.Load()
	return s.signer, s.err
}

// SignatureSize is more than the signatures add to each message, in octets: a
// Draft has none.
func (c *Composer) SignatureSize() int {
	size := 0
	for _, k := range c.frozen.DKIM {
		size += dkim.MaxSize(k.Domain, k.Selector)
	}
	return size
}
