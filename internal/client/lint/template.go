package lint

import (
	"errors"

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
		l.add(Finding{Position: t.Object.TextLine(fieldOf(p.Place), p.Line), Severity: Error, Rule: RuleTemplate, Object: t.Object.Title(), Message: p.Message})
	}
}
