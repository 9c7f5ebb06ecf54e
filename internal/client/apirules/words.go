package apirules

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"crier.dev/crier/internal/words"
)

// sentence is an error without its path and value, which may be long, and in
// words for those who write manifests.
func sentence(e *field.Error) string {
	detail := e.Detail
	// The validator of the schema repeats the path.
	if before, rest, found := strings.Cut(detail, " in body "); found && !strings.ContainsAny(before, " ;") {
		detail = rest
	}
	switch e.Type {
	case field.ErrorTypeRequired:
		return "this field is required"
	case field.ErrorTypeDuplicate:
		return "this is there twice"
	case field.ErrorTypeTooLong:
		return "too long: " + detail
	case field.ErrorTypeNotSupported:
		return fmt.Sprintf("%q can't stand here; supported values are %s", words.Clip(fmt.Sprint(e.BadValue)), strings.TrimPrefix(detail, "supported values: "))
	}
	for _, w := range plainer {
		if strings.Contains(detail, w.has) {
			return w.plain
		}
	}
	if _, rule, found := strings.Cut(detail, " evaluating rule: "); found && strings.Contains(detail, "google.protobuf.Duration") {
		return "this isn't a duration, such as 90s, 30m or 24h; " + rule
	}
	return detail
}

// wanted is the type that an error of the schema asks for, which it says
// nowhere but in its words.
func wanted(detail string) string {
	_, rest, found := strings.Cut(detail, "must be of type ")
	if !found {
		return ""
	}
	wants, _, _ := strings.Cut(rest, ": ")
	return wants
}

// timeWords are for what is no time, and for one that only an API server reads.
const timeWords = "this must be a time with a time zone, such as 2026-03-10T17:00:00-05:00 or 2026-03-10T22:00:00Z"

// plainer are words for what the schema says in patterns and types.
var plainer = []struct{ has, plain string }{
	{`should match '^[^\s@<>,;:"\\]+@[^\s@<>,;:"\\]+$'`, "this must be one address alone, such as ann@example.gov, without a name or brackets"},
	{`should match '^[^\r\n\x00]+$'`, "this must be a single line"},
	{`should match '^https://`, "this must be an https:// address without blanks, brackets or quotation marks"},
	{`should match '^(https://|cid:)`, "this must be an https:// address, or cid: and the contentID of an attachment"},
	{`should match '^(https?://|mailto:|tel:)`, "this must begin with https://, http://, mailto: or tel:, and have no blanks, brackets or quotation marks"},
	{"should be at least 1 chars long", "this must not be empty"},
	{"should have at least 1 items", "this needs at least one element"},
	{"must be of type date-time", timeWords},
	{"should match '^(([1-8][0-9]{3}|", timeWords},
	{"a lowercase RFC 1123 subdomain must consist", "a name has only lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit"},
}
