package declared

import crier "crier.dev/crier/api/v1alpha1"

// standInList is under example.org, so that nobody takes it for a real one. It
// has a set that isn't there, since nobody knows who is on it.
func standInList(namespace, name string) *crier.MailingList {
	list := &crier.MailingList{}
	list.Namespace, list.Name = namespace, name
	list.Spec = crier.MailingListSpec{
		Address: "list@lists.example.org", DisplayName: name,
		Owners:   []crier.MailAddress{"owner@example.org"},
		From:     crier.Mailbox{Address: "author@example.org", Name: "Author"},
		Purpose:  crier.PurposeMandatory,
		Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{}}},
	}
	return list
}

func standInRelay() *crier.Relay {
	return &crier.Relay{Spec: crier.RelaySpec{
		BounceDomain: "bounces.example.org",
		Bounces:      crier.RelayBounces{Mode: crier.BounceFixed, LocalPart: "bounces"},
	}}
}
