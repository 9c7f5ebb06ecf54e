package relay

import "crier.dev/crier/internal/delivery/handout"

// weakness warns of keys that work but are held against messages by some.
func weakness(c handout.Relay) string {
	keys, err := c.SigningKeys()
	if err != nil {
		return "" // then the Relay isn't ready anyway
	}
	for _, k := range keys {
		if why := k.Weakness(); why != "" {
			return " Warning: of the DKIM key of domain " + k.Domain + " and selector " + k.Selector + ", " + why + "."
		}
	}
	return ""
}
