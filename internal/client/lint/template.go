package lint

import (
	"errors"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
)

// messageTemplate checks a template whatever it is used for.
func (l *linter) messageTemplate(t declared.Of[*crier.MessageTemplate]) {
	err := draft.Template(t.Value.Name, t.Value.Spec).Check()
	var problems content.Problems
	if !errors.As(err, &problems) {
		return
	}
	for _, p := range problems {
		piece := strings.TrimPrefix(p.Part, "template "+t.Value.Name)
		l.add(Finding{Position: templatePlace(t.Object, piece, p.Line), Severity: Error, Rule: RuleTemplate, Object: t.Object.Title(), Message: p.Message})
	}
}
