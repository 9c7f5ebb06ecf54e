package main

import (
	"regexp"
	"strings"
)

// An odd word, or turn of phrase, and what people say instead.
type odd struct {
	// pattern finds it. It is looked for in prose: a paragraph of a page, a
	// comment of the API, a string literal.
	pattern *regexp.Regexp
	// but says which of its finds are fine; nil for none.
	but func(find string) bool
	// figures is true for what is only odd in string literals of the product,
	// where figures belong to internal/words.
	figures bool
	better  string
}

// word is an odd word in any letter case, with word boundaries on both sides.
func word(pattern, better string) odd {
	return odd{pattern: regexp.MustCompile(`(?i)\b(?:` + pattern + `)\b`), better: better}
}

// oddities are the words that readers stumbled over.
var oddities = []odd{
	word(`mend(?:s|ed|ing)?`, "correct, fix"),
	word(`heed(?:s|ed|ing)?`, "check, respect, count"),
	{pattern: regexp.MustCompile(`(?i)(?:there\s+)?\b(?:is|are)\s+no\s+\w+`), but: thereIsNone, better: `isn't a (valid)`},
	word(`leav(?:e|es|ing) \S+ away|left away`, "remove, omit"),
	word(`of whom`, "for whom, or say it in another way"),
	word(`whom nobody|nobody knows whether`, "it is unknown whether"),
	word(`be it`, "whether, even"),
	word(`he|him|his|himself`, "they, them, their"),
	word(`takes? nothing`, "accepts no mail"),
	word(`for want of`, "without, because it is missing"),
	word(`gone on with|goes on with`, "continued"),
	word(`for good`, "permanently"),
	word(`for ever`, "forever"),
	word(`counts? all the same|(?:shown|sent) all the same`, "anyway, still"),
	word(`mail address(?:es)?`, "email address"),
	word(`objects? of (?:Kubernetes|Crier)`, "Kubernetes object, Crier object"),
	{pattern: regexp.MustCompile(`(?:^|[.;] )(?:\*\*)?Who [a-z][^.?!]*[.]`), better: "somebody who, people who, those who"},

	word(`misspelt`, "misspelled"),
	word(`time-outs?`, "timeout"),
	word(`behaviours?`, "behavior"),
	word(`colours?`, "color"),
	word(`honour(?:s|ed)?`, "honor"),
	word(`labelled|labelling`, "labeled, labeling"),
	word(`dialled|dialling`, "dialed, dialing"),
	word(`licences?`, "license"),
	word(`(?:recogn|personal|author|organ|normal|summar|initial)is(?:e|es|ed|ing)`, "-ize"),

	{
		pattern: regexp.MustCompile(`%d (?:more |of the )?(?:recipients?|subscribers?|people|messages?|rows?|addresses|errors?|warnings?|files?|lists?|sets?|objects?|entries|copies|attributes?|duplicates|days?|lines?|keys?|times)\b`),
		figures: true,
		better:  `words.Count, which knows "1 recipient" and "5,000 recipients"`,
	},
}

// thereIsNone lets through "there is no list", and what is compared: "is no
// longer", "are no more than".
func thereIsNone(find string) bool {
	found := strings.Fields(strings.ToLower(find))
	if found[0] == "there" {
		return true
	}
	switch found[len(found)-1] {
	case "longer", "more", "less", "better", "worse", "faster", "larger", "different", "need":
		return true
	}
	return false
}

// A find is an odd word in a text.
type find struct {
	// at is its octet in the text.
	at     int
	text   string
	better string
}

// search looks for odd words in prose; figures says that it is a string
// literal of the product.
func search(text string, figures bool) []find {
	var finds []find
	for _, o := range oddities {
		if o.figures && !figures {
			continue
		}
		for _, at := range o.pattern.FindAllStringIndex(text, -1) {
			found := text[at[0]:at[1]]
			if o.but == nil || !o.but(found) {
				finds = append(finds, find{at: at[0], text: strings.TrimLeft(found, ".; "), better: o.better})
			}
		}
	}
	return finds
}
