package messagetemplate

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// parameters says what a Broadcast has to give, and may.
func parameters(spec crier.MessageTemplateSpec) string {
	var required []string
	for _, p := range spec.Parameters {
		if p.Required {
			required = append(required, p.Name)
		}
	}
	text := fmt.Sprintf("%d parameters", len(spec.Parameters))
	switch len(spec.Parameters) {
	case 0:
		return "No parameters"
	case 1:
		text = "1 parameter"
	}
	if len(required) > 0 {
		text += ", required: " + strings.Join(required, ", ")
	}
	return text
}

// applyVerdict puts the verdict into the status.
func (s *scope) applyVerdict(v reconcile.Verdict) {
	status := &s.template.Status
	status.ObservedGeneration = s.template.Generation
	before := s.previous.DeepCopy()
	status.Conditions = reconcile.Conditions(before.Conditions, s.template.Generation, v, s.Clock.Now())
}
