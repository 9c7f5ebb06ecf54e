package apitest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// The builders return objects that go together: Broadcast news goes to list
// staff, that has the people of set staff, and Relay main grants its domain.
// A test changes what it is about and creates them.

func (w *World) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.NS, Name: name}
}

// Relay is "main", which grants the domain example.gov to the World.
func (w *World) Relay() *crier.Relay {
	return &crier.Relay{
		ObjectMeta: w.meta("main"),
		Spec: crier.RelaySpec{
			Host: "mail.example.gov", BounceDomain: "bounces.example.gov",
			Grants: []crier.RelayGrant{{Namespaces: []string{w.NS}, Domains: []string{"example.gov"}}},
		},
	}
}

// List is "staff", of the set "staff" and with the Relay "main".
func (w *World) List() *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: w.meta("staff"),
		Spec: crier.MailingListSpec{
			Address: crier.MailAddress("staff@" + w.Domain), DisplayName: "All Staff",
			Owners:   []crier.MailAddress{"owner@example.gov"},
			From:     crier.Mailbox{Address: "news@example.gov"},
			Purpose:  crier.PurposeMandatory,
			Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{Name: "staff"}}},
			RelayRef: crier.NamespacedReference{Name: "main"},
		},
	}
}

// Broadcast is "news" to the list "staff", within two days of Start.
func (w *World) Broadcast() *crier.Broadcast {
	return &crier.Broadcast{
		ObjectMeta: w.meta("news"),
		Spec: crier.BroadcastSpec{
			ListRef: &crier.LocalReference{Name: "staff"}, Subject: "News for {{ .Name }}",
			Content:  crier.BroadcastContent{Text: "Dear {{ .Name }}"},
			NotAfter: &metav1.Time{Time: Start.AddDate(0, 0, 2)},
		},
	}
}

// Inline is a set of people who stand in it.
func (w *World) Inline(name string, people ...crier.Subscriber) *crier.SubscriberSet {
	return &crier.SubscriberSet{
		ObjectMeta: w.meta(name),
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: people}},
	}
}

// FromCSV is a set of people who stand in files.
func (w *World) FromCSV(name string, from ...crier.CSVObject) *crier.SubscriberSet {
	return &crier.SubscriberSet{
		ObjectMeta: w.meta(name),
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{CSV: &crier.CSVSource{From: from}}},
	}
}

// Union is a set of the people of other sets.
func (w *World) Union(name string, of ...string) *crier.SubscriberSet {
	return &crier.SubscriberSet{
		ObjectMeta: w.meta(name),
		Spec:       crier.SubscriberSetSpec{Source: crier.SubscriberSource{Union: &crier.UnionSource{SubscriberSets: References(of...)}}},
	}
}

// Suppression is one of addresses that people entered.
func (w *World) Suppression(name string, scope crier.SuppressionScope, addresses ...crier.MailAddress) *crier.Suppression {
	s := &crier.Suppression{
		ObjectMeta: w.meta(name),
		Spec:       crier.SuppressionSpec{Scope: scope, Reason: crier.SuppressedManual},
	}
	for _, a := range addresses {
		s.Spec.Entries = append(s.Spec.Entries, crier.SuppressionEntry{Address: a})
	}
	return s
}

// Template is a MessageTemplate with that layout.
func (w *World) Template(name, html string, parameters ...crier.TemplateParameter) *crier.MessageTemplate {
	return &crier.MessageTemplate{
		ObjectMeta: w.meta(name),
		Spec:       crier.MessageTemplateSpec{HTML: html, Parameters: parameters},
	}
}

// ConfigMap is one with those files.
func (w *World) ConfigMap(name string, files map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: w.meta(name), Data: files}
}

// Secret is one that Crier may use for that; "" is for none of its uses.
func (w *World) Secret(name, use string, data map[string]string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: w.meta(name), Data: map[string][]byte{}}
	for key, value := range data {
		s.Data[key] = []byte(value)
	}
	if use != "" {
		s.Labels = map[string]string{crier.LabelUse: use}
	}
	return s
}

// InConfigMap are files of a ConfigMap, all if no keys are given.
func InConfigMap(name string, keys ...string) crier.CSVObject {
	return crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: name, Keys: keys}}
}

// InSecret are files of a Secret, all if no keys are given.
func InSecret(name string, keys ...string) crier.CSVObject {
	return crier.CSVObject{Secret: &crier.CSVKeys{Name: name, Keys: keys}}
}

// References are those to objects of the same namespace.
func References(names ...string) (out []crier.LocalReference) {
	for _, name := range names {
		out = append(out, crier.LocalReference{Name: name})
	}
	return out
}

// Email is the address of the i-th of People.
func Email(i int) string { return fmt.Sprintf("p%04d@example.net", i) }

// People are n subscribers, in the order of their addresses.
func People(n int) []crier.Subscriber {
	people := make([]crier.Subscriber, n)
	for i := range people {
		people[i] = crier.Subscriber{Email: Email(i), Name: fmt.Sprintf("Person %d", i)}
	}
	return people
}
