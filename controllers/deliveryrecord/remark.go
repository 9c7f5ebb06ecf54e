package deliveryrecord

import (
	"context"
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
)

// remark makes marks out of those that are posted and of what has changed since,
// and reads only the shards that it touches. It returns nil where it can't be
// sure: then all recipients are read. Whatever it goes by is named by digests,
// so a manager that was killed or overtaken leaves nothing that could be taken
// for something else.
func (s *scope) remark(ctx context.Context, posted *metav1.PartialObjectMetadata, all *gather.Suppressions) (*suppression.Marks, error) {
	if posted == nil {
		return nil, nil
	}
	marks, origin, err := s.readMarks(ctx, posted)
	if err != nil || marks == nil || slices.ContainsFunc(marks.Without, s.isThere) {
		return nil, err
	}
	changed, known, err := all.Since(ctx, origin)
	if err != nil || !known {
		return nil, err
	}
	index, err := s.Store.Index(ctx, s.record)
	if err != nil || index == nil || len(s.shards) != len(index.Keys) {
		return nil, err
	}
	by := suppression.NewRemarker(origin.Purpose, s.now, s.listNames(), changed)
	r := &remarking{scope: s, marks: marks, index: index, by: by}
	if known, err := r.all(ctx); err != nil || !known {
		return nil, err
	}
	if err := r.ask(ctx, all); err != nil {
		return nil, err
	}
	if r.odd {
		return nil, nil
	}
	marks.Version = s.versionOf(all.Digest())
	return marks, nil
}

// readMarks reads the marks that are posted, and what they were made of; nil if
// that isn't known.
func (s *scope) readMarks(ctx context.Context, posted *metav1.PartialObjectMetadata) (*suppression.Marks, *suppression.Origin, error) {
	secret := &corev1.Secret{}
	if err := s.Reader.Get(ctx, client.ObjectKeyFromObject(posted), secret); err != nil {
		return nil, nil, err
	}
	if secret.UID != posted.UID || secret.ResourceVersion != posted.ResourceVersion {
		return nil, nil, apierrors.NewConflict(corev1.Resource("secrets"), secret.Name, nil) // look again
	}
	origin := &suppression.Origin{}
	marks, err := suppression.DecodeMarks(secret.Data[names.MarksKey])
	if err != nil || json.Unmarshal(secret.Data[names.OriginKey], origin) != nil ||
		origin.Version != marks.Version || secret.Annotations[annotationMarks] != marks.Version {
		return nil, nil, nil // of an older release, say: all are read
	}
	return marks, origin, nil
}

// remarking is one change of marks.
type remarking struct {
	*scope
	marks  *suppression.Marks
	index  *suppression.Index
	by     *suppression.Remarker
	unsure []unsure
	odd    bool // something isn't where it should be
}

// unsure is a recipient of whom all suppressions have to be asked.
type unsure struct {
	shard     int32
	index, of int
	list      int
	key       string
}

// all judges whoever changed and is a recipient. It is false if it can't, or if
// it would have to read most of the recipients for it.
func (r *remarking) all(ctx context.Context) (bool, error) {
	touched := map[int][]string{}
	for _, key := range r.by.Keys() {
		if shard := r.index.Shard(key); shard >= 0 {
			touched[shard] = append(touched[shard], key)
		}
	}
	if len(touched) > 1+len(r.shards)/2 {
		return false, nil
	}
	for shard := range r.shards {
		keys := touched[shard]
		if len(keys) == 0 {
			continue
		}
		if known, err := r.one(ctx, shard, keys); err != nil || !known {
			return false, err
		}
	}
	return true, nil
}

// one judges whoever of a shard's recipients has one of the keys, which are in
// order.
func (r *remarking) one(ctx context.Context, at int, keys []string) (bool, error) {
	shard := &r.shards[at]
	if int(shard.Spec.Index) != at {
		return false, nil
	}
	if r.isGone(shard) {
		return true, nil // they get nothing anyway
	}
	recipients, err := r.recipients(ctx, shard)
	if err != nil {
		return false, err
	}
	n := len(recipients)
	if n == 0 || !r.index.Holds(at, roster.Key(recipients[0].Email), roster.Key(recipients[n-1].Email)) {
		return false, nil
	}
	for i, to := range recipients {
		key := roster.Key(to.Email)
		if _, asked := slices.BinarySearch(keys, key); !asked {
			continue
		}
		number, sure := r.by.Judge(to.List, key, r.marks.At(shard.Spec.Index, i))
		if !sure {
			r.unsure = append(r.unsure, unsure{shard.Spec.Index, i, n, to.List, key})
			continue
		}
		if !r.marks.Set(shard.Spec.Index, i, n, number) {
			return false, nil
		}
	}
	return true, nil
}

// ask asks all suppressions about those of whom it isn't sure. They are in the
// order of their keys.
func (r *remarking) ask(ctx context.Context, all *gather.Suppressions) error {
	if len(r.unsure) == 0 {
		return nil
	}
	lists := r.matchers(ctx, all)
	for _, u := range r.unsure {
		if u.list < 0 || u.list >= len(lists) {
			r.odd = true
			return nil
		}
		reason, suppressed, err := lists[u.list].Match([]byte(u.key))
		if err != nil {
			return err
		}
		if !r.marks.Set(u.shard, u.index, u.of, suppression.Number(reason, suppressed)) {
			r.odd = true
			return nil
		}
	}
	for _, list := range lists {
		if err := list.Finish(); err != nil {
			return err
		}
	}
	return nil
}
