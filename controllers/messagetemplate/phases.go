package messagetemplate

import (
	"context"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/writing/draft"
)

// check looks at the template alone: which attributes there are depends on
// the Broadcast that uses it.
func (s *scope) check(context.Context) (*reconcile.Verdict, error) {
	v := reconcile.IsReady(crier.ReasonReady, "%s.", parameters(s.template.Spec))
	if err := draft.Template(s.template.Name, s.template.Spec).Check(); err != nil {
		v = reconcile.IsStalled(crier.ReasonInvalidTemplate, "%s", err)
	}
	return &v, nil
}
