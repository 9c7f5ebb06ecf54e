package filter

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

// A text that no value can be is a mistake: with != it would select everybody.
func TestTextsThatNobodyHas(t *testing.T) {
	for expression, says := range map[string]string{
		`subscriber.domain == "Example.org"`:                               `column 22: subscriber.domain is never like this: domains are in lower case, and letters other than a to z in their ASCII form (xn--); write "example.org"`,
		`subscriber.domain != "bücher.example"`:                            `column 22: subscriber.domain is never like this: domains are in lower case, and letters other than a to z in their ASCII form (xn--); write "xn--bcher-kva.example"`,
		`"Example.org" == subscriber.domain`:                               `column 1: `,
		`subscriber.domain in ["example.net", "Example.org"]`:              `write "example.org"`,
		`!(subscriber.domain in ["example.net", "Bücher.example"])`:        `write "xn--bcher-kva.example"`,
		`subscriber.domain.endsWith(".Example.org")`:                       `write ".example.org"`,
		`subscriber.domain.endsWith(".bücher.example")`:                    `write ".xn--bcher-kva.example"`,
		`subscriber.domain.endsWith("ücher.example")`:                      `ASCII form (xn--)`,
		`subscriber.domain.startsWith("Mail.")`:                            `write "mail."`,
		`subscriber.domain.contains("Example")`:                            `write "example"`,
		`subscriber.domain.matches("^(mail|smtp)\\.Example\\.org$")`:       `subscriber.domain never has .Example.org`,
		`!subscriber.email.endsWith("@Example.org")`:                       `column 28: subscriber.email is never like this: domains are in lower case, and letters other than a to z in their ASCII form (xn--); write "@example.org"`,
		`subscriber.email.endsWith("Example.org")`:                         `write "example.org"`,
		`subscriber.email.endsWith("@bücher.example")`:                     `write "@xn--bcher-kva.example"`,
		`subscriber.email == "Ann@Example.org"`:                            `write "Ann@example.org"`,
		`subscriber.email in ["ann@example.org", "bob@EXAMPLE.org"]`:       `write "bob@example.org"`,
		`subscriber.email.contains("@Example.")`:                           `write "@example."`,
		`subscriber.email.startsWith("ann@Ex")`:                            `write "ann@ex"`,
		`subscriber.email.matches(".*@Example[.]org$")`:                    `subscriber.email never has @Example`,
		`subscriber.email.lowerAscii() == "Ann@example.org"`:               `lowerAscii() has no capital letters; write "ann@example.org"`,
		`subscriber.attributes.s.lowerAscii() in ["Boston"]`:               `write "boston"`,
		`subscriber.attributes.s.upperAscii() == "Boston"`:                 `write "BOSTON"`,
		`["@Example.org"].exists(d, subscriber.email.endsWith(d))`:         `column 2: `,
		`has(subscriber.attributes.s) || subscriber.domain == "A.example"`: `write "a.example"`,
	} {
		var e *Error
		if _, err := Compile(expression, Schema{"s": TypeString}); !errors.As(err, &e) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", expression, err, says)
		}
		if _, err := Compile(expression, nil); !errors.As(err, &e) {
			t.Errorf("%s: compiled without a schema", expression)
		}
	}
	for _, expression := range []string{
		`subscriber.email == "Ann.Lee@example.org"`, `subscriber.email.startsWith("Ann")`, `subscriber.email.contains("Ann")`,
		`subscriber.email.matches("^Ann.*@example[.]org$")`, `subscriber.domain.matches("(?i)Example")`, `subscriber.name == "Ann"`,
		`subscriber.domain.matches("^(Example|example)[.]org$")`, `subscriber.email == "münch@example.org"`, `subscriber.attributes.s == "Boston"`,
		`subscriber.attributes.s.lowerAscii() == "é"`, `subscriber.domain == ""`,
	} {
		if _, err := Compile(expression, Schema{"s": TypeString}); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// A letter with its accent is one letter, however it was typed.
func TestTextsAreComposed(t *testing.T) {
	person := roster.Subscriber{Email: "e\u0301ve@example.org", Attributes: map[string]string{"s": "Santé"}}
	for _, expression := range []string{
		"subscriber.attributes.s == \"Sante\u0301\"", `subscriber.attributes.s == "Sant\u00e9"`, `subscriber.attributes.s == "Sante\u0301"`,
		"subscriber.attributes.s in [\"Sante\u0301\"]", "subscriber.attributes.s.endsWith(\"e\u0301\")",
		"subscriber.email == \"éve@example.org\"", "subscriber.email.startsWith(\"e\u0301\")",
	} {
		f, err := Compile(expression, Schema{"s": TypeString})
		if err != nil || f.Select(person) != Selected {
			t.Errorf("%s: %v", expression, err)
		}
	}
}
