package deliveryrecord

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/intact"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
)

// keepDetail is how long what became of each recipient is kept after the end.
const keepDetail = 7 * 24 * time.Hour

// retireFinished takes away what a finished record no longer needs: the
// senders at once, the detail after a week, with it the record of a test copy
// that the Broadcast's own remembers, and any other record long after
// nobody can bring its Broadcast back by mistake.
func (s *scope) retireFinished(ctx context.Context) (time.Duration, error) {
	if s.forgettable() {
		if err := s.forgetReports(ctx); err != nil {
			return 0, err
		}
		return 0, s.forget(ctx)
	}
	switch {
	case s.state.CompactedAt != nil:
		return s.untilForgettable(), nil
	case s.state.Frozen == nil:
		return s.untilForgettable(), s.compact(ctx) // what a dead attempt left
	}
	if err := s.dismissSenders(ctx); err != nil {
		return 0, err
	}
	left := keepDetail - s.now.Sub(s.state.FinishedAt.Time)
	switch {
	case s.owesReport() && (left > 0 || s.stale != ""):
		return lookForReport, nil
	case left > 0:
		return left + apart(s.record.Name, time.Hour), nil
	}
	if known, err := s.knownTest(ctx); err != nil {
		return 0, err
	} else if known {
		return 0, s.forget(ctx)
	}
	return s.untilForgettable(), s.compact(ctx)
}

// lookForReport is how often a report is looked at that is still to be mailed:
// it may be held, and without it the detail isn't deleted.
const lookForReport = time.Minute

// owesReport says whether the report of the end is still to be mailed.
func (s *scope) owesReport() bool {
	return s.record.Spec.Purpose == crier.RecordBroadcast && !slices.Contains(s.state.Reports, crier.ReportFinal)
}

// lookAgain is how long a record rests that has nothing left to do, unless an
// event brings it back: its Broadcast is deleted, or the record is changed.
const lookAgain = 24 * time.Hour

// untilForgettable is when a finished record without detail is to be looked at
// again.
func (s *scope) untilForgettable() time.Duration {
	if s.state.GoneAt == nil {
		return lookAgain + apart(s.record.Name, lookAgain)
	}
	return max(time.Second, lifecycle.ForgetAt(s.record).Sub(s.now)+time.Second)
}

// apart is a part of a time that differs between records, so that what began at
// once doesn't come back at once.
func apart(name string, at time.Duration) time.Duration {
	sum := fnv.New32a()
	sum.Write([]byte(name))
	return time.Duration(float64(at) * float64(sum.Sum32()) / (1 << 32))
}

// rests says whether a record has nothing left to do as far as the cache knows,
// and for how long: most records are of Broadcasts that stay where they are for
// ever, and cost no request. Whatever the cache doesn't know yet, its event
// brings the record back.
func (r *Reconciler) rests(ctx context.Context, name string) (after time.Duration, rests bool) {
	record := &crier.DeliveryRecord{}
	if err := intact.Client(r.Client).Get(ctx, client.ObjectKey{Name: name}, record); err != nil {
		return 0, false
	}
	state := &record.State
	if state.Stage != crier.RecordFinished || state.CompactedAt == nil || state.GoneAt != nil {
		return 0, false
	}
	broadcast := &crier.Broadcast{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: record.Spec.Namespace, Name: record.Spec.Broadcast}, broadcast)
	if err != nil || broadcast.DeletionTimestamp != nil {
		return 0, false
	}
	r.seen.First(record)
	return lookAgain + apart(name, lookAgain), true
}

// knownTest says whether the record is that of a test copy whose token the
// Broadcast's own record remembers, so that it doesn't act again without this one.
func (s *scope) knownTest(ctx context.Context) (bool, error) {
	if s.record.Spec.Purpose != crier.RecordTest {
		return false, nil
	}
	of, err := s.Store.Record(ctx, s.record.Spec.Namespace, s.record.Spec.Broadcast)
	if err != nil {
		if readable.Is(err) {
			err = nil
		}
		return false, client.IgnoreNotFound(err)
	}
	return lifecycle.Used(of.State.TestTokens, s.record.Spec.Test), nil
}

// forget deletes the record; all that it owns goes with it.
func (s *scope) forget(ctx context.Context) error {
	return client.IgnoreNotFound(s.Client.Delete(ctx, s.record, precondition(s.record)))
}

// forgetReports deletes the records of the reports, which are of no use
// without the one they are about, and would keep those of a name that is
// used again from being mailed.
func (s *scope) forgetReports(ctx context.Context) error {
	if s.record.Spec.Purpose != crier.RecordBroadcast {
		return nil
	}
	for _, kind := range s.state.Reports {
		report := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{
			Name: names.ReportRecordName(s.record.Spec.Namespace, s.record.Spec.Broadcast, s.state.Run, kind),
		}}
		if err := s.Client.Delete(ctx, report); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// compact deletes all detail.
func (s *scope) compact(ctx context.Context) error {
	if err := s.Store.Sweep(ctx, s.record, ""); err != nil {
		return err
	}
	at := metav1.NewTime(s.now)
	s.state.CompactedAt = &at
	return nil
}

// dismissSenders deletes all Jobs, the senders' identity, and what they knew
// of the relay.
func (s *scope) dismissSenders(ctx context.Context) error {
	if err := s.dismissJobs(ctx); err != nil {
		return err
	}
	return errors.Join(s.withdrawRights(ctx), s.forgetConnection(ctx))
}

// forgetConnection deletes the copy of the Relay's credentials.
func (s *scope) forgetConnection(ctx context.Context) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: s.Namespace, Name: names.HandoutSecretName(s.record.Name, s.state.Frozen.Attempt),
	}}
	return client.IgnoreNotFound(s.Client.Delete(ctx, secret))
}

// forgettable says whether nobody can need the record any more.
func (s *scope) forgettable() bool {
	return s.broadcast == nil && s.state.GoneAt != nil && s.now.After(lifecycle.ForgetAt(s.record))
}

// precondition makes sure that what is deleted is what was decided about.
func precondition(record *crier.DeliveryRecord) client.DeleteOption {
	uid, version := record.UID, record.ResourceVersion
	return client.Preconditions{UID: &uid, ResourceVersion: &version}
}
