package subscriberset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/flight"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

// maxPart is the size of a part of a roster in octets: about 20,000
// subscribers. A Secret may hold 1 MiB, but a plan holds a part of every set
// at once.
const maxPart = 250_000

// Annotations of a part of a roster.
const (
	// annotationPart is the digest of the part itself: the same roster may be
	// cut or compressed differently by another release.
	annotationPart = "crier.dev/part-digest"
	// annotationRoster is the digest of the whole, annotationSet the UID of
	// its set, annotationSpec what of the spec it was read with, and
	// annotationAccepted the consent that was used up by then: of a status
	// that is wiped, all that matters comes back out of these. The roster in use
	// is the one that was stored last (annotationStored).
	annotationRoster   = "crier.dev/roster-digest"
	annotationSet      = "crier.dev/subscriberset-uid"
	annotationSpec     = "crier.dev/roster-spec"
	annotationAccepted = "crier.dev/accept-sync"
	annotationStored   = "crier.dev/stored-at"
	// annotationHeld marks a roster that isn't in use but held by the guard.
	annotationHeld = "crier.dev/held"
)

// parallel is how many parts are on their way to the API server at once.
const parallel = 3

// store writes the parts that aren't there yet.
func (s *scope) store(ctx context.Context) (*reconcile.Verdict, error) {
	var err error
	s.count, err = s.keep(ctx, false)
	return nil, err
}

// keep stores what was read, to be used or only held.
func (s *scope) keep(ctx context.Context, held bool) (parts int32, err error) {
	rows, err := s.sink.Rows()
	if err != nil {
		return 0, errors.New("roster: can't be sorted") // the error could quote a subscriber
	}
	about := s.about(held)
	// A roster that comes into use again is stored anew, so that it is the last.
	again := !held && (s.set.Status.Roster == nil || s.set.Status.Roster.Digest != s.result.Digest)
	writes := flight.New(ctx, parallel)
	digest, _, err := roster.EncodeRows(rows, maxPart, func(part []byte) error {
		index := parts
		parts++
		return writes.Do(func(ctx context.Context) error {
			secret := rosterSecret(s.Namespace, s.set, s.result.Digest, index, part)
			maps.Copy(secret.Annotations, about)
			return s.storePart(ctx, secret, again)
		})
	})
	if failed := writes.Wait(); failed != nil {
		err = failed
	}
	if err == nil && digest != s.result.Digest {
		err = errors.New("roster: it changed while it was stored")
	}
	return parts, err
}

// about are the annotations of what was read.
func (s *scope) about(held bool) map[string]string {
	about := map[string]string{
		annotationRoster: s.result.Digest,
		annotationSet:    string(s.set.UID),
		annotationSpec:   s.inputs.SpecOf(s.result.Digest),
		annotationStored: s.Clock.Now().UTC().Format(time.RFC3339Nano),
	}
	accepted := s.accepted
	if sync := s.set.Status.Sync; sync != nil && accepted == "" {
		accepted = sync.Accepted
	}
	if accepted != "" {
		about[annotationAccepted] = accepted
	}
	if held {
		about[annotationHeld] = "true"
	}
	return about
}

func (s *scope) storePart(ctx context.Context, secret *corev1.Secret, again bool) error {
	if old, ok := s.parts[secret.Name]; ok {
		same := !again
		for _, name := range []string{annotationPart, annotationSet, annotationHeld} {
			same = same && old.Annotations[name] == secret.Annotations[name]
		}
		if same {
			return nil
		}
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, &old)); err != nil {
			return err
		}
	}
	return client.IgnoreAlreadyExists(s.Client.Create(ctx, secret))
}

// complete says whether a roster of that many parts is stored.
func (s *scope) complete(digest string, parts int32) bool {
	for i := range parts {
		part, ok := s.parts[names.RosterSecretName(s.set.Namespace, s.set.Name, digest, i)]
		if !ok || part.Annotations[annotationPart] == "" {
			return false
		}
	}
	return true
}

// countParts is how many parts of a roster are stored, without a gap.
func (s *scope) countParts(digest string) (n int32) {
	for s.complete(digest, n+1) {
		n++
	}
	return n
}

// rosterSecret is one part of a roster. The name carries the digest, so that
// the roster of a given status never changes.
func rosterSecret(namespace string, set *crier.SubscriberSet, digest string, part int32, data []byte) *corev1.Secret {
	sum := sha256.Sum256(data)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace,
			Name:      names.RosterSecretName(set.Namespace, set.Name, digest, part),
			Labels: map[string]string{
				crier.LabelComponent: crier.ComponentRoster,
				crier.LabelIdentity:  names.Identity(set.Namespace, set.Name),
			},
			Annotations: map[string]string{annotationPart: "sha256:" + hex.EncodeToString(sum[:])},
		},
		Immutable: ptr.To(true),
		Type:      corev1.SecretTypeOpaque,
		Data:      map[string][]byte{names.RosterKey: data},
	}
}

// stored lists the parts of all rosters of a set, without content.
func (r *Reconciler) stored(ctx context.Context, namespace, name string) (map[string]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.Reader.List(ctx, list, client.InNamespace(r.Namespace), client.MatchingLabels{
		crier.LabelComponent: crier.ComponentRoster,
		crier.LabelIdentity:  names.Identity(namespace, name),
	})
	out := make(map[string]metav1.PartialObjectMetadata, len(list.Items))
	for _, item := range list.Items {
		item.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		out[item.Name] = item
	}
	return out, err
}
