package lint

import "strings"

// cut looks for texts whose lines YAML joins, as nobody meant who wrote them.
func (b *broadcast) cut() {
	for _, p := range b.allPieces() {
		if w, _ := p.object.Written(p.field); w.Folded && linesWere(p.field) {
			b.l.at(p.object, Warning, RuleContent, p.field, "behind > YAML joins the lines of a text; write | to keep them")
		}
	}
}

// linesWere says whether lines count in a field.
func linesWere(field string) bool {
	return strings.HasSuffix(field, ".text") && !strings.HasSuffix(field, "link.text") || strings.HasSuffix(field, ".markdown") ||
		strings.HasSuffix(field, ".postalAddress") || strings.HasSuffix(field, ".html")
}
