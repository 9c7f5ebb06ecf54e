package watch

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

// Field indexes that several kinds have, or several controllers ask for.
const (
	// IndexRelay is of MailingLists, by "namespace/name" of their Relay.
	IndexRelay = "relay"
	// IndexUses is by "Kind/name" of what an object of the same namespace is
	// made of.
	IndexUses = "uses"
	// IndexIdentity is by the label of what is stored for an object.
	IndexIdentity = "identity"
)

// ByRelay is the function of IndexRelay.
func ByRelay(obj client.Object) []string {
	list, ok := obj.(*crier.MailingList)
	if !ok {
		return nil
	}
	return []string{list.RelayKey().String()}
}

// ByIdentity is the function of IndexIdentity.
func ByIdentity(obj client.Object) []string {
	return []string{names.Identity(obj.GetNamespace(), obj.GetName())}
}

// Use is a value of IndexUses.
func Use(kind, name string) string { return kind + "/" + name }

// Using finds, in a namespace, what uses an object.
func Using(obj client.Object, kind string) []client.ListOption {
	return []client.ListOption{client.InNamespace(obj.GetNamespace()), client.MatchingFields{IndexUses: Use(kind, obj.GetName())}}
}

// Object is what a list has items of.
type Object[T any] interface {
	*T
	client.Object
}

// Find lists what is in the cache without copying it, and returns a request for
// each item that concerns, which may be nil for all of them. Nothing may be
// changed there. items are those of list.
func Find[T any, P Object[T]](ctx context.Context, reader client.Reader, list client.ObjectList, items func() []T, concerns func(P) bool, options ...client.ListOption) []ctrl.Request {
	if err := reader.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // a cache has no errors but that of a missing index
	}
	var out []ctrl.Request
	all := items()
	for i := range all {
		if obj := P(&all[i]); concerns == nil || concerns(obj) {
			out = append(out, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		}
	}
	return out
}
