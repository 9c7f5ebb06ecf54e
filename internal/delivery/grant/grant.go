// Package grant decides who may send as whom through a Relay. Nothing is
// granted by default, not even to the Relay's own namespace.
package grant

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/address"
)

// Allowed returns the grant that lets a namespace send with the author
// address from. Of several that fit, it is the one with the largest bound of
// recipients, and one without a bound before all others. Domains are compared
// as A-labels, without regard to case and without subdomains; addresses by
// their key. A selector that can't be read grants nothing.
func Allowed(relay *crier.Relay, namespace string, namespaceLabels map[string]string, from string) (crier.RelayGrant, bool) {
	author, err := address.Parse(from)
	if err != nil {
		return crier.RelayGrant{}, false
	}
	i := allowed(relay, namespace, namespaceLabels, author)
	if i < 0 {
		return crier.RelayGrant{}, false
	}
	return relay.Spec.Grants[i], true
}

// allowed is the index of the grant that Allowed returns; -1 for none.
func allowed(relay *crier.Relay, namespace string, namespaceLabels map[string]string, author address.Address) int {
	best := -1
	for i := range relay.Spec.Grants {
		g := &relay.Spec.Grants[i]
		if !includes(g, namespace, namespaceLabels) || !covers(g, author) {
			continue
		}
		if best < 0 || wider(g.MaxRecipients, relay.Spec.Grants[best].MaxRecipients) {
			best = i
		}
	}
	return best
}

// Urgent says whether a namespace may send urgently with the author address
// from: whether any grant that fits says so.
func Urgent(relay *crier.Relay, namespace string, namespaceLabels map[string]string, from string) bool {
	author, err := address.Parse(from)
	if err != nil {
		return false
	}
	for i := range relay.Spec.Grants {
		g := &relay.Spec.Grants[i]
		if g.Urgent && includes(g, namespace, namespaceLabels) && covers(g, author) {
			return true
		}
	}
	return false
}

func wider(a, b *int64) bool {
	return b != nil && (a == nil || *a > *b)
}

func includes(g *crier.RelayGrant, namespace string, namespaceLabels map[string]string) bool {
	if g.NamespaceSelector == nil {
		return slices.Contains(g.Namespaces, namespace)
	}
	selector, err := metav1.LabelSelectorAsSelector(g.NamespaceSelector)
	return err == nil && selector.Matches(labels.Set(namespaceLabels))
}

func covers(g *crier.RelayGrant, author address.Address) bool {
	_, domain := address.Split(author.Key)
	for _, granted := range g.Domains {
		if d, ok := domainKey(granted); ok && d == domain {
			return true
		}
	}
	for _, granted := range g.Addresses {
		if a, err := address.Parse(string(granted)); err == nil && a.Key == author.Key {
			return true
		}
	}
	return false
}

// domainKey writes a domain as address.Parse does.
func domainKey(domain string) (string, bool) {
	a, err := address.Parse("x@" + strings.TrimSpace(domain))
	if err != nil {
		return "", false
	}
	_, key := address.Split(a.Key)
	return key, true
}
