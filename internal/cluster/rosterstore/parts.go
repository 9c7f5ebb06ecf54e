package rosterstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

// maxPart is the size of a part in octets: about 20,000 rows. A Secret may
// hold 1 MiB, but a plan holds a part of every roster at once.
const maxPart = 250_000

// annotationPart is the digest of the part itself: the same roster may be cut
// or compressed differently by another release.
const annotationPart = "crier.dev/part-digest"

// parallel is how many parts are on their way to the API server at once.
const parallel = 3

// Parts are what is stored of all rosters of an object, without content, as of
// when it was looked for.
type Parts struct {
	store *Store
	of    client.ObjectKey
	found map[string]metav1.PartialObjectMetadata // by name
}

// About is what is noted on every part of a roster.
type About struct {
	Annotations map[string]string
	// Same are the annotations in which a part that is there already has to
	// agree to be left as it is.
	Same []string
	// Anew has every part written, so that it is the last that was.
	Anew bool
}

// Parts lists the parts of all rosters of an object.
func (s *Store) Parts(ctx context.Context, of client.ObjectKey) (*Parts, error) {
	list := secretList()
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels(s.labels(of)))
	found := make(map[string]metav1.PartialObjectMetadata, len(list.Items))
	for _, item := range list.Items {
		item.SetGroupVersionKind(secretKind)
		found[item.Name] = item
	}
	return &Parts{store: s, of: of, found: found}, err
}

// Notes are the annotations of each part.
func (p *Parts) Notes() iter.Seq[map[string]string] {
	return func(yield func(map[string]string) bool) {
		for _, part := range p.found {
			if !yield(part.Annotations) {
				return
			}
		}
	}
}

// Complete says whether a roster of that many parts is stored.
func (p *Parts) Complete(digest string, parts int32) bool {
	for i := range parts {
		part, ok := p.found[p.store.SecretName(p.of.Namespace, p.of.Name, digest, i)]
		if !ok || part.Annotations[annotationPart] == "" {
			return false
		}
	}
	return true
}

// Count is how many parts of a roster are stored, without a gap.
func (p *Parts) Count(digest string) (n int32) {
	for p.Complete(digest, n+1) {
		n++
	}
	return n
}

// Write stores the rows that have that digest, as far as they are not there
// yet, and returns in how many parts. It returns ErrChanged if they have
// another one.
func (p *Parts) Write(ctx context.Context, digest string, rows roster.Rows, about About) (parts int32, err error) {
	writes, ctx := errgroup.WithContext(ctx)
	writes.SetLimit(parallel)
	found, _, err := roster.EncodeRows(rows, maxPart, func(part []byte) error {
		index := parts
		parts++
		writes.Go(func() error { return p.write(ctx, p.secret(digest, index, part, about), about) })
		return context.Cause(ctx) // after an error of one, no other is begun
	})
	if failed := writes.Wait(); failed != nil {
		return 0, failed
	}
	if err == nil && found != digest {
		err = ErrChanged
	}
	return parts, err
}

func (p *Parts) write(ctx context.Context, secret *corev1.Secret, about About) error {
	if old, ok := p.found[secret.Name]; ok {
		if !about.Anew && agree(old.Annotations, secret.Annotations, about.Same) {
			return nil
		}
		if err := client.IgnoreNotFound(p.store.Client.Delete(ctx, &old)); err != nil {
			return err
		}
	}
	return client.IgnoreAlreadyExists(p.store.Client.Create(ctx, secret))
}

// agree says whether what is stored is the same, and noted alike.
func agree(old, written map[string]string, names []string) bool {
	for _, name := range names {
		if old[name] != written[name] {
			return false
		}
	}
	return old[annotationPart] == written[annotationPart]
}

// secret is one part of a roster. The name carries the digest, so that the
// roster of a given status never changes.
func (p *Parts) secret(digest string, part int32, data []byte, about About) *corev1.Secret {
	sum := sha256.Sum256(data)
	annotations := map[string]string{annotationPart: "sha256:" + hex.EncodeToString(sum[:])}
	maps.Copy(annotations, about.Annotations)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   p.store.Namespace,
			Name:        p.store.SecretName(p.of.Namespace, p.of.Name, digest, part),
			Labels:      p.store.labels(p.of),
			Annotations: annotations,
		},
		Immutable: ptr.To(true),
		Type:      corev1.SecretTypeOpaque,
		Data:      map[string][]byte{names.RosterKey: data},
	}
}

// Tidy deletes what was found, but for the rosters with these digests.
func (p *Parts) Tidy(ctx context.Context, keep ...string) error {
	for name, part := range p.found {
		if p.belongs(name, keep) {
			continue
		}
		if err := client.IgnoreNotFound(p.store.Client.Delete(ctx, &part)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Parts) belongs(secret string, digests []string) bool {
	for _, digest := range digests {
		prefix := strings.TrimSuffix(p.store.SecretName(p.of.Namespace, p.of.Name, digest, 0), "0")
		if digest != "" && strings.HasPrefix(secret, prefix) {
			return true
		}
	}
	return false
}
