package grant

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/address"
)

// List is what a list asks of its Relay.
type List struct {
	Namespace string
	// Labels of the namespace.
	Labels map[string]string
	// From is the address of the author, Address that of the list.
	From, Address string
}

// ListOf is what a list in a namespace with those labels asks for.
func ListOf(list *crier.MailingList, namespaceLabels map[string]string) List {
	return List{
		Namespace: list.Namespace, Labels: namespaceLabels,
		From: list.Spec.From.Address, Address: string(list.Spec.Address),
	}
}

// Ruling is what a Relay's grants say about a list. Only a list that is Valid
// has its address; any other takes it from nobody.
type Ruling struct {
	// Sender says that the author may send, under Grant (see Allowed).
	Sender bool
	Grant  crier.RelayGrant
	// Address says that a grant of the namespace covers the list's address.
	Address bool
	// Mend is the index of the grant that the address could be added to: the one
	// that lets the author send. It means nothing unless Sender is true.
	Mend int
}

// Valid says whether the list may be sent to under its address.
func (r Ruling) Valid() bool { return r.Sender && r.Address }

// Problem says of a list whose address isn't covered what is wrong, and what
// whoever runs the Relay can change. It names no address.
func (r Ruling) Problem(list *crier.MailingList) string {
	key := list.RelayKey()
	_, domain := address.Split(string(list.Spec.Address))
	besides := ""
	if len(r.Grant.ListDomains) == 0 {
		besides = ", together with those that it covers by default"
	}
	return fmt.Sprintf("Relay %s/%s lets namespace %s send, but have no list in the domain %s. "+
		"Ask whoever runs it to add that to listDomains of spec.grants[%d]%s, or create the list with an address in another domain.",
		key.Namespace, key.Name, list.Namespace, domain, r.Mend, besides)
}

// ForList decides about a list. Its address may be covered by any grant of the
// namespace, whoever that lets send: an agency that may send as one domain and
// as a single address of another can have lists in both.
func ForList(relay *crier.Relay, list List) Ruling {
	author, err := address.Parse(list.From)
	if err != nil {
		return Ruling{}
	}
	r := Ruling{Mend: allowed(relay, list.Namespace, list.Labels, author)}
	if r.Mend < 0 {
		return Ruling{}
	}
	r.Sender, r.Grant = true, relay.Spec.Grants[r.Mend]
	own, err := address.Parse(list.Address)
	if err != nil {
		return r
	}
	_, domain := address.Split(own.Key)
	for i := range relay.Spec.Grants {
		g := &relay.Spec.Grants[i]
		if includes(g, list.Namespace, list.Labels) && coversList(g, domain) {
			r.Address = true
			break
		}
	}
	return r
}

// coversList says whether lists may have addresses in a domain, which is
// written as address.Parse does.
func coversList(g *crier.RelayGrant, domain string) bool {
	if len(g.ListDomains) > 0 {
		for _, granted := range g.ListDomains {
			if d, ok := domainKey(granted); ok && d == domain {
				return true
			}
		}
		return false
	}
	for _, granted := range g.Domains {
		if d, ok := domainKey(granted); ok && within(domain, d) {
			return true
		}
	}
	for _, granted := range g.Addresses {
		if a, err := address.Parse(string(granted)); err == nil {
			if _, d := address.Split(a.Key); within(domain, d) {
				return true
			}
		}
	}
	return false
}

// within says whether a domain is another one, or below it.
func within(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}
