package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseEquivalents(t *testing.T) {
	all, err := parseEquivalents([]byte("# note\n\np: f: if [a -> b]: c\n\tfor two\n\treasons\n"))
	if err != nil {
		t.Fatal(err)
	}
	if e := all["p"]["f: if [a -> b]: c"]; e == nil || e.reason != "for two reasons" || e.line != 3 {
		t.Errorf("%+v", all)
	}
	for text, want := range map[string]string{
		"\treason\n":                            "1: a reason without a mutant",
		"p f\n\treason\n":                       "1: want package, function and change",
		"p: f: x\n\treason\np: f: x\n\tother\n": "3: the mutant stands twice",
		"p: f: x\n\treason\np: f: y\n":          "3: no reason: f: y",
	} {
		if _, err := parseEquivalents([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestShares(t *testing.T) {
	// Of 100 mutants 5 change nothing; 9 of the other 95 survive.
	r := &result{path: "p", mutants: 100, killed: 86, equivalent: 5, survivors: make([]fate, 9)}
	if got := r.share(); got < 9.47 || got > 9.48 {
		t.Errorf("%g %%", got)
	}
	for _, test := range []struct {
		equivalent int
		bound      float64
		want       string
	}{
		{5, 10, ""},
		{5, 9, "p: 9.5 % survive, at most 9 % may\n"},
		{6, 10, "6 of 100 mutants are listed as equivalent, at most 5 % may be\n"},
	} {
		r.equivalent = test.equivalent
		var out bytes.Buffer
		if bad := (results{r}).tooMany(&out, test.bound); bad != (test.want != "") || out.String() != test.want {
			t.Errorf("%d, %g: %v %q", test.equivalent, test.bound, bad, strings.TrimSpace(out.String()))
		}
	}
}
