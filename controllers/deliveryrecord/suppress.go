package deliveryrecord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
)

// annotationMarks is the version of the marks in a Secret, so that they need
// not be read to know it.
const annotationMarks = "crier.dev/marks-version"

// heed marks the recipients who are suppressed by now where senders look, and
// says whether it is known who they are. If it isn't, senders are told to wait,
// and people why. Reports and test copies are mail of another kind.
//
// What is posted is made of what applies now, whatever was posted before: who
// isn't suppressed any longer is sent to again. What is written is read before
// what applies is: so whoever overwrites it knows at least as much as the one
// who wrote it.
func (s *scope) heed(ctx context.Context) (known bool, err error) {
	if s.record.Spec.Purpose != crier.RecordBroadcast {
		return true, nil
	}
	if s.marks != "" {
		return s.marks != handout.SuppressionsUnknown, nil // in this look
	}
	known, err = s.lookForSuppressed(ctx)
	if err == nil || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || ctx.Err() != nil {
		return known, err
	}
	// Senders must not go on by what was known before.
	log.FromContext(ctx).Error(err, "look for who is suppressed")
	return s.unknown("Crier can't find out who is suppressed; it tries again, and its log says more")
}

func (s *scope) lookForSuppressed(ctx context.Context) (known bool, err error) {
	if err := s.readBoard(ctx); err != nil {
		return false, err
	}
	posted, err := s.postedMarks(ctx)
	if err != nil {
		return false, err
	}
	version, err := s.follow(ctx, posted)
	var wait *stillRead
	switch {
	case errors.As(err, &wait):
		return s.unknown(fmt.Sprintf("Suppression %s is still being read, so it isn't known who is suppressed", wait.which))
	case errors.Is(err, rosterstore.ErrUnavailable):
		return s.unknown("the addresses of a Suppression are being read again")
	case errors.Is(err, suppression.ErrTooManyMarks):
		return s.unknown(err.Error() + "; delete the Broadcast, and send to the rest under a new name")
	case err != nil:
		return false, err
	}
	s.marks = version
	return true, nil
}

// unknown has senders wait, and people know why.
func (s *scope) unknown(why string) (bool, error) {
	s.marks = handout.SuppressionsUnknown
	s.noteTrouble(crier.ReasonSuppressionNotReady, why)
	return false, nil
}

// mail is what the record sends.
func (s *scope) mail() suppression.Mail {
	m := suppression.Mail{Namespace: s.record.Spec.Namespace, Relay: s.state.Route.Relay}
	if lists := s.state.Lists; lists != nil {
		m.Lists, m.Purpose = lists.Names, lists.Purpose
	}
	return m
}

// postedMarks reads the metadata of what is posted; nil for nothing.
func (s *scope) postedMarks(ctx context.Context) (*metav1.PartialObjectMetadata, error) {
	posted := &metav1.PartialObjectMetadata{}
	posted.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	key := client.ObjectKey{Namespace: s.Namespace, Name: names.MarksSecretName(s.record.Name, s.state.Frozen.Attempt)}
	if err := s.Reader.Get(ctx, key, posted); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return posted, nil
}

// stillRead says that it isn't known yet what some suppressions say now.
type stillRead struct{ which string }

func (e *stillRead) Error() string { return "suppressions are still being read: " + e.which }

// followTries is how many times what applies is gathered in a look because it
// was stored anew while it was read.
const followTries = 3

// follow makes what is posted follow what applies, and returns its version.
func (s *scope) follow(ctx context.Context, posted *metav1.PartialObjectMetadata) (version string, err error) {
	for range followTries {
		all, err := s.suppressions.SuppressionsOf(ctx, s.Reconciler.Reader, s.Namespace, s.mail())
		if err != nil {
			return "", err
		}
		if wait := all.Waits(); wait != "" && (posted == nil || !s.lagging.bears(all, s.now)) {
			return "", &stillRead{wait}
		}
		version = s.versionOf(all.Digest())
		if posted != nil && posted.Annotations[annotationMarks] == version {
			return version, nil
		}
		if err = s.postMarks(ctx, posted, all, version); !errors.Is(err, rosterstore.ErrUnavailable) {
			return version, err
		}
	}
	return version, rosterstore.ErrUnavailable
}

// planned says whether nothing has changed since the recipients were frozen:
// whoever is suppressed isn't among them.
func (s *scope) planned(digest string) bool {
	return digest == "" || s.state.Suppressions != nil && s.state.Suppressions.Digest == digest
}

// versionOf is the version of marks that are made now. Those that lack shards
// whose addresses are gone are others than those with all: when the addresses are
// back, senders must not go by the marks without them.
func (s *scope) versionOf(digest string) string {
	if len(s.gone) == 0 || s.planned(digest) {
		return digest
	}
	sum := fnv.New64a()
	_, _ = fmt.Fprint(sum, s.gone) // it never fails
	return fmt.Sprintf("%s-without-%x", digest, sum.Sum64())
}

// isThere says whether the addresses of a shard aren't gone, or not any more.
func (s *scope) isThere(shard int32) bool { return !slices.Contains(s.gone, shard) }

// keepMarks keeps what was posted of shards whose addresses are gone: a sender may
// have read them before.
func (s *scope) keepMarks(ctx context.Context, posted *metav1.PartialObjectMetadata, marks *suppression.Marks) error {
	if posted == nil || len(s.gone) == 0 {
		return nil
	}
	before, _, err := s.readMarks(ctx, posted)
	if err != nil || before == nil {
		return err
	}
	for _, shard := range s.gone {
		if marked, some := before.Shards[shard]; some {
			marks.Keep(shard, marked)
		}
	}
	return nil
}

// recipients reads those of a shard. If they are gone, or can't be read, that is
// noted, and the next look does without them.
func (s *scope) recipients(ctx context.Context, shard *crier.DeliveryShard) ([]roster.Subscriber, error) {
	recipients, err := s.Store.Recipients(ctx, shard)
	if ledgerstore.IsLost(err) {
		s.kept.lose(s.record.Name, shard.Spec.Index, apierrors.IsNotFound(err))
		return nil, apierrors.NewConflict(corev1.Resource("secrets"), shard.Spec.Secret, err) // look again
	}
	return recipients, err
}

// maxOrigin is what may stand beside marks, in octets: together they fit into a
// Secret.
const maxOrigin = 100_000

// postMarks writes marks in the place of what was posted.
func (s *scope) postMarks(ctx context.Context, posted *metav1.PartialObjectMetadata, all *gather.Suppressions, version string) error {
	marks := &suppression.Marks{Version: version}
	if !s.planned(all.Digest()) {
		var err error
		if marks, err = s.remark(ctx, posted, all); err == nil && marks == nil {
			if marks, err = s.mark(ctx, all, version); err == nil {
				err = s.keepMarks(ctx, posted, marks)
			}
		}
		if err != nil {
			return err
		}
		marks.Without = s.gone
	}
	data, err := marks.Encode()
	if err != nil {
		return err
	}
	from := all.Origin()
	from.Version = version
	origin, err := json.Marshal(from)
	if err != nil {
		return err
	}
	if len(origin) > maxOrigin {
		origin = nil // all recipients are read the next time
	}
	attempt := s.state.Frozen.Attempt
	secret := &corev1.Secret{
		ObjectMeta: ledgerstore.Meta(s.record, s.Namespace, attempt, crier.ComponentMarks, names.MarksSecretName(s.record.Name, attempt)),
		Data:       map[string][]byte{names.MarksKey: data, names.OriginKey: origin},
	}
	secret.Annotations = map[string]string{annotationMarks: version}
	if posted == nil {
		return s.Client.Create(ctx, secret)
	}
	secret.UID, secret.ResourceVersion = posted.UID, posted.ResourceVersion
	return s.Client.Update(ctx, secret)
}

// listNames are the lists by the places that recipients have. Older releases
// sent to one, and didn't name it.
func (s *scope) listNames() []string {
	if s.state.Lists == nil {
		return []string{""}
	}
	return s.state.Lists.Names
}

// matchers say who is suppressed by now, for each list.
func (s *scope) matchers(ctx context.Context, all *gather.Suppressions) (of []*suppression.Matcher) {
	for _, name := range s.listNames() {
		of = append(of, all.OfList(ctx, name, s.now))
	}
	return of
}

// mark finds the suppressed among all recipients, shard by shard: they are in
// the order of their keys, as the addresses of suppressions are. In passing it
// learns the index, which records of older releases lack.
func (s *scope) mark(ctx context.Context, all *gather.Suppressions, version string) (*suppression.Marks, error) {
	marker := &suppression.Marker{Version: version, Lists: s.matchers(ctx, all)}
	var first []string
	for i := range s.shards {
		shard := &s.shards[i]
		if s.isGone(shard) {
			continue // they get nothing anyway
		}
		recipients, err := s.recipients(ctx, shard)
		if err != nil {
			return nil, err
		}
		if len(recipients) > 0 {
			first = append(first, roster.Key(recipients[0].Email))
		}
		for at, to := range recipients {
			if err := marker.Mark(shard.Spec.Index, at, len(recipients), to.List, []byte(roster.Key(to.Email))); err != nil {
				return nil, err
			}
		}
	}
	marks, err := marker.Marks()
	if err == nil && len(first) == int(s.state.Frozen.Shards) {
		if failed := s.Store.WriteIndex(ctx, s.record, s.state.Frozen, first); failed != nil {
			log.FromContext(ctx).Error(failed, "write the index of recipients") // the next time costs as much
		}
	}
	return marks, err
}
