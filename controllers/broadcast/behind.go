package broadcast

import (
	"context"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reconcile"
)

// catchUp bounds how long a Broadcast waits for what changes again and again.
// From then on it goes to whoever was read last, if that was since it waits.
const catchUp = 2 * time.Minute

// delays remembers since when Broadcasts wait for what has changed. A manager
// that restarts has them wait anew, which does no harm.
type delays struct {
	mu    sync.Mutex
	known map[types.UID]delay
}

type delay struct{ since, last time.Time }

// since notes that a Broadcast has to wait now, and returns since when it does,
// apart from shorter breaks.
func (d *delays) since(broadcast types.UID, now time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[types.UID]delay{}
	}
	known, waits := d.known[broadcast]
	if !waits || now.Sub(known.last) > catchUp {
		known.since = now
	}
	known.last = now
	d.known[broadcast] = known
	return known.since
}

func (d *delays) forget(broadcast types.UID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, broadcast)
}

// behind waits until something has been read that has changed since it was
// last read; nil if it has changed again and again for long enough.
func (s *scope) behind(reason, what string, readAt time.Time) *reconcile.Verdict {
	since := s.delays.since(s.broadcast.UID, s.now)
	until := since.Add(catchUp)
	if !s.now.Before(until) && !readAt.Before(since) {
		return nil
	}
	v := reconcile.IsReconciling(reason, "%s and is being read. Sending waits until it has been read. If it keeps changing, the version that was read last is used from %s on.",
		what, until.UTC().Format("15:04:05 MST")).After(whileSoon)
	return &v
}

// confirm finds out whether everything that decides about recipients still is
// what was planned with: lists, sets, what they are read from, and
// suppressions. Whoever was taken out, or excluded, in the meantime must not
// get the message. The error is ledgerstore.ErrNotAsPlanned if not.
func (s *scope) confirm(ctx context.Context) error {
	now := &crier.Broadcast{}
	err := s.Reader.Get(ctx, client.ObjectKeyFromObject(s.broadcast), now)
	if apierrors.IsNotFound(err) {
		return ledgerstore.ErrNotAsPlanned
	}
	if err != nil {
		return err
	}
	if now.UID != s.broadcast.UID || now.Generation != s.broadcast.Generation || now.DeletionTimestamp != nil {
		return ledgerstore.ErrNotAsPlanned
	}
	again := s.newScope(now)
	for _, phase := range []func(context.Context) (*reconcile.Verdict, error){again.findLists, again.findSets, again.findSuppressions} {
		if waits, err := phase(ctx); err != nil {
			return err
		} else if waits != nil {
			return ledgerstore.ErrNotAsPlanned
		}
	}
	if again.audienceKey(true) == s.audienceKey(true) {
		return nil
	}
	since := s.delays.since(s.broadcast.UID, again.now)
	if again.now.Sub(since) < catchUp || again.audienceKey(false) != s.audienceKey(false) {
		return ledgerstore.ErrNotAsPlanned
	}
	return nil // planned anew for so long, while the same sets went on changing
}
