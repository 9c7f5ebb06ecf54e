package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/delivery/lifecycle"
)

// gap is the time in which the message may have been sent without the ledger
// knowing of it; nil for none. Everything that leads to mail asks it.
func (s *scope) gap(ctx context.Context) (*heartbeat.Gap, error) {
	gap, err := s.Heart.Gap(ctx)
	if err != nil {
		return nil, err
	}
	var state *crier.DeliveryRecordState
	if s.record != nil {
		state = &s.record.State
	}
	if !gap.Holds(s.broadcast, state) {
		return nil, nil
	}
	return gap, nil
}

// mayBeSent is the verdict on a Broadcast that a gap holds.
func mayBeSent(gap *heartbeat.Gap) reconcile.Verdict {
	return reconcile.IsStalled(crier.ReasonLedgerStale, "%s.", gap.Message()).After(whileWaiting)
}

// restored holds what Velero brought back and would send: what was sent since
// the backup isn't known. The record comes after its Broadcast, so that there is
// none yet proves nothing.
func (s *scope) restored() *reconcile.Verdict {
	from, held := lifecycle.HeldRestore(s.broadcast)
	if !held {
		return nil
	}
	v := reconcile.IsStalled(crier.ReasonRestored,
		"It may have been sent after the backup was made: Velero restored it (%s). "+
			"If it was, delete it. If it wasn't, let it go on with: crier ledger release %s -n %s",
		from, s.broadcast.Name, s.broadcast.Namespace).After(whileWaiting)
	return &v
}

// mayBeResent holds a resend that may have been carried out before the ledger
// was set back.
func (s *scope) mayBeResent(ctx context.Context) (*reconcile.Verdict, error) {
	v := s.restored()
	if v == nil {
		gap, err := s.gap(ctx)
		if err != nil || gap == nil {
			return nil, err
		}
		held := mayBeSent(gap)
		v = &held
	}
	s.show()
	return v, nil
}
