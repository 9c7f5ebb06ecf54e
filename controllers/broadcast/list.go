package broadcast

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/writing/draft"
)

// findLists finds the lists, and holds while one of them has to be mended.
func (s *scope) findLists(ctx context.Context) (*reconcile.Verdict, error) {
	for _, ref := range s.broadcast.Spec.Lists() {
		if verdict, err := s.findList(ctx, ref.Name); verdict != nil || err != nil {
			return verdict, err
		}
	}
	return s.compareLists(), nil
}

func (s *scope) findList(ctx context.Context, name string) (*reconcile.Verdict, error) {
	list := &crier.MailingList{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.broadcast.Namespace, Name: name}, list)
	if apierrors.IsNotFound(err) {
		return verdict(reconcile.IsReconciling(crier.ReasonListNotFound,
			"There is no MailingList %s in namespace %s. Create it, or correct spec.%s.",
			name, s.broadcast.Namespace, s.listField()).After(whileWaiting))
	}
	if err != nil {
		return nil, err
	}
	s.lists = append(s.lists, list)
	if s.list == nil {
		s.list = list
	}
	if list.Status.ObservedGeneration != list.Generation {
		return verdict(reconcile.IsReconciling(crier.ReasonListNotReady,
			"MailingList %s has just changed and is being checked.", name).After(whileSoon))
	}
	if stalled := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionStalled); stalled != nil {
		return verdict(reconcile.IsStalled(stalled.Reason, "MailingList %s: %s", name, stalled.Message).After(whileWaiting))
	}
	return nil, nil
}

func (s *scope) listField() string {
	if s.broadcast.Spec.ListRef != nil {
		return "listRef.name"
	}
	return "listRefs"
}

// compareLists makes sure that one message can be of all lists: it leaves
// through one Relay, and can be left or not.
func (s *scope) compareLists() *reconcile.Verdict {
	differ := draft.Differ(s.lists)
	if len(differ) == 0 {
		return nil
	}
	v := reconcile.IsStalled(crier.ReasonListsDiffer, "%s%s", s.mendAdvice(), differ[0]).After(whileWaiting)
	return &v
}

// checkRelay checks that the namespace may send as the list's author, and
// that the relay can be reached.
func (s *scope) checkRelay(ctx context.Context) (*reconcile.Verdict, error) {
	ref := s.relayRef()
	for _, list := range s.lists { // which have one Relay
		relay, ruling, err := gather.Route(ctx, s.Reader, list)
		switch {
		case err != nil:
			return nil, err
		case relay == nil && list == s.list:
			return verdict(reconcile.IsStalled(crier.ReasonSenderNotAllowed,
				"No Relay %s/%s lets namespace %s send as %s. Ask whoever runs it for a grant.",
				ref.Namespace, ref.Name, s.broadcast.Namespace, list.Spec.From.Address).After(whileWaiting))
		case ruling.Sender && !ruling.Address:
			return verdict(reconcile.IsStalled(crier.ReasonListAddressNotAllowed, "MailingList %s: %s",
				list.Name, ruling.Problem(list)).After(whileWaiting))
		case list == s.list:
			s.relay, s.granted = relay, ruling.Grant
		}
	}
	relay := s.relay
	if problem := grant.NotReady(relay); problem != "" {
		return verdict(reconcile.IsReconciling(crier.ReasonRelayNotReady,
			"Relay %s/%s %s. Sending starts when it is ready.", ref.Namespace, ref.Name, problem).After(whileWaiting))
	}
	return nil, nil
}

func (s *scope) relayRef() crier.NamespacedReference {
	key := s.list.RelayKey()
	return crier.NamespacedReference{Namespace: key.Namespace, Name: key.Name}
}
