package broadcast

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	suppressions "crier.dev/crier/internal/recipients/suppression"
)

// findSuppressions finds who must not be written to, and waits for what isn't
// read yet: somebody would get mail who must not.
func (s *scope) findSuppressions(ctx context.Context) (*reconcile.Verdict, error) {
	mail := suppressions.Mail{
		Namespace: s.broadcast.Namespace, Lists: s.listNames(), Relay: s.relayRef(), Purpose: s.list.Spec.Purpose,
	}
	found, err := s.suppressions.SuppressionsOf(ctx, s.Reconciler.Reader, s.Namespace, mail)
	if err != nil {
		return nil, err
	}
	s.suppressed = found
	if wait := found.Waits(); wait != "" {
		return verdict(reconcile.IsReconciling(crier.ReasonSuppressionNotReady,
			"Suppression %s is still being read. Sending starts when it is known who is suppressed.", wait).After(whileWaiting))
	}
	late, err := found.Behind(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range late {
		if v := s.behind(crier.ReasonSuppressionNotReady, "Suppression "+one.Name+" reads files that have just changed", one.ReadAt); v != nil {
			return v, nil
		}
	}
	return nil, nil
}

func (s *scope) listNames() []string {
	names := make([]string, 0, len(s.lists))
	for _, list := range s.lists {
		names = append(names, list.Name)
	}
	return names
}
