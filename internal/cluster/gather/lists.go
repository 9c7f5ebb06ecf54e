// Package gather reads what a Broadcast depends on, across kinds: the sets of
// lists, their Relay, rosters, suppressions. What it returns, others decide on.
package gather

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/readable"
)

var namespaceKind = corev1.SchemeGroupVersion.WithKind("Namespace")

// Selection are the sets that names and a selector come to.
type Selection struct {
	// Sets are each there once, sorted by name.
	Sets []crier.SubscriberSet
	// Missing are the names that there is no set for.
	Missing []string
	// Nothing says that there is a selector, that it has to select a set, and
	// that it selects none.
	Nothing bool
}

// Sets returns the SubscriberSets that a list names or selects. A selector
// that can't be read is an error.
func Sets(ctx context.Context, reader client.Reader, list *crier.MailingList) (Selection, error) {
	return choose(ctx, reader, list.Namespace, list.Spec.Audience.SubscriberSets, list.Spec.Audience.Selector)
}

// Excluded returns the sets whose people are left out, like Sets.
func Excluded(ctx context.Context, reader client.Reader, namespace string, from *crier.AudienceExclusion) (Selection, error) {
	if from == nil {
		return Selection{}, nil
	}
	found, err := choose(ctx, reader, namespace, from.SubscriberSets, from.Selector)
	found.Nothing = found.Nothing && !from.Optional
	return found, err
}

// choose returns the sets of a namespace that are named or selected.
func choose(ctx context.Context, reader client.Reader, namespace string, names []crier.LocalReference, by *metav1.LabelSelector) (s Selection, err error) {
	found := map[string]bool{}
	if by != nil {
		selector, err := metav1.LabelSelectorAsSelector(by)
		if err != nil {
			return s, err
		}
		var selected crier.SubscriberSetList
		if err := reader.List(ctx, &selected, client.InNamespace(namespace), client.MatchingLabelsSelector{Selector: selector}); err != nil {
			return s, err
		}
		for _, set := range selected.Items {
			found[set.Name] = true
			s.Sets = append(s.Sets, set)
		}
		s.Nothing = len(selected.Items) == 0
	}
	for _, ref := range names {
		if found[ref.Name] {
			continue
		}
		found[ref.Name] = true
		var set crier.SubscriberSet
		err := reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: ref.Name}, &set)
		if apierrors.IsNotFound(err) {
			s.Missing = append(s.Missing, ref.Name)
			continue
		}
		if readable.Ignore(err) != nil { // one that can't be read is there, and isn't Ready
			return s, err
		}
		s.Sets = append(s.Sets, set)
	}
	slices.SortFunc(s.Sets, func(a, b crier.SubscriberSet) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(s.Missing)
	return s, nil
}

// Route returns the Relay of a list, nil if there is none, and what its grants
// say about the list. A Relay that doesn't let the author send is as good as
// none: a namespace must not find out which Relays others have. The Relay may be
// the cache's own: it must not be changed.
func Route(ctx context.Context, reader client.Reader, list *crier.MailingList) (*crier.Relay, grant.Ruling, error) {
	relay := &crier.Relay{}
	if err := reader.Get(ctx, list.RelayKey(), relay, client.UnsafeDisableDeepCopy); readable.Ignore(err) != nil { // see Select
		if unseen(err) {
			err = nil
		}
		return nil, grant.Ruling{}, err
	}
	ns, err := namespaceMeta(ctx, reader, list.Namespace)
	if err != nil {
		return nil, grant.Ruling{}, err
	}
	ruling := grant.ForList(relay, grant.ListOf(list, ns.Labels))
	if !ruling.Sender {
		return nil, ruling, nil
	}
	return relay, ruling, nil
}

// unseen holds for what isn't there, or is in a namespace that Crier may not
// see or doesn't serve. For the last the cache has no type of error.
func unseen(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) ||
		strings.Contains(err.Error(), "unknown namespace for the cache")
}

// namespaceMeta reads the labels of a namespace.
func namespaceMeta(ctx context.Context, reader client.Reader, name string) (*metav1.PartialObjectMetadata, error) {
	ns := &metav1.PartialObjectMetadata{}
	ns.SetGroupVersionKind(namespaceKind)
	return ns, reader.Get(ctx, client.ObjectKey{Name: name}, ns)
}
