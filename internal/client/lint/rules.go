package lint

// Rule is the name of a check. docs/lint.md explains each.
type Rule string

// The rules.
const (
	RuleUnreadable  Rule = "unreadable"
	RuleSyntax      Rule = "syntax"
	RuleKind        Rule = "kind"
	RuleField       Rule = "field"
	RuleSchema      Rule = "schema"
	RuleDuplicate   Rule = "duplicate"
	RuleReference   Rule = "reference"
	RuleGrant       Rule = "grant"
	RuleAddress     Rule = "address"
	RuleUnsubscribe Rule = "unsubscribe"
	RuleRows        Rule = "rows"
	RuleTemplate    Rule = "template"
	RuleContent     Rule = "content"
	RuleFilter      Rule = "filter"
	RuleLists       Rule = "lists"
	RuleAttachment  Rule = "attachment"
	RuleMessage     Rule = "message"
	RuleSubject     Rule = "subject"
	RuleLink        Rule = "link"
	RuleImage       Rule = "image"
	RuleLanguage    Rule = "language"
	RuleSize        Rule = "size"
	RuleTime        Rule = "time"
	RuleValue       Rule = "value"
	RuleMarkup      Rule = "markup"
	RulePlaceholder Rule = "placeholder"
)

// Rules are all of them.
func Rules() []Rule {
	return []Rule{
		RuleUnreadable, RuleSyntax, RuleKind, RuleField, RuleSchema, RuleDuplicate, RuleReference, RuleGrant, RuleAddress,
		RuleUnsubscribe, RuleRows, RuleTemplate, RuleContent, RuleFilter, RuleLists, RuleAttachment, RuleMessage,
		RuleSubject, RuleLink, RuleImage, RuleLanguage, RuleSize, RuleTime,
		RuleValue, RuleMarkup, RulePlaceholder,
	}
}
