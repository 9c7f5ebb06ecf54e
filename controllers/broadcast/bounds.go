package broadcast

import (
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/audience"
)

// checkBounds holds an audience that isn't of the size that was asked for.
func (s *scope) checkBounds() *reconcile.Verdict {
	problem := s.limits().Check(s.planned.Summary)
	if problem == nil {
		return nil
	}
	v := reconcile.IsStalled(problem.Reason, "%s", problem.Message).After(whileWaiting)
	return &v
}

func (s *scope) limits() audience.Limits {
	limits := audience.Limits{Granted: s.granted.MaxRecipients}
	for _, r := range s.reaches {
		of := audience.ListLimits{Name: r.list.Name, Bounds: r.list.Spec.Audience.AudienceBounds}
		for i := range r.sets {
			of.Sets = append(of.Sets, r.sets[i].Name)
		}
		limits.Lists = append(limits.Lists, of)
	}
	if own := s.broadcast.Spec.Audience; own != nil {
		limits.Broadcast = &own.AudienceBounds
	}
	return limits
}
