// Package watch says which changes of an object matter to those who use it, so
// that an event wakes only what it is about: a status that only says when a
// server was last tried is no news to ten thousand lists.
package watch

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
)

// When lets through updates after which an object says something else, and
// everything that is created or deleted.
func When[T client.Object](differs func(was, is T) bool) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		was, ok := e.ObjectOld.(T)
		is, also := e.ObjectNew.(T)
		return !ok || !also || differs(was, is)
	}}
}

// Own lets through the changes of an object that its own controller looks at:
// of its spec, and of its status, whoever wrote that. A controller that writes
// a status only when it isn't what the cache has needs the latter: a cache that
// was behind what was written last shows that later.
func Own() predicate.Predicate {
	return When(func(was, is client.Object) bool {
		return was.GetGeneration() != is.GetGeneration() || !equality.Semantic.DeepEqual(statusOf(was), statusOf(is))
	})
}

// statusOf is the status of the kinds that Own is for.
func statusOf(obj client.Object) any {
	switch o := obj.(type) {
	case *crier.MailingList:
		return o.Status
	case *crier.MessageTemplate:
		return o.Status
	}
	return nil
}

// Broadcast lets through the changes of its spec, and a person's word that it may
// go on.
func Broadcast() predicate.Predicate {
	return When(func(was, is *crier.Broadcast) bool {
		released := func(name string) bool { return was.Annotations[name] != is.Annotations[name] }
		return was.Generation != is.Generation || released(crier.AnnotationReleaseRestored) || released(crier.AnnotationReleaseSetBack)
	})
}

// Relay lets through what decides whether a Relay can be used: its spec, its
// conditions, what its server takes, and the settings that were tried. Not when
// it was tried.
func Relay() predicate.Predicate {
	return When(func(was, is *crier.Relay) bool {
		a, b := &was.Status, &is.Status
		return was.Generation != is.Generation || a.ObservedGeneration != b.ObservedGeneration ||
			a.MaxMessageBytes != b.MaxMessageBytes || !slices.Equal(a.Capabilities, b.Capabilities) ||
			tried(a.Probe) != tried(b.Probe) || !sameConditions(a.Conditions, b.Conditions)
	})
}

// tried are the settings of a probe, and what came of it.
func tried(p *crier.RelayProbe) [2]string {
	if p == nil {
		return [2]string{}
	}
	return [2]string{p.Settings, p.Reason}
}

// SubscriberSet lets through what decides whom a set has, and whether it can be
// used: its spec and labels, its conditions, its roster, and the versions that
// it was read from. Not when it was read.
func SubscriberSet() predicate.Predicate {
	return When(func(was, is *crier.SubscriberSet) bool {
		a, b := &was.Status, &is.Status
		return was.Generation != is.Generation || a.ObservedGeneration != b.ObservedGeneration ||
			a.Subscribers != b.Subscribers || rosterOf(a.Roster) != rosterOf(b.Roster) || inputs(a) != inputs(b) ||
			!slices.Equal(a.Attributes, b.Attributes) || !equality.Semantic.DeepEqual(was.Labels, is.Labels) ||
			!sameConditions(a.Conditions, b.Conditions)
	})
}

// inputs are the versions of what a set was read from, or was tried with.
func inputs(s *crier.SubscriberSetStatus) (versions [3]string) {
	if s.Sync != nil {
		versions[0] = s.Sync.Inputs
	}
	if s.Attempt != nil {
		versions[1] = s.Attempt.Inputs
	}
	if s.Held != nil {
		versions[2] = s.Held.Inputs
	}
	return versions
}

type rosterID struct {
	digest     string
	generation int64
}

func rosterOf(r *crier.RosterStatus) rosterID {
	if r == nil {
		return rosterID{}
	}
	return rosterID{r.Digest, r.Generation}
}

// Suppression lets through what decides whom a Suppression keeps mail from, and
// whether that is known.
func Suppression() predicate.Predicate {
	return When(func(was, is *crier.Suppression) bool {
		a, b := &was.Status, &is.Status
		return was.Generation != is.Generation || a.ObservedGeneration != b.ObservedGeneration ||
			rosterOf(a.Roster) != rosterOf(b.Roster) || readOf(a) != readOf(b) || !sameConditions(a.Conditions, b.Conditions)
	})
}

func readOf(s *crier.SuppressionStatus) string {
	if s.Read == nil {
		return ""
	}
	return s.Read.Inputs
}

// MailingList lets through what decides whether a list can be sent to.
func MailingList() predicate.Predicate {
	return When(func(was, is *crier.MailingList) bool {
		return was.Generation != is.Generation || was.Status.ObservedGeneration != is.Status.ObservedGeneration ||
			!sameConditions(was.Status.Conditions, is.Status.Conditions)
	})
}

// MessageTemplate lets through what decides whether a layout can be used.
func MessageTemplate() predicate.Predicate {
	return When(func(was, is *crier.MessageTemplate) bool {
		return was.Generation != is.Generation || was.Status.ObservedGeneration != is.Status.ObservedGeneration ||
			!sameConditions(was.Status.Conditions, is.Status.Conditions)
	})
}

// decisive are the conditions that others go by.
var decisive = []string{crier.ConditionReady, crier.ConditionStalled}

// sameConditions compares what conditions say, whenever they came to say it.
func sameConditions(was, is []metav1.Condition) bool {
	for _, kind := range decisive {
		a, b := meta.FindStatusCondition(was, kind), meta.FindStatusCondition(is, kind)
		if (a == nil) != (b == nil) {
			return false
		}
		if a != nil && (a.Status != b.Status || a.Reason != b.Reason || a.Message != b.Message || a.ObservedGeneration != b.ObservedGeneration) {
			return false
		}
	}
	return true
}
