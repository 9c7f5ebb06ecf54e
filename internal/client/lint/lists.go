package lint

import (
	"errors"
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/recipients/filter"
)

func (l *linter) mailingList(key declared.Key, list declared.Of[*crier.MailingList]) {
	o, spec := list.Object, list.Value.Spec
	for field, value := range listAddresses(spec) {
		if _, err := address.Parse(value); err != nil {
			l.at(o, Error, RuleAddress, field, "this isn't a valid email address: "+err.Error())
		}
	}
	if spec.Purpose == crier.PurposeSubscribed {
		if spec.Unsubscribe == nil || spec.Unsubscribe.URL == "" && spec.Unsubscribe.Mailto == "" {
			l.at(o, Error, RuleUnsubscribe, "spec.purpose", "a list of purpose Subscribed needs a way to leave it: give unsubscribe.url or unsubscribe.mailto")
		}
		if spec.PostalAddress == "" {
			l.at(o, Error, RuleUnsubscribe, "spec.purpose", "a list of purpose Subscribed has to say who sends: give postalAddress")
		}
	} else if spec.Unsubscribe != nil {
		l.at(o, Warning, RuleUnsubscribe, "spec.unsubscribe", "a list of purpose Mandatory can't be left, so unsubscribe isn't shown; write purpose: Subscribed if people can")
	}
	l.wayToLeave(o, list.Value)
	for i, ref := range spec.Audience.SubscriberSets {
		l.refer(o, fmt.Sprintf("spec.audience.subscriberSets[%d].name", i), "SubscriberSet", ref.Name, key.Namespace, &l.world.Sets)
	}
	l.selector(o, "spec.audience.selector", key.Namespace, spec.Audience.Selector,
		"so of these it reaches nobody. If there is none elsewhere either, nothing is sent: label the sets that are meant")
	l.exclusion(o, "spec.audience.exclude", key.Namespace, spec.Audience.Exclude)
	reached := l.world.Audience(list.Value)
	l.filter(o, "spec.audience.filter", spec.Audience.Filter, reached)
	l.alike(o, reached)
	l.relay(o, list.Value)
}

func listAddresses(spec crier.MailingListSpec) map[string]string {
	out := map[string]string{"spec.address": string(spec.Address), "spec.from.address": spec.From.Address}
	for i, a := range spec.Owners {
		out[fmt.Sprintf("spec.owners[%d]", i)] = string(a)
	}
	for i, m := range spec.ReplyTo {
		out[fmt.Sprintf("spec.replyTo[%d].address", i)] = m.Address
	}
	for i, a := range spec.Report.To {
		out[fmt.Sprintf("spec.report.to[%d]", i)] = string(a)
	}
	if spec.Unsubscribe != nil && spec.Unsubscribe.Mailto != "" {
		out["spec.unsubscribe.mailto"] = string(spec.Unsubscribe.Mailto)
	}
	return out
}

// relay looks whether the Relay is there, and lets the list speak.
func (l *linter) relay(o *manifest.Object, list *crier.MailingList) {
	key := declared.Key(list.RelayKey())
	relay, ok := l.world.Relays.Get(key)
	if !ok {
		l.refer(o, "spec.relayRef.name", "Relay", key.Name, key.Namespace, &l.world.Relays)
		return
	}
	if list.Namespace == "" {
		return
	}
	for _, g := range relay.Value.Spec.Grants {
		if g.NamespaceSelector != nil {
			return // labels of namespaces aren't known
		}
	}
	ruling := grant.ForList(relay.Value, grant.ListOf(list, nil))
	if !ruling.Sender {
		l.at(o, Error, RuleGrant, "spec.from", fmt.Sprintf("Relay %s doesn't let namespace %s send as this address: add a grant to it (%s)",
			key.Name, list.Namespace, relay.Object.At("spec.grants")))
		return
	}
	if _, err := address.Parse(string(list.Spec.Address)); err == nil && !ruling.Address {
		_, domain := address.Split(string(list.Spec.Address))
		l.at(o, Error, RuleGrant, "spec.address", fmt.Sprintf("Relay %s doesn't let namespace %s have a list in this domain: add %s to listDomains of the grant (%s)",
			key.Name, list.Namespace, domain, relay.Object.At(fmt.Sprintf("spec.grants[%d]", ruling.Mend))))
	}
}

// filter compiles an expression against the attributes of an audience.
func (l *linter) filter(o *manifest.Object, field string, expression crier.SubscriberFilter, audience declared.Audience) {
	_, err := audience.Filter(expression)
	if err == nil {
		return
	}
	at := o.At(field)
	message := err.Error()
	if e := (*filter.Error)(nil); errors.As(err, &e) {
		message = e.Message
		if e.Line > 0 {
			at = o.TextAt(field, e.Line, e.Column)
		}
	}
	l.add(Finding{Position: at, Severity: Error, Rule: RuleFilter, Object: o.Title(), Message: message})
}

// names is an index of any kind.
type names interface {
	Names(namespace string) []string
}

// refer looks whether an object is there that is named. It may be declared
// elsewhere, unless its neighbours are here.
func (l *linter) refer(o *manifest.Object, field, kind, name, namespace string, among names) {
	there := among.Names(namespace)
	for _, known := range there {
		if known == name {
			return
		}
	}
	if len(there) == 0 {
		return
	}
	message := fmt.Sprintf("%s %s is not among the files, where others of its namespace are", kind, name)
	if best := apirules.Nearest(name, there); best != "" {
		message += "; did you mean " + best + "?"
	}
	l.at(o, Warning, RuleReference, field, message)
}
