package broadcast

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/kstatus"
)

// findList finds the list, and holds while the list itself has to be mended.
func (s *scope) findList(ctx context.Context) (*kstatus.Verdict, error) {
	list := &crier.MailingList{}
	name := s.broadcast.Spec.Lists()[0].Name
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.broadcast.Namespace, Name: name}, list)
	if apierrors.IsNotFound(err) {
		return verdict(kstatus.IsReconciling(crier.ReasonListNotFound,
			"There is no MailingList %s in namespace %s. Nothing is sent until there is; check spec.listRef.name.", name, s.broadcast.Namespace).After(whileWaiting))
	}
	if err != nil {
		return nil, err
	}
	s.list = list
	if list.Status.ObservedGeneration != list.Generation {
		return verdict(kstatus.IsReconciling(crier.ReasonListNotReady,
			"MailingList %s has just changed and is being looked at.", name).After(whileSoon))
	}
	if stalled := meta.FindStatusCondition(list.Status.Conditions, crier.ConditionStalled); stalled != nil {
		return verdict(kstatus.IsStalled(stalled.Reason, "MailingList %s: %s", name, stalled.Message).After(whileWaiting))
	}
	return nil, nil
}

// findSets finds the sets of the audience, and waits until each of them has
// been read: a part of an audience must never be taken for the whole.
func (s *scope) findSets(ctx context.Context) (*kstatus.Verdict, error) {
	sets, missing, err := mailinglist.Sets(ctx, s.Reader, s.list)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
			"There is no SubscriberSet %s yet. Nothing is sent until there is.", strings.Join(missing, ", ")).After(whileWaiting))
	}
	s.sets = sets
	for i := range sets {
		if problem := setProblem(&sets[i]); problem != "" {
			return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
				"SubscriberSet %s %s. Nothing is sent until it is ready.", sets[i].Name, problem).After(whileWaiting))
		}
	}
	return s.settle(), nil
}

func setProblem(set *crier.SubscriberSet) string {
	if set.Status.ObservedGeneration != set.Generation {
		return "has just changed and is being read"
	}
	ready := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	if ready == nil || ready.Status != "True" {
		if ready != nil {
			return fmt.Sprintf("is not ready: %s", strings.TrimRight(ready.Message, "."))
		}
		return "is not ready"
	}
	if set.Status.Roster == nil || set.Status.Roster.Generation != set.Generation {
		return "has no roster of its present generation"
	}
	return ""
}

// parse checks the templates as far as that goes without knowing the
// subscribers: a typo needs no audience to be found.
func (s *scope) parse(context.Context) (*kstatus.Verdict, error) {
	return s.checkTemplates(nil)
}

// compile checks the templates against the attributes that subscribers
// have. Of nobody, nothing can be said.
func (s *scope) compile(context.Context) (*kstatus.Verdict, error) {
	if s.subscribers() == 0 {
		return nil, nil
	}
	return s.checkTemplates(attributesOf(s.sets))
}

func (s *scope) checkTemplates(attributes []string) (*kstatus.Verdict, error) {
	spec := s.broadcast.Spec
	source := content.Source{Subject: spec.Subject, Text: spec.Content.Text, HTML: spec.Content.HTML}
	if _, err := content.Compile(source, attributes); err != nil {
		return verdict(kstatus.IsStalled(crier.ReasonInvalidTemplate, "%s%s", s.mendAdvice(), err))
	}
	return nil, nil
}

func (s *scope) mendAdvice() string {
	if s.broadcast.Status.Sealed != nil {
		return "Nothing has been sent, but the content is sealed: create it under a new name. "
	}
	return "Nothing has been sent; mend it in place. "
}

// attributesOf is never nil: without subscribers no attribute is known.
func attributesOf(sets []crier.SubscriberSet) []string {
	names := []string{}
	seen := map[string]bool{}
	for i := range sets {
		for _, name := range sets[i].Status.Attributes {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// checkRelay checks that the namespace may send as the list's author, and
// that the relay can be reached.
func (s *scope) checkRelay(ctx context.Context) (*kstatus.Verdict, error) {
	ref := s.relayRef()
	relay, granted, ok, err := mailinglist.Route(ctx, s.Reader, s.list)
	if err != nil {
		return nil, err
	}
	if !ok {
		return verdict(kstatus.IsStalled(crier.ReasonSenderNotAllowed,
			"There is no Relay %s/%s that lets namespace %s send as %s. Ask whoever runs it for a grant.",
			ref.Namespace, ref.Name, s.broadcast.Namespace, s.list.Spec.From.Address).After(whileWaiting))
	}
	s.relay, s.granted = relay, granted
	if problem := relayProblem(relay); problem != "" {
		return verdict(kstatus.IsReconciling(crier.ReasonRelayNotReady,
			"Relay %s/%s %s. Sending starts when it is ready.", ref.Namespace, ref.Name, problem).After(whileWaiting))
	}
	return nil, nil
}

func relayProblem(relay *crier.Relay) string {
	if relay.Status.ObservedGeneration != relay.Generation {
		return "has just changed and is being tried"
	}
	ready := meta.FindStatusCondition(relay.Status.Conditions, crier.ConditionReady)
	switch {
	case ready == nil:
		return "has not been tried yet"
	case ready.Status != "True":
		return fmt.Sprintf("is not ready (%s)", ready.Reason)
	}
	return ""
}

func (s *scope) relayRef() crier.NamespacedReference {
	key := mailinglist.RelayKey(s.list)
	return crier.NamespacedReference{Namespace: key.Namespace, Name: key.Name}
}

// subscribers is the size of the sets together.
func (s *scope) subscribers() int64 {
	var n int64
	for i := range s.sets {
		n += s.sets[i].Status.Subscribers
	}
	return n
}
