package lint

import (
	"fmt"
	"regexp"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

var (
	// conditions are what stands in {{ if }}, {{ else if }} and {{ with }}.
	conditions = regexp.MustCompile(`\{\{-?\s*(?:else\s+)?(?:if|with)\s+([^}]*?)\s*-?\}\}`)
	// asked is an attribute of which only is asked whether it is empty.
	asked = regexp.MustCompile(`(?:^|\(\s*|\b(?:not|and|or)\s+|\b(?:and|or)\s+\S+\s+)\.Attributes\.(\w+)(?:\s|\)|$)`)
	// ordered is an attribute that is compared by size.
	ordered = regexp.MustCompile(`\b(?:gt|ge|lt|le)\s+(?:\S+\s+)?\.Attributes\.(\w+)`)
)

// truths looks for conditions that read an attribute by the type that its sets
// declare. In a message it is a text: "false" isn't empty, and 12 is before 9.
func (b *broadcast) truths() {
	types := b.declaredTypes()
	if len(types) == 0 {
		return
	}
	said := map[string]bool{}
	for _, p := range b.allPieces() {
		for _, m := range conditions.FindAllStringSubmatchIndex(p.text, -1) {
			text := p.text[m[2]:m[3]]
			for _, name := range attributesIn(asked, text) {
				if types[name] == crier.AttributeBoolean && !said["is "+name] {
					said["is "+name] = true
					b.truth(p, m[0], fmt.Sprintf("attributes are texts here: %s is true for everybody who has it, also if it says false; write {{ if eq .Attributes.%s \"true\" }}, as it stands in the rows", name, name))
				}
			}
			for _, name := range attributesIn(ordered, text) {
				if t := types[name]; (t == crier.AttributeInteger || t == crier.AttributeNumber) && !said["by size "+name] {
					said["by size "+name] = true
					b.truth(p, m[0], fmt.Sprintf("attributes are texts here: \"12\" comes before \"9\" in a comparison of %s; compare numbers in spec.filter", name))
				}
			}
		}
	}
}

func (b *broadcast) truth(p piece, at int, message string) {
	b.l.add(Finding{Position: p.at(at), Severity: Warning, Rule: RuleValue, Object: p.object.Title(), Message: message})
}

// declaredTypes are the types of attributes that the sets of the lists declare.
func (b *broadcast) declaredTypes() map[string]crier.AttributeType {
	types := map[string]crier.AttributeType{}
	for _, list := range b.facts.Lists {
		for _, set := range b.l.world.Audience(list).Sets {
			for name, declared := range set.Spec.Attributes {
				types[name] = declared.ValueType()
			}
		}
	}
	return types
}

func attributesIn(form *regexp.Regexp, text string) (found []string) {
	for _, m := range form.FindAllStringSubmatch(strings.TrimSpace(text), -1) {
		found = append(found, m[1])
	}
	return found
}
