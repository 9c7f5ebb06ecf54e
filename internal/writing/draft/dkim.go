package draft

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/writing/dkim"
	"crier.dev/crier/internal/writing/message"
)

// Selectors are the DKIM keys of a Relay that sign for an author, given by
// address: all of one signing domain, in the order of the Relay. Without any,
// messages leave unsigned.
func Selectors(relay *crier.Relay, author string) []message.Selector {
	parsed, err := address.Parse(author)
	if err != nil {
		return nil
	}
	_, from := address.Split(parsed.Spelled)
	var domains []string
	for _, k := range relay.Spec.DKIM {
		domains = append(domains, k.Domain)
	}
	signing := dkim.SigningDomain(domains, from)
	var out []message.Selector
	for _, k := range relay.Spec.DKIM {
		if signing != "" && k.Domain == signing {
			out = append(out, message.Selector{Domain: k.Domain, Selector: k.Selector})
		}
	}
	return out
}
