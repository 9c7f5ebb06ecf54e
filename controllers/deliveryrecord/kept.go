package deliveryrecord

import (
	"context"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
)

const (
	// lookForSecrets is how often the Secrets of an attempt are looked for while
	// nothing says that one was deleted.
	lookForSecrets = 30 * time.Second
	// mostKept bounds the memory of them.
	mostKept = 4096
)

// keepsakes remembers of each record that is sent which of its Secrets are
// gone, so that they are not looked for every few seconds.
type keepsakes struct {
	mu sync.Mutex
	of map[string]keepsake // by name of the record
}

type keepsake struct {
	attempt  string
	detached []int32
	missing  ledgerstore.Missing
	at       time.Time
	stale    bool // one of them was deleted
	// damaged are those, by the index of their shards, whose recipients can't be
	// read; damagedMessage says so of the message.
	damaged        []int32
	damagedMessage bool
	read           time.Time // when that was looked at
}

// get is what is known of an attempt, and whether that is new enough.
func (k *keepsakes) get(record *crier.DeliveryRecord, now time.Time) (kept keepsake, known, fresh bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, known = k.of[record.Name]
	known = known && kept.attempt == record.State.Frozen.Attempt
	return kept, known, known && !kept.stale && now.Sub(kept.at) < lookForSecrets
}

func (k *keepsakes) put(record string, kept keepsake) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= mostKept && k.of[record].attempt == "" {
		k.of = map[string]keepsake{} // they are looked for again
	}
	k.of[record] = kept
}

func (k *keepsakes) drop(record string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, record)
}

// mistrust has the Secrets of a record looked for with its next look.
func (k *keepsakes) mistrust(record string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if kept, known := k.of[record]; known {
		kept.stale = true
		k.of[record] = kept
	}
}

// lose notes that the recipients of a shard were looked for in vain: they are gone,
// or can't be read.
func (k *keepsakes) lose(record string, shard int32, gone bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, known := k.of[record]
	if !known {
		return
	}
	kept.stale = kept.stale || gone
	if !gone && !slices.Contains(kept.damaged, shard) {
		kept.damaged = append(slices.Clone(kept.damaged), shard)
	}
	k.of[record] = kept
}

// missing says what of the ledger is not there any more so that nobody can be
// sent to, and notes whose addresses are gone. Who got the message can't be known
// without shards, so the last totals stand then, see accounted.
func (s *scope) missing(ctx context.Context) (string, error) {
	if int32(len(s.shards)) != s.state.Frozen.Shards {
		return "shards of the record were deleted, so it isn't known who got the message", nil
	}
	kept, err := s.lookForSecrets(ctx)
	if err != nil {
		return "", err
	}
	s.gone = append(slices.Clone(kept.missing.Shards), kept.damaged...)
	slices.Sort(s.gone)
	s.gone = slices.Compact(s.gone)
	switch {
	case kept.damagedMessage:
		return "the frozen message can't be read, so it can't be sent to anybody else", nil
	case kept.missing.Message:
		return "the frozen message was deleted, so it can't be sent to anybody else", nil
	case kept.missing.Files:
		return "an attachment of the frozen message was deleted, so it can't be sent to anybody else", nil
	}
	return "", nil
}

func (s *scope) lookForSecrets(ctx context.Context) (kept keepsake, err error) {
	kept, known, fresh := s.kept.get(s.record, s.now)
	if fresh {
		return kept, nil
	}
	if !known {
		kept = keepsake{attempt: s.state.Frozen.Attempt}
		kept.detached, err = s.Store.Detached(ctx, s.record)
	}
	switch {
	case apierrors.IsNotFound(err):
		kept.missing.Message = true
		return kept, nil
	case ledgerstore.IsLost(err):
		kept.damagedMessage = true
		return kept, nil
	case err != nil:
		return kept, err
	}
	if kept.missing, err = s.Store.Missing(ctx, s.record, kept.detached); err != nil {
		return kept, err
	}
	s.heal(ctx, &kept)
	kept.at, kept.stale = s.now, false
	s.kept.put(s.record.Name, kept)
	return kept, nil
}

// heal looks again at what couldn't be read: somebody may have put it back.
func (s *scope) heal(ctx context.Context, kept *keepsake) {
	if kept.damagedMessage {
		_, _, err := s.Store.Message(ctx, s.record)
		kept.damagedMessage = err != nil
	}
	read := 0
	kept.damaged = slices.DeleteFunc(slices.Clone(kept.damaged), func(shard int32) bool {
		if read++; read > mostRead {
			return false
		}
		_, err := s.Store.Recipients(ctx, &s.shards[shard])
		return err == nil
	})
}

// mostRead is how many shards' recipients are read at a time, to see whether they can be.
const mostRead = 20

// doubt looks at what senders read, when one of them has begun again: it may be
// there and damaged. Senders go on with the rest, and end with an error each
// time; who can't be read is as good as deleted.
func (s *scope) doubt(ctx context.Context, pass *crier.DeliveryPass) error {
	kept, known, _ := s.kept.get(s.record, s.now)
	if !known || s.now.Sub(kept.read) < lookForSecrets || !slices.ContainsFunc(s.pods, beganAgain) {
		return nil
	}
	kept.read = s.now
	if _, _, err := s.Store.Message(ctx, s.record); ledgerstore.IsLost(err) {
		kept.damagedMessage = !apierrors.IsNotFound(err)
	} else if err != nil {
		return err
	}
	read := 0
	for i := range s.shards {
		shard := &s.shards[i]
		if s.isGone(shard) || shard.State.Claim.PodUID != "" || read == mostRead {
			continue
		}
		if left, err := s.leftIn(shard, pass); err != nil || !left {
			continue
		}
		read++
		if _, err := s.Store.Recipients(ctx, shard); ledgerstore.IsLost(err) && !apierrors.IsNotFound(err) {
			kept.damaged = append(slices.Clone(kept.damaged), shard.Spec.Index)
		}
	}
	s.kept.put(s.record.Name, kept)
	return nil
}

// beganAgain says whether a container of the pod has been started more than once.
func beganAgain(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool { return c.RestartCount > 0 })
}

// isGone says whether the addresses of a shard's recipients are.
func (s *scope) isGone(shard *crier.DeliveryShard) bool {
	return slices.Contains(s.gone, shard.Spec.Index)
}

// onlyLostLeft says whether the pass has come to everybody who can be reached,
// and nobody works on a shard whose addresses are gone: pods that had read them
// before may go on. Others end with an error, and begin again, as long as there
// is a Job.
func (s *scope) onlyLostLeft(pass *crier.DeliveryPass) (bool, error) {
	if s.state.Lost == nil {
		return false, nil
	}
	for i := range s.shards {
		shard := &s.shards[i]
		if s.isGone(shard) && shard.State.Claim.PodUID != "" && !s.seen.Stale(shard, s.now) {
			return false, nil
		}
	}
	left, err := s.unfinished(pass)
	return !left, err
}

// reached is how far the shards are in the pass.
func (s *scope) reached(pass *crier.DeliveryPass) (reached int64) {
	for i := range s.shards {
		reached += ledger.Reached(&s.shards[i].State, pass.Number)
	}
	return reached
}

// cutOff says what comes after a pass that has ended, and how far it came.
func (s *scope) cutOff(pass *crier.DeliveryPass) (lifecycle.Step, error) {
	left, err := s.unfinished(pass)
	if err != nil {
		return lifecycle.Step{}, err
	}
	lifecycle.Progress(pass, s.reached(pass))
	return lifecycle.AfterPass(s.state, left, s.now), nil
}

// lostSecret lets through that a Secret of an attempt was deleted.
func lostSecret() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
		DeleteFunc: func(e event.DeleteEvent) bool {
			switch e.Object.GetLabels()[crier.LabelComponent] {
			case crier.ComponentRecipients, crier.ComponentMessage, crier.ComponentFile:
				return true
			}
			return false
		},
	}
}

// ofSecret is the record that misses a Secret, if it is being sent.
func (r *Reconciler) ofSecret(ctx context.Context, secret client.Object) []ctrl.Request {
	name := secret.GetLabels()[crier.LabelRecord]
	record := &crier.DeliveryRecord{}
	if secret.GetNamespace() != r.Namespace || name == "" || r.Client.Get(ctx, client.ObjectKey{Name: name}, record) != nil {
		return nil
	}
	if record.State.Stage != crier.RecordFrozen {
		return nil // it is swept up
	}
	r.kept.mistrust(name)
	return request(name)
}
