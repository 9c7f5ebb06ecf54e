package declared

import (
	"context"

	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/client/manifest"
)

// Refusal is why an object isn't used.
type Refusal struct {
	Object   *manifest.Object
	Problems []apirules.Problem
}

// Load takes objects with the defaults that an API server would give them.
// Those that it would refuse are used too, unless they haven't the form of
// their kind, and all are refusals. Objects without a namespace get the one
// that is given.
func Load(ctx context.Context, objects []manifest.Object, namespace string) (*World, []Refusal, error) {
	w := &World{}
	var refusals []Refusal
	for i := range objects {
		o := &objects[i]
		o.SetNamespace(namespace)
		if o.Group() != apirules.Group {
			if err := w.Add(o.Content, o); err != nil {
				return nil, nil, err
			}
			continue
		}
		if versions, err := apirules.Versions(o.Kind); err != nil || len(versions) == 0 {
			continue
		}
		result, err := apirules.Check(ctx, o.Content)
		if err != nil {
			refusals = append(refusals, Refusal{o, []apirules.Problem{{Message: err.Error()}}})
			continue
		}
		if len(result.Problems) > 0 {
			refusals = append(refusals, Refusal{o, result.Problems})
		}
		if result.Shaped() {
			if err := w.Add(result.Content, o); err != nil {
				return nil, nil, err
			}
		}
	}
	return w, refusals, nil
}
