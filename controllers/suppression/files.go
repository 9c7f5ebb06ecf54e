package suppression

import (
	"context"
	"errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/csvfiles"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/recipients/suppression"
)

// readCSV reads the files, which may be as they are at this moment.
func (s *scope) readCSV(ctx context.Context, source *crier.CSVSource) (*kstatus.Verdict, error) {
	for _, from := range source.From {
		files, verdict, err := csvfiles.Open(ctx, s.Reader, s.object.Namespace, from, crier.UseSuppression)
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
func unusable(err error) (*kstatus.Verdict, error) {
	var problem *suppression.Unusable
	if !errors.As(err, &problem) {
		return nil, err
	}
	v := kstatus.IsStalled(problem.Reason, "%s", problem.Message)
	return &v, nil
}
