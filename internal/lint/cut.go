package lint

import (
	"fmt"
	"strings"
)

// cut looks for texts of which YAML leaves something out, or whose lines it
// joins, as nobody meant who wrote them.
func (b *broadcast) cut() {
	for _, p := range b.allPieces() {
		comment, folded := p.object.Written(p.field)
		if strings.HasPrefix(comment, "#") && len(comment) > 1 && comment[1] != ' ' && comment[1] != '#' {
			b.l.at(p.object, Warning, RuleContent, p.field, fmt.Sprintf("YAML takes %q for a comment, and leaves it out; write the text in quotation marks", clip(comment)))
		}
		if folded && linesWere(p.field) {
			b.l.at(p.object, Warning, RuleContent, p.field, "behind > YAML joins the lines of a text; write | to keep them")
		}
	}
}

// linesWere says whether lines count in a field.
func linesWere(field string) bool {
	return strings.HasSuffix(field, ".text") && !strings.HasSuffix(field, "link.text") || strings.HasSuffix(field, ".markdown") ||
		strings.HasSuffix(field, ".postalAddress") || strings.HasSuffix(field, ".html")
}
