// Package filter selects subscribers by an expression over their typed
// attributes, in the Common Expression Language (CEL). Such an expression is
//
//	subscriber.attributes.branch == "executive" && subscriber.attributes.grade >= 12
//
// # What an expression can use
//
// The one variable is subscriber. Its fields are:
//
//   - email: the address as it is sent to. The domain is in lower case, the
//     local part as its owner writes it.
//   - domain: what stands after the @ of the address.
//   - name: may be empty.
//   - attributes.<name>: the attributes of the Schema, each of its Type. An
//     attribute whose name is a word of CEL (in, true, false, null) is written
//     in backticks: subscriber.attributes.`in`.
//
// The result must be true or false. Operators are those of CEL: == != < <= >
// >= && || ! in + - * / % and the conditional a ? b : c. Functions, and no
// others:
//
//   - of texts: startsWith, endsWith, contains, matches (RE2, the pattern must
//     be written out), lowerAscii, upperAscii, trim, substring, indexOf, split,
//     size
//   - of lists: in, size, exists, exists_one, all, filter, map
//   - of dates: timestamp, duration, getFullYear, getMonth, getDate,
//     getDayOfMonth, getDayOfWeek, getDayOfYear, getHours, getMinutes,
//     getSeconds, all in UTC
//   - conversions: int, double, string, bool
//   - has
//
// There is no current time: the same roster always gives the same people.
//
// # Types
//
// Types are checked when the expression is compiled: an Integer can't be
// compared with a text, and a mistake is an Error with line and column.
//
//	Type     stored value                                           in CEL
//	String   any text                                               string
//	Integer  a whole number of 64 bits, such as 12 or -3            int
//	Number   a decimal number, such as 0.5, 12 or 1e3               double
//	Boolean  true or false, in any letter case                      bool
//	Date     2026-01-31 (midnight UTC) or 2026-01-31T09:00:00-05:00 timestamp
//	List     texts with semicolons between them: "parks; roads"     list(string)
//
// Blanks around an element of a List don't count, empty elements aren't there,
// and neither are those behind MaxList. < <= > >= compare an Integer with a Number; == and != want both sides
// of one type, so a Number is compared with 1.0.
//
// # What is missing
//
// A subscriber lacks an attribute whose value is absent, empty, or not of its
// Type (Type.Check keeps those out when rows are read), and a List without
// elements. has() of it is false, and it counts as
//
//   - "" if it is a String: subscriber.attributes.agency != "DOR" selects those
//     without an agency too
//   - the empty list if it is a List
//   - false if it is a Boolean: !subscriber.attributes.retired selects those
//     of whom it isn't known
//
// There is no number and no date that could stand for a missing one. What is
// computed from a missing Integer, Number or Date has no result, and the person
// is Undecided if the whole expression has none. It does have one when the
// rest decides it: x && false is false and x || true is true whatever x is, on
// either side. So
//
//	subscriber.attributes.grade >= 12 || subscriber.attributes.branch == "executive"
//
// selects people of the executive branch without a grade, and leaves other
// people without a grade undecided, while
//
//	has(subscriber.attributes.grade) && subscriber.attributes.grade >= 12
//
// decides about everybody. A person is Undecided likewise if the computation
// fails for them: a division by zero, a number that doesn't fit 64 bits,
// int("abc"), an index behind the end of a list, or a value that is so large
// that the cost limit is reached. Undecided people are not selected. Callers
// count them, so that nobody is left out in silence.
//
// # Bounds
//
// An expression has at most MaxExpression characters, two levels of exists,
// all, filter or map, and an estimated cost of at most MaxCost for the largest
// values that a roster can hold. The same limit is kept in every evaluation. No
// bound is one of the clock, so a result never depends on how busy a machine is.
package filter
