package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/work"
)

// Changing is a Suppression of the namespace that changes again and again. It
// names people between the recipients, and no recipient: so every change
// touches a shard, and everybody still gets the message.
type Changing struct {
	client client.Client
	object *crier.Suppression
	people int // to choose among
	next   int
}

// kept is how many entries it has.
const kept = 20

// DeclareChanging makes it and waits until it is read.
func DeclareChanging(ctx context.Context, c client.Client, people int) (*Changing, error) {
	s := &Changing{client: c, people: people, object: &crier.Suppression{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "changing"},
		Spec: crier.SuppressionSpec{
			Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Reason: crier.SuppressedUnsubscribed,
		},
	}}
	for range kept {
		s.object.Spec.Entries = append(s.object.Spec.Entries, s.entry())
	}
	return s, createSuppression(ctx, c, s.object)
}

// entry is somebody beside a recipient whom nothing else names.
func (s *Changing) entry() crier.SuppressionEntry {
	s.next++
	local, domain, _ := strings.Cut(work.PersonOf(s.next*7919%s.people).Email, "@")
	return crier.SuppressionEntry{Address: crier.MailAddress(fmt.Sprintf("%s-%d@%s", local, s.next, domain))}
}

// Run changes it so many times a second until ctx is done: one comes, one goes.
// It returns how many times it did.
func (s *Changing) Run(ctx context.Context, perSecond int) (n int, err error) {
	ticker := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return n, nil
		case <-ticker.C:
		}
		change := client.MergeFrom(s.object.DeepCopy())
		entries := &s.object.Spec.Entries
		*entries = append((*entries)[1:], s.entry())
		if err := s.client.Patch(ctx, s.object, change); err != nil {
			if ctx.Err() != nil {
				return n, nil
			}
			return n, err
		}
		n++
	}
}
