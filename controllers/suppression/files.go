package suppression

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/recipients/suppression"
)

// readCSV reads the files, which may be as they are at this moment.
func (s *scope) readCSV(ctx context.Context, source *crier.CSVSource) (*reconcile.Verdict, error) {
	for _, from := range source.From {
		files, verdict, err := userfiles.Open(ctx, s.Reader, s.object.Namespace, from, crier.UseSuppression)
		if verdict != nil || err != nil {
			return verdict, err
		}
		for _, f := range files {
			if err := s.reading.Add(f); err != nil {
				return unusable(err)
			}
		}
	}
	return nil, nil
}

// unusable makes a verdict of what its owner has to mend.
func unusable(err error) (*reconcile.Verdict, error) {
	var problem *suppression.Unusable
	if !errors.As(err, &problem) {
		return nil, err
	}
	v := reconcile.IsStalled(problem.Reason, "%s", problem.Message)
	return &v, nil
}
