package declared

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/writing/draft"
)

// Verdict is why nothing of the Broadcast is sent; nil if nothing is known that
// speaks against it.
func (s *Selection) Verdict() *Verdict {
	if !s.counted {
		s.counted = true
		s.limit()
	}
	return s.problem
}

// route looks whether the list can send, and its Relay lets its author.
func (s *Selection) route(list *crier.MailingList) {
	if stalled := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionStalled); stalled != nil && list.Status.ObservedGeneration == list.Generation {
		s.hold(stalled.Reason, "MailingList %s: %s", list.Name, stalled.Message)
	}
	ruling, known := s.world.Granted(list)
	if key := Key(list.RelayKey()); known && !ruling.Sender {
		s.hold(crier.ReasonSenderNotAllowed, "No Relay %s/%s lets namespace %s send as %s. Ask whoever runs it for a grant.",
			key.Namespace, key.Name, list.Namespace, list.Spec.From.Address)
	} else if known && !ruling.Address {
		s.hold(crier.ReasonListAddressNotAllowed, "MailingList %s: %s", list.Name, ruling.Problem(list))
	}
}

// Whole says whether everybody whom the Broadcast goes to is known.
func (s *Selection) Whole() bool {
	return len(s.Doubts) == 0 && !slices.ContainsFunc(s.lists, func(of selected) bool { return of.partial })
}

// limit holds an audience that isn't of the size that was asked for, if all of
// it is known.
func (s *Selection) limit() {
	if s.problem != nil || !s.Whole() {
		return
	}
	people := audience.OfLists(s.read(unchanged)...)
	for {
		_, err := people.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.hold(crier.ReasonSubscribersNotReady, "%s.", errRead)
			return
		}
	}
	if problem := s.limits().Check(people.Summary()); problem != nil {
		s.hold(problem.Reason, "%s", problem.Message)
	}
}

func (s *Selection) limits() (limits audience.Limits) {
	for _, of := range s.lists {
		list := audience.ListLimits{Name: of.list.Name, Bounds: of.list.Spec.Audience.AudienceBounds}
		for _, r := range of.sets {
			list.Sets = append(list.Sets, r.name)
		}
		limits.Lists = append(limits.Lists, list)
	}
	if ruling, known := s.world.Granted(s.lists[0].list); known && ruling.Sender {
		limits.Granted = ruling.Grant.MaxRecipients
	}
	if own := s.broadcast.Spec.Audience; own != nil {
		limits.Broadcast = &own.AudienceBounds
	}
	return limits
}

// Granted is what the grants of its Relay say about a list. It isn't known if
// the Relay isn't declared here, if the list leaves its namespace open, or if
// labels of namespaces decide.
func (w *World) Granted(list *crier.MailingList) (ruling grant.Ruling, known bool) {
	relay, ok := w.Relays.Get(Key(list.RelayKey()))
	if !ok || list.Namespace == "" {
		return ruling, false
	}
	byLabels := slices.ContainsFunc(relay.Value.Spec.Grants, func(g crier.RelayGrant) bool { return g.NamespaceSelector != nil })
	return grant.ForList(relay.Value, grant.ListOf(list, nil)), !byLabels
}

// suppress finds the suppressions that are about the message, each for the
// lists that it is about.
func (s *Selection) suppress(f draft.Facts) {
	relay := Key(f.Lists[0].RelayKey())
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
			s.doubt("you can't read the Suppressions of namespace %s: this person may be suppressed", namespace)
		}
	}
	for _, key := range s.world.Suppressions.Keys() {
		object, _ := s.world.Suppressions.Get(key)
		scope := object.Value.Spec.Scope
		switch {
		case suppression.Applies(scope, key.Namespace, s.world.Operator, mail):
			s.apply(key, scope)
		case scope.Kind == crier.ScopeGlobal:
			s.Remarks = append(s.Remarks, fmt.Sprintf("Suppression %s doesn't count: scope Global is only for Crier's own namespace, which is taken to be %s", key.Name, s.world.Operator))
		}
	}
}

func (s *Selection) apply(key Key, scope crier.SuppressionScope) {
	one := s.world.Suppressed(key, s.world.Now)
	if one.Problem != nil {
		s.hold(crier.ReasonSuppressionNotReady, "Suppression %s can't be read: %s Nothing is sent until it is known whom it suppresses.", key.Name, one.Problem.Message)
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
