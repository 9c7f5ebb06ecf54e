package content

import (
	"fmt"
	"slices"
	"strings"
	texttemplate "text/template"
	"unicode"
)

// kind is what the checker knows of a value.
type kind int

const (
	kindUnknown    kind = iota // a mistake was reported already
	kindRecipient              // the dot at the top: .Name, .Email, .Attributes
	kindAttributes             // .Attributes itself
	kindText
	kindNumber
	kindBool
	kindMixed // and, or of different kinds
	kindQuery // what urlquery gives, which can only be printed
)

func (k kind) String() string {
	return [...]string{"this", "the whole recipient", ".Attributes", "a text", "a number", "true or false", "a value of changing kind", "a value for a URL"}[k]
}

// signature says what a function takes and gives. Functions can't write more
// than they read: none repeats, pads or joins, so that no chain of them grows.
// urlquery and urlpath do, up to threefold, but no function takes what it gives.
type signature struct {
	args    []kind // kindUnknown: any value, but all of one kind
	more    bool   // the last may be repeated
	gives   kind   // kindUnknown: what its arguments are
	example string
}

var signatures = map[string]signature{
	"upper":   {[]kind{kindText}, false, kindText, `{{upper .Name}}`},
	"lower":   {[]kind{kindText}, false, kindText, `{{lower .Name}}`},
	"title":   {[]kind{kindText}, false, kindText, `{{title .Name}}`},
	"trim":    {[]kind{kindText}, false, kindText, `{{trim .Name}}`},
	"default": {[]kind{kindText, kindText}, false, kindText, `{{default "friend" .Name}} or {{.Name | default "friend"}}`},
	"len":     {[]kind{kindText}, false, kindNumber, `{{if gt (len .Name) 20}}`},
	"eq":      {[]kind{kindUnknown, kindUnknown}, true, kindBool, `{{if eq .Name "Jo"}}`},
	"ne":      {[]kind{kindUnknown, kindUnknown}, false, kindBool, `{{if ne .Name "Jo"}}`},
	"lt":      {[]kind{kindUnknown, kindUnknown}, false, kindBool, `{{if lt (len .Name) 20}}`},
	"le":      {[]kind{kindUnknown, kindUnknown}, false, kindBool, `{{if le (len .Name) 20}}`},
	"gt":      {[]kind{kindUnknown, kindUnknown}, false, kindBool, `{{if gt (len .Name) 20}}`},
	"ge":      {[]kind{kindUnknown, kindUnknown}, false, kindBool, `{{if ge (len .Name) 20}}`},
	"and":     {[]kind{kindMixed}, true, kindUnknown, `{{if and .Name .Email}}`},
	"or":      {[]kind{kindMixed}, true, kindUnknown, `{{or .Name "friend"}}`},
	"not":     {[]kind{kindMixed}, false, kindBool, `{{if not .Name}}`},
	// html/template does both by itself where they are needed.
	"urlquery": {[]kind{kindUnknown}, false, kindQuery, `{{urlquery .Name}}`},
	"urlpath":  {[]kind{kindUnknown}, false, kindQuery, `https://example.gov/{{urlpath .Name}}`},
	"index":    {[]kind{kindAttributes, kindText}, false, kindText, `{{index .Attributes "agency"}}`},
}

// Functions are the names that a template may call, sorted.
func Functions() []string {
	names := make([]string, 0, len(signatures))
	for name := range signatures {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// implementations are the functions that the template packages don't have.
func implementations() texttemplate.FuncMap {
	return texttemplate.FuncMap{
		"upper": strings.ToUpper,
		"lower": strings.ToLower,
		"title": title,
		"trim":  strings.TrimSpace,
		// In place of that of the template packages, which makes + of a blank.
		"urlquery": func(v any) string { return escapeURL(fmt.Sprint(v), true) },
		"urlpath":  func(v any) string { return escapeURL(fmt.Sprint(v), false) },
		"default":  orElse,
	}
}

func orElse(fallback, value string) string {
	if strings.TrimSpace(value) == "" {
		return fallback
	}
	return value
}

// title makes the first letter of every word upper case and leaves the others:
// "van der Berg" becomes "Van Der Berg", "McCoy" stays.
func title(s string) string {
	first := true
	return strings.Map(func(r rune) rune {
		was := first
		first = unicode.IsSpace(r) || r == '-'
		if was {
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}
