package declared

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/draft"
	"crier.dev/crier/internal/grant"
	"crier.dev/crier/internal/suppression"
)

// Verdict is why nothing of the Broadcast is sent; nil if nothing is known that
// speaks against it.
func (s *Selection) Verdict() *Verdict { return s.Problem }

// route looks whether the Relay lets each list's author send.
func (s *Selection) route(lists []*crier.MailingList) {
	for _, list := range lists {
		if stalled := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionStalled); stalled != nil && list.Status.ObservedGeneration == list.Generation {
			s.hold(stalled.Reason, "MailingList %s: %s", list.Name, stalled.Message)
		}
		if _, known, allowed := s.world.Granted(list); known && !allowed {
			key := RelayKey(list)
			s.hold(crier.ReasonSenderNotAllowed, "No Relay %s/%s lets namespace %s send as %s. Ask whoever runs it for a grant.",
				key.Namespace, key.Name, list.Namespace, list.Spec.From.Address)
		}
	}
}

// Granted is the grant by which the Relay of a list lets its author send. It
// isn't known if the Relay isn't declared here, if the list leaves its
// namespace open, or if labels of namespaces decide.
func (w *World) Granted(list *crier.MailingList) (granted crier.RelayGrant, known, allowed bool) {
	relay, ok := w.Relays.Get(RelayKey(list))
	if !ok || list.Namespace == "" {
		return granted, false, false
	}
	granted, allowed = grant.Allowed(relay.Value, list.Namespace, nil, list.Spec.From.Address)
	byLabels := slices.ContainsFunc(relay.Value.Spec.Grants, func(g crier.RelayGrant) bool { return g.NamespaceSelector != nil })
	return granted, !byLabels, allowed
}

// suppress finds the suppressions that are about the message, each for the
// lists that it is about.
func (s *Selection) suppress(f draft.Facts) {
	relay := RelayKey(f.Lists[0])
	mail := suppression.Mail{
		Namespace: f.Broadcast.Namespace, Purpose: f.Lists[0].Spec.Purpose,
		Relay: crier.NamespacedReference{Namespace: relay.Namespace, Name: relay.Name},
	}
	for _, list := range f.Lists {
		mail.Lists = append(mail.Lists, list.Name)
	}
	namespaces := []string{mail.Namespace, relay.Namespace, s.world.Operator}
	slices.Sort(namespaces)
	for _, namespace := range slices.Compact(namespaces) {
		if s.world.isHidden("Suppression", namespace) {
			s.doubt("the Suppressions of namespace %s can't be read by you: this person may be suppressed", namespace)
		}
	}
	for _, key := range s.world.Suppressions.Keys() {
		object, _ := s.world.Suppressions.Get(key)
		scope := object.Value.Spec.Scope
		switch {
		case suppression.Applies(scope, key.Namespace, s.world.Operator, mail):
			s.apply(key, scope)
		case scope.Kind == crier.ScopeGlobal:
			s.doubt("Suppression %s isn't heeded: scope Global is for Crier's own namespace, which is taken to be %s", key.Name, s.world.Operator)
		}
	}
}

func (s *Selection) apply(key Key, scope crier.SuppressionScope) {
	one := s.world.Suppressed(key, s.world.Now)
	if one.Problem != nil {
		s.hold(crier.ReasonSuppressionNotReady, "Suppression %s can't be heeded: %s Nothing is sent until it is known whom mail is kept from.", key.Name, one.Problem.Message)
	}
	if one.Unknown != "" {
		s.doubt("Suppression %s: %s: this person may be suppressed", key.Name, one.Unknown)
	}
	for i := range s.lists {
		if scope.Kind != crier.ScopeList || scope.Name == s.lists[i].list.Name {
			s.lists[i].suppressed = append(s.lists[i].suppressed, one)
		}
	}
}
