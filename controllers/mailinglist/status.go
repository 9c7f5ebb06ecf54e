package mailinglist

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/listid"
)

func total(sets []crier.SubscriberSet) int64 {
	var n int64
	for _, s := range sets {
		n += s.Status.Subscribers
	}
	return n
}

// older says whether a has the better claim to an address than b.
func older(a, b *crier.MailingList) bool {
	if a.UID == b.UID {
		return false
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.Namespace+"/"+a.Name < b.Namespace+"/"+b.Name
}

// taken names the other list only to those who can see it.
func taken(list, by *crier.MailingList) reconcile.Verdict {
	who := "the older MailingList " + by.Name
	if by.Namespace != list.Namespace {
		who = "an older MailingList of another namespace"
		if key := list.RelayKey(); key.Namespace != list.Namespace {
			who += fmt.Sprintf(" (an event of Relay %s/%s names it to whoever runs that)", key.Namespace, key.Name)
		}
	}
	return reconcile.IsStalled(crier.ReasonAddressTaken, "The address, or one that mail programs can't tell from it, belongs to %s. An address can't be changed: delete this list and create it with another one.", who)
}

// notAllowed reads the same whether the Relay isn't there or doesn't grant
// it.
func notAllowed(list *crier.MailingList) *reconcile.Verdict {
	_, domain := address.Split(list.Spec.From.Address)
	return stalled(crier.ReasonSenderNotAllowed,
		"No Relay %s lets namespace %s send as from.address (domain %s): its grants must name the namespace with that domain or address.",
		list.RelayKey(), list.Namespace, domain)
}

// relayReady is nil when the Relay can be used. What it says in words is for
// its own namespace.
func relayReady(relay *crier.Relay, namespace string) *reconcile.Verdict {
	c := meta.FindStatusCondition(relay.Status.Conditions, crier.ConditionReady)
	switch {
	case c == nil || c.ObservedGeneration != relay.Generation:
		return waiting(crier.ReasonRelayNotReady, "Relay %s has not been tested yet.", relay.Name)
	case c.Status == "True":
		return nil
	case relay.Namespace == namespace:
		return waiting(crier.ReasonRelayNotReady, "Relay %s is not ready (%s): %s", relay.Name, c.Reason, c.Message)
	}
	return waiting(crier.ReasonRelayNotReady, "Relay %s/%s is not ready: %s.", relay.Namespace, relay.Name, c.Reason)
}

func waiting(reason, format string, args ...any) *reconcile.Verdict {
	v := reconcile.IsReconciling(reason, format, args...)
	return &v
}

// audience is the verdict on the sets of a list.
func audience(members gather.Selection) reconcile.Verdict {
	if waits := waitFor(members); waits != nil {
		return *waits
	}
	n := total(members.Sets)
	switch {
	case len(members.Sets) == 0 && members.Nothing:
		return reconcile.IsReconciling(crier.ReasonAudienceEmpty, "audience.selector selects no SubscriberSet.")
	case n == 0:
		return reconcile.IsReconciling(crier.ReasonAudienceEmpty, "The list's %s %s no subscribers.", words.Count(len(members.Sets), "SubscriberSet"), words.Verb(len(members.Sets), "has"))
	}
	return reconcile.IsReady(crier.ReasonReady, "%s in %s.", words.Count(n, "subscriber"), words.Count(len(members.Sets), "SubscriberSet"))
}

// waitFor waits for sets that aren't there, or not ready; nil if all are.
func waitFor(s gather.Selection) *reconcile.Verdict {
	var names []string
	for _, name := range s.Missing {
		names = append(names, name+" (not found)")
	}
	for i := range s.Sets {
		if !gather.SetReady(&s.Sets[i]) {
			names = append(names, s.Sets[i].Name+" ("+why(&s.Sets[i])+")")
		}
	}
	if len(names) == 0 {
		return nil
	}
	return waiting(crier.ReasonSubscribersNotReady, "Waiting for %s: %s.", words.Count(len(names), "SubscriberSet"), words.List(names))
}

func why(set *crier.SubscriberSet) string {
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	if c == nil || c.Status == "True" {
		return "not read yet"
	}
	return c.Reason
}

// applyVerdict puts the verdict into the status.
func (s *scope) applyVerdict(v reconcile.Verdict) {
	status := &s.list.Status
	status.ObservedGeneration = s.list.Generation
	before := s.previous.DeepCopy()
	status.Conditions = reconcile.Conditions(before.Conditions, s.list.Generation, v, s.Clock.Now())
}

// header is the List-Id as people see it; "" for an address that is none.
func header(spec crier.MailingListSpec) string {
	id, err := listid.Of(string(spec.Address))
	if err != nil {
		return ""
	}
	if spec.DisplayName == "" {
		return "<" + id + ">"
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(spec.DisplayName)
	return `"` + quoted + `" <` + id + ">"
}
