// Package words is the English of what people read: figures, plurals, lists of
// names, cuts, and how far one spelling is from another.
package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// most is how many names List has, at most.
const most = 10

// Quoted is how many characters Clip keeps.
const Quoted = 60

// Integer is a number of things.
type Integer interface {
	~int | ~int32 | ~int64
}

// Number puts commas between thousands: "5,000".
func Number[N Integer](n N) string {
	digits := fmt.Sprint(int64(n))
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Count is a number of things: "1 recipient", "5,000 recipients". The noun is in
// the singular.
func Count[N Integer](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + Plural(noun)
}

// irregular are plurals that no rule makes.
var irregular = map[string]string{"person": "people", "is": "are", "has": "have", "was": "were", "does": "do"}

// Plural is several of a noun, the last word of a phrase: "addresses",
// "rejected rows", "people".
func Plural(noun string) string {
	start := strings.LastIndexByte(noun, ' ') + 1
	before, last := noun[:start], noun[start:]
	switch {
	case irregular[last] != "":
		last = irregular[last]
	case strings.HasSuffix(last, "s"), strings.HasSuffix(last, "x"), strings.HasSuffix(last, "ch"), strings.HasSuffix(last, "sh"):
		last += "es"
	case strings.HasSuffix(last, "y") && !strings.ContainsRune("aeiou", rune(last[max(0, len(last)-2)])):
		last = last[:len(last)-1] + "ies"
	default:
		last += "s"
	}
	return before + last
}

// Verb is the form of a verb that agrees with a number of things: is or are,
// has or have, gets or get. It is given as one thing has it.
func Verb[N Integer](n N, one string) string {
	switch {
	case n == 1:
		return one
	case irregular[one] != "":
		return irregular[one]
	}
	return strings.TrimSuffix(one, "s")
}

// List names things: "a", "a and b", "a, b and c", and of many only the first:
// "a, b, c and 3 more".
func List(names []string) string { return ListUpTo(most, names) }

// Named is a List behind the kind of things that are named: "SubscriberSet a",
// "SubscriberSets a and b".
func Named(kind string, names []string) string {
	if len(names) != 1 {
		kind = Plural(kind)
	}
	return kind + " " + List(names)
}

// ListUpTo is a List that names at most so many.
func ListUpTo(most int, names []string) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), Number(more))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Clip is the beginning of what somebody wrote, to be quoted in a sentence: at
// most Quoted characters, and then "…".
func Clip(s string) string {
	kept := 0
	for at := range s {
		if kept == Quoted {
			return s[:at] + "…"
		}
		kept++
	}
	return s
}

// Shorten keeps text to a number of octets, at least 4, and says so at its
// end. No character is cut in two.
func Shorten(s string, octets int) string {
	const end = " ..."
	if len(s) <= octets {
		return s
	}
	at := octets - len(end)
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + end
}

// First keeps text to a number of characters, as the API counts them.
func First(s string, characters int) string {
	for at := range s {
		if characters == 0 {
			return s[:at]
		}
		characters--
	}
	return s
}

// Capital begins text with a capital letter.
func Capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 || first == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
