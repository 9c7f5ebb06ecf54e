package broadcast

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// longestWait is how long a Broadcast that waits isn't looked at, at the most.
const longestWait = 5 * time.Minute

// interval is when to look again at something that has waited for so long, and is
// woken by whatever it waits for: soon at first, in case that was missed.
// Hundreds of Broadcasts may wait for weeks for a set that nobody creates.
func interval(waited time.Duration) time.Duration {
	const share = 2 // half of the time that passed already
	return min(max(whileWaiting, waited/share), longestWait)
}

// patience remembers since when Broadcasts wait for the same reason. A manager
// that restarts begins anew, which costs a few looks.
type patience struct {
	mu    sync.Mutex
	known map[types.NamespacedName]waitingSince
}

type waitingSince struct {
	reason string
	since  time.Time
}

// next is when to look again at a Broadcast that waits for that reason.
func (p *patience) next(broadcast types.NamespacedName, reason string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[types.NamespacedName]waitingSince{}
	}
	waits, known := p.known[broadcast]
	if !known || waits.reason != reason {
		waits = waitingSince{reason: reason, since: now}
		p.known[broadcast] = waits
	}
	return interval(now.Sub(waits.since))
}

func (p *patience) forget(broadcast types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, broadcast)
}

// patiently stretches the intervals of one that has waited long for what others
// have to mend, and of which nothing is frozen: from then on its record sets the
// pace. Nothing is stretched beyond the deadline, nor for a ledger that may be
// stale: when a person lets go on, no event comes of it.
func (s *scope) patiently(v reconcile.Verdict) reconcile.Verdict {
	key := types.NamespacedName{Namespace: s.broadcast.Namespace, Name: s.broadcast.Name}
	frozen := s.record != nil && (s.record.State.Frozen != nil || s.record.State.Stage == crier.RecordFinished)
	if frozen || v.RequeueAfter != whileWaiting || v.Reason == crier.ReasonLedgerStale {
		s.patience.forget(key)
		return v
	}
	return v.After(s.patience.next(key, v.Reason, s.now))
}
