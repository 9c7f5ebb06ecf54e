package broadcast

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
)

// findTemplate finds the layout, and waits for one that isn't there.
func (s *scope) findTemplate(ctx context.Context) (*reconcile.Verdict, error) {
	ref := s.broadcast.Spec.Content.TemplateRef
	switch {
	case ref == nil:
		return nil, nil
	case ref.Builtin != "":
		s.template = draft.Builtin(ref.Builtin)
		if s.template == nil {
			return verdict(reconcile.IsStalled(crier.ReasonTemplateNotFound, "%sThere is no built-in template %s.", s.mendAdvice(), ref.Builtin))
		}
		return nil, nil
	}
	found := &crier.MessageTemplate{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.broadcast.Namespace, Name: ref.Name}, found)
	if apierrors.IsNotFound(err) {
		return verdict(reconcile.IsReconciling(crier.ReasonTemplateNotFound,
			"There is no MessageTemplate %s in namespace %s. Create it, or correct spec.content.templateRef.",
			ref.Name, s.broadcast.Namespace).After(whileWaiting))
	}
	if err != nil {
		return nil, err
	}
	if stalled := meta.FindStatusCondition(found.Status.Conditions, crier.ConditionStalled); stalled != nil && found.Status.ObservedGeneration == found.Generation {
		return verdict(reconcile.IsStalled(crier.ReasonTemplateNotReady,
			"%sMessageTemplate %s: %s", s.mendAdvice(), ref.Name, stalled.Message).After(whileWaiting))
	}
	s.template = draft.Template(found.Name, found.Spec)
	return nil, nil
}

// afterMistakes has a phase wait only with content that is right as far as that
// can be said without knowing lists and subscribers: a typo needs no audience to
// be found.
func (s *scope) afterMistakes(find reconcile.Phase) reconcile.Phase {
	return func(ctx context.Context) (*reconcile.Verdict, error) {
		waits, err := find(ctx)
		if waits == nil || err != nil {
			return nil, err
		}
		facts := s.facts()
		facts.Lists = nil
		if _, err := draft.Content(facts); err != nil {
			return s.mistakes(err)
		}
		return waits, nil
	}
}

// compile assembles the content of each list, and checks it against the
// attributes that subscribers have. Of nobody, nothing can be said.
func (s *scope) compile(context.Context) (*reconcile.Verdict, error) {
	facts := s.facts()
	if s.subscribers() > 0 {
		facts.Attributes = attributesOf(s.sets)
	}
	var err error
	if s.content, err = draft.Content(facts); err != nil {
		return s.mistakes(err)
	}
	return nil, nil
}

// mistakes holds a Broadcast for what is wrong with its content.
func (s *scope) mistakes(err error) (*reconcile.Verdict, error) {
	v := reconcile.IsStalled(crier.ReasonInvalidTemplate, "%s%s", s.mendAdvice(), err)
	var problems content.Problems
	if !errors.As(err, &problems) {
		return nil, err
	}
	if ref := s.broadcast.Spec.Content.TemplateRef; ref != nil && ref.Name != "" {
		v = v.After(whileWaiting) // the template may be mended
	}
	return &v, nil
}

func (s *scope) mendAdvice() string {
	if s.broadcast.Status.Sealed != nil {
		return "Nothing has been sent, but the content is sealed. Create the Broadcast under a new name. "
	}
	return "Nothing has been sent. Correct this Broadcast and apply it again. "
}
