package gather

import (
	"context"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/suppression"
)

// Memory gathers suppressions again and again, for many messages: what they say
// is the same as that of SuppressionsOf, and as new, but of each namespace only
// metadata is listed, by one at a time, and only what has changed is read. It
// keeps no addresses. The zero value is ready.
type Memory struct {
	mu sync.Mutex
	of map[string]*remembered // by namespace
}

// remembered are the Suppressions of a namespace as they were last read.
type remembered struct {
	listing sync.Mutex

	mu           sync.Mutex
	begun, ended int64 // listings
	found        map[types.UID]*crier.Suppression
}

// mostNamespaces bounds the memory: one that is larger begins anew.
const mostNamespaces = 5_000

// SuppressionsOf is SuppressionsOf for a reader that isn't a cache.
func (m *Memory) SuppressionsOf(ctx context.Context, reader client.Reader, operatorNamespace string, mail suppression.Mail) (*Suppressions, error) {
	return suppressionsOf(operatorNamespace, mail, reader, func(namespace string) ([]*crier.Suppression, error) {
		return m.namespace(namespace).read(ctx, reader, namespace)
	})
}

func (m *Memory) namespace(name string) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil || len(m.of) >= mostNamespaces && m.of[name] == nil {
		m.of = map[string]*remembered{}
	}
	if m.of[name] == nil {
		m.of[name] = &remembered{}
	}
	return m.of[name]
}

// read reads what has changed. Whoever comes while another one lists waits, and
// is content with the next listing, whoever makes it: it began later.
func (r *remembered) read(ctx context.Context, reader client.Reader, namespace string) ([]*crier.Suppression, error) {
	r.mu.Lock()
	want := r.begun + 1
	r.mu.Unlock()
	r.listing.Lock()
	defer r.listing.Unlock()
	r.mu.Lock()
	done := r.ended >= want
	if !done {
		r.begun++
	}
	known := r.found
	r.mu.Unlock()
	if !done {
		found, err := changed(ctx, reader, namespace, known)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		r.found, r.ended = found, r.begun
		r.mu.Unlock()
		known = found
	}
	all := make([]*crier.Suppression, 0, len(known))
	for _, s := range known {
		all = append(all, s) // nobody writes to them
	}
	return all, nil
}

// perPage is how many Suppressions one answer names.
const perPage = 500

// changed lists what there is, and reads what isn't known as it is now.
func changed(ctx context.Context, reader client.Reader, namespace string, known map[types.UID]*crier.Suppression) (map[types.UID]*crier.Suppression, error) {
	found := map[types.UID]*crier.Suppression{}
	for next := ""; ; {
		page := &metav1.PartialObjectMetadataList{}
		page.SetGroupVersionKind(crier.GroupVersion.WithKind("SuppressionList"))
		if err := reader.List(ctx, page, client.InNamespace(namespace), client.Limit(perPage), client.Continue(next)); err != nil {
			return nil, err
		}
		for i := range page.Items {
			meta := &page.Items[i]
			if s := known[meta.UID]; s != nil && s.ResourceVersion == meta.ResourceVersion {
				found[meta.UID] = s
				continue
			}
			s := &crier.Suppression{}
			err := reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: meta.Name}, s)
			if apierrors.IsNotFound(err) {
				continue // since
			}
			if err != nil {
				return nil, err
			}
			found[s.UID] = small(s)
		}
		if next = page.Continue; next == "" {
			return found, nil
		}
	}
}

// small is a Suppression without what is stored elsewhere, or of no use here.
func small(s *crier.Suppression) *crier.Suppression {
	s.Spec.Entries, s.ManagedFields, s.Annotations, s.Labels = nil, nil, nil, nil
	return s
}
