package filter

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

const known = "Attributes that exist: agency (String), branch (String), fte (Number), grade (Integer), " +
	"hired (Date), in (String), retired (Boolean), topics (List)"

func TestErrors(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		// Names.
		{
			`subscriber.attributes.branch == "executive" && subscriber.attributes.agancy != "DOR"`,
			"line 1, column 70: unknown attribute agancy. Did you mean agency? " + known,
		},
		{
			"subscriber.attributes.branch == \"Ōé\" &&\n  subscriber.\n   attributes.\n  agancy == \"y\"",
			"line 4, column 3: unknown attribute agancy. Did you mean agency? " + known,
		},
		{`"Ōé" == subscriber.attributes.site`, "line 1, column 31: unknown attribute site. " + known},
		{`has(subscriber.attributes.agancy)`, "line 1, column 27: unknown attribute agancy. Did you mean agency? " + known},
		{`subscriber.branch == "x"`, "line 1, column 12: unknown field branch; write subscriber.attributes.branch"},
		{`subscriber.brnch == "x"`, "line 1, column 12: unknown field brnch. Did you mean subscriber.attributes.branch?"},
		{`subscriber.emial == "x"`, "line 1, column 12: unknown field emial. Did you mean subscriber.email?"},
		{
			`subscriber.foo == "x"`,
			"line 1, column 12: unknown field foo. A subscriber has email, name, domain and attributes; if it is an attribute, write subscriber.attributes.foo",
		},
		{`true && attributes.branch == "x"`, "line 1, column 9: write subscriber.attributes.branch"},
		{`branch == "x"`, "line 1, column 1: unknown name branch; write subscriber.attributes.branch"},
		{`email == "x"`, "line 1, column 1: unknown name email; write subscriber.email"},
		{`subcriber.email == "x"`, "line 1, column 1: unknown name subcriber. Did you mean subscriber?"},
		{
			`subscriber.attributes.branch == executive`,
			`line 1, column 33: unknown name executive. Write a text in quotation marks, "executive", and an attribute as subscriber.attributes.executive`,
		},
		{
			`subscriber == "x"`,
			"line 1, column 1: subscriber is a whole person; write one of its fields: subscriber.email, subscriber.name, subscriber.domain, or subscriber.attributes.<name>",
		},
		{
			`subscriber.attributes == "x"`,
			"line 1, column 12: subscriber.attributes are all attributes of a person; write subscriber.attributes.<name>. " + known,
		},
		{`subscriber.attributes["branch"] == "x"`, "line 1, column 22: write the name of an attribute after a dot: subscriber.attributes.branch"},
		{`subscriber["branch"] == "x"`, "line 1, column 11: write the name of an attribute after a dot: subscriber.attributes.branch"},
		{`has(subscriber.attributes)`, "line 1, column 16: everybody has attributes; write has(subscriber.attributes.<name>)"},
		{`has(subscriber)`, "line 1, column 5: has() asks for one attribute: has(subscriber.attributes.agency)"},
		{`subscriber.attributes.topics.exists(subscriber, true)`, "line 1, column 36: subscriber is the person; give the element of the list another name, such as t"},
		{`subscriber.attributes.in == "x"`, "line 1, column 23: in is a word of the language; write it in backticks: `in`"},
		{`subscriber.attributes.branch.name == "x"`, "line 1, column 29: an attribute has no fields of its own"},

		// Functions.
		{`subscriber.attributes.branch.startsWtih("x")`, "line 1, column 30: there is no function startsWtih. Did you mean startsWith?"},
		{`subscriber.attributes.topics.exists(t)`, `line 1, column 30: exists is written subscriber.attributes.topics.exists(t, t == "parks")`},
		{`subscriber.name.matches("(")`, "line 1, column 25: the pattern isn't valid (RE2): missing closing )"},
		{`subscriber.name.matches("a{500}")`, "line 1, column 25: the pattern is too large: it repeats too much"},
		{
			`subscriber.name.matches(subscriber.email)`,
			`line 1, column 17: the pattern of matches must be written out, as in subscriber.email.matches("^[a-m]")`,
		},
		{`subscriber.attributes.hired.getHours("UTC") == 1`, "line 1, column 29: getHours takes no time zone: dates are in UTC"},
		{
			`crier.Subscriber{email: "x"}.email == "x"`,
			`line 1, column 17: an object can't be made here; write a condition such as subscriber.attributes.branch == "executive"`,
		},
		{
			`subscriber.attributes.branch.startsWith(1)`,
			"line 1, column 40: startsWith can't be used here: subscriber.attributes.branch is a String, and in its brackets is an Integer",
		},

		// Types.
		{
			`subscriber.attributes.grade == "12"`,
			`line 1, column 29: subscriber.attributes.grade is an Integer and "12" is a String: they don't go together with ==. Write 12 without quotation marks`,
		},
		{
			`subscriber.attributes.grade >= "x"`,
			`line 1, column 29: subscriber.attributes.grade is an Integer and "x" is a String: they don't go together with >=`,
		},
		{
			`"12" == subscriber.attributes.grade`,
			`line 1, column 6: "12" is a String and subscriber.attributes.grade is an Integer: they don't go together with ==. Write 12 without quotation marks`,
		},
		{
			`subscriber.attributes.branch == 3`,
			"line 1, column 30: subscriber.attributes.branch is a String and 3 is an Integer: they don't go together with ==. " +
				"Write the number in quotation marks, or give the attribute the type Integer in its SubscriberSet",
		},
		{
			`subscriber.attributes.fte == 1`,
			"line 1, column 27: subscriber.attributes.fte is a Number and 1 is an Integer: they don't go together with ==. Write 1.0",
		},
		{
			`subscriber.attributes.fte + subscriber.attributes.grade > 1`,
			"line 1, column 27: subscriber.attributes.fte is a Number and subscriber.attributes.grade is an Integer: they don't go together with +. " +
				"Write double(x) for the Integer x",
		},
		{
			`subscriber.attributes.retired == "true"`,
			`line 1, column 31: subscriber.attributes.retired is a Boolean and "true" is a String: they don't go together with ==. Write true without quotation marks`,
		},
		{
			`subscriber.attributes.hired < "2026-01-01"`,
			`line 1, column 29: subscriber.attributes.hired is a Date and "2026-01-01" is a String: they don't go together with <. ` +
				`Write a date as timestamp("2026-01-31T00:00:00Z")`,
		},
		{`subscriber.attributes.hired < timestamp("2026-01-01")`, `line 1, column 41: this isn't a date; write timestamp("2026-01-31T00:00:00Z")`},
		{
			`subscriber.attributes.topics == "parks"`,
			`line 1, column 30: subscriber.attributes.topics is a List and "parks" is a String: they don't go together with ==. ` +
				`Write "parks" in subscriber.attributes.topics`,
		},
		{
			`"parks" in subscriber.attributes.branch`,
			"line 1, column 9: in looks for an element of a List, but on its right is a String. For part of a text, write contains",
		},
		{`3 in subscriber.attributes.topics`, "line 1, column 3: in looks for an element of a List, and an Integer can't be one"},
		{`subscriber.attributes.branch.exists(t, true)`, "line 1, column 22: exists, all, filter and map need an attribute of type List"},
		{
			`true && subscriber.attributes.branch`,
			"line 1, column 9: subscriber.attributes.branch is a String, where a condition (true or false) is expected",
		},
		{`!subscriber.attributes.branch`, "line 1, column 1: ! belongs before a condition, but subscriber.attributes.branch is a String"},
		{`[1, "a"] == [1]`, `line 1, column 5: "a" is a String, where an Integer is expected`},
		{
			`true ? 1 : "a"`,
			"line 1, column 6: a ? b : c needs a condition and two results of one type, but these are a Boolean, an Integer and a String",
		},
		{
			`subscriber.attributes.grade`,
			"line 1, column 1: the filter must be true or false for each person, but this is an Integer. Compare it with a number: subscriber.attributes.grade >= 12",
		},
		{
			`subscriber.name`,
			`line 1, column 1: the filter must be true or false for each person, but this is a String. Compare it with a text: subscriber.attributes.branch == "executive"`,
		},
		{`subscriber.attributes.grade == 9999999999999999999`, "line 1, column 32: a whole number has at most 64 bits"},

		// Writing.
		{``, `the filter is empty. Remove the field to select everybody, or write a condition such as subscriber.attributes.branch == "executive"`},
		{"a\xff", "the filter is not UTF-8 text"},
		{`subscriber.attributes.branch = "x"`, "line 1, column 30: = doesn't compare; write =="},
		{`subscriber.attributes.branch === "x"`, "line 1, column 32: write == or != with two characters, not three"},
		{`subscriber.attributes.branch <> "x"`, "line 1, column 31: <> doesn't compare; write !="},
		{`subscriber.attributes.retired & true`, "line 1, column 31: a single & means nothing; write && for and"},
		{`subscriber.attributes.retired | true`, "line 1, column 31: a single | means nothing; write || for or"},
		{`subscriber.attributes.retired and true`, "line 1, column 31: write && for and"},
		{`subscriber.attributes.retired OR true`, "line 1, column 31: write || for or"},
		{`not subscriber.attributes.retired`, "line 1, column 5: write ! for not, as in !subscriber.attributes.retired"},
		{`subscriber.attributes.branch == “x”`, `line 1, column 33: a typographic quotation mark; write straight ones: "`},
		{`subscriber.attributes.branch == "x`, "line 1, column 33: this quotation mark is never closed on its line"},
		{`subscriber.name == "\q"`, `line 1, column 20: a backslash in a text is written twice: \\`},
		{`subscriber.attributes.branch in ("a", "b")`, `line 1, column 37: a list is written in square brackets: in ["a", "b"]`},
		{`(subscriber.attributes.retired`, "line 1, column 31: the filter ends too early: a bracket is not closed"},
		{`subscriber.attributes.retired &&`, "line 1, column 33: the filter ends too early; something is missing at its end"},
		{
			`subscriber.attributes.retired;`,
			"line 1, column 30: a filter is one condition, without a semicolon; write && or || between two",
		},
	} {
		_, err := Compile(c.expression, schema)
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.expression, err, c.want)
		}
	}
}

func TestListsAtMostTwenty(t *testing.T) {
	many := Schema{}
	for i := range 25 {
		many["a"+strconv.Itoa(100+i)] = TypeString
	}
	_, err := Compile(`subscriber.attributes.zzzzzz == ""`, many)
	if err == nil || !strings.HasSuffix(err.Error(), "a119 (String), and 5 more") || strings.Contains(err.Error(), "a120") {
		t.Error(err)
	}
	_, err = Compile(`subscriber.attributes.a == ""`, Schema{})
	if err == nil || err.Error() != "line 1, column 23: unknown attribute a. No attributes exist" {
		t.Error(err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`subscriber.attributes.branch == "executive"`, `subscriber.attributes.topics.exists(t, t == "parks")`, `has(subscriber.attributes.`, `a.b.c(`, "\x00",
		`{"a": [1, 2u, b"x"]}[subscriber.name] ? 1 : null`, "`", `[[[[[[`, `!!!!!`, `subscriber.attributes.grade >= "12"`, "a\r\n.b", `x.exists(subscriber, 1)`, `"\xZ"`, `// c`, `subscriber.name.matches("(a|b")`, `subscriber.name.matches("a{2}")`, `-(-(1)) == 1.0`, `"“`, `size()`, `1 in 2 in 3`, `a.?b`, `subscriber.attributes.map(a, b, c)`, `[1].map(x, [2].map(y, x+y))[0][0] == 3`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		for _, s := range []Schema{schema, nil} {
			filter, err := Compile(expression, s)
			if err == nil {
				filter.Select(ada)
				continue
			}
			var e *Error
			if !errors.As(err, &e) || e.Message == "" || e.Line < 0 || (e.Line == 0) != (e.Column == 0) {
				t.Errorf("%q: %#v", expression, err)
			}
			if lines := strings.Count(expression, "\n") + 1; e != nil && e.Line > lines {
				t.Errorf("%q: line %d of %d", expression, e.Line, lines)
			}
			if e != nil && len(e.Message) > 4000 {
				t.Errorf("%q: a message of %d octets", expression, len(e.Message))
			}
		}
	})
}
