package lint

import (
	"fmt"
	"regexp"
	"slices"

	"crier.dev/crier/internal/writing/content"
)

// greeting finds a name that is printed whatever is in it, where nobody is
// known: "Dear ," is what people see who have none.
var greeting = regexp.MustCompile(`(?i)\b(dear|hello|hi|hey|good (?:morning|afternoon|evening|day)|hallo|liebe|lieber|guten tag|sehr geehrte|sehr geehrter|bonjour|bonsoir|cher|ch[eè]re|hola|estimad[oa]|querid[oa]|ciao|buongiorno|car[oa]|gentile|ol[aá]|prezad[oa]|beste|geachte|hej|dragi|witaj|szanown[ya])[ \x{a0}]+(\{\{-?\s*(\.(?:Name|Attributes\.\w+))\s*-?\}\})\s*[,!.:]`)

func (b *broadcast) greeting(src content.Source) {
	for _, part := range []string{src.Subject, src.Text, src.HTML} {
		for _, m := range greeting.FindAllStringSubmatch(part, -1) {
			if field := m[3]; isBare(field, src) {
				b.found(Warning, RuleValue, field, fmt.Sprintf("for people without it, this reads \"%s ,\"; write %s{{ if %s }} {{ %s }}{{ end }},", m[1], m[1], field, field))
			}
		}
	}
}

func isBare(field string, src content.Source) bool {
	return slices.Contains(bareFields(src), field)
}

// wholeAddress says what becomes of an address that a value is, where nobody
// is known whose value could be looked at.
func (b *broadcast) wholeAddress() {
	if b.people.known > 0 {
		return
	}
	b.found(Warning, RuleValue, `="{{`, "this address is a field of people who aren't known here: for those whose value begins with anything but https://, http://, mailto:, tel:, sms: or the like, the message can't be written, and they get nothing")
}
