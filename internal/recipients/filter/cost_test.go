package filter

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
)

func TestCostRefused(t *testing.T) {
	nested := `subscriber.attributes.topics.exists(a, subscriber.attributes.topics.exists(b, a == b))`
	for _, c := range []struct{ expression, want string }{
		{nested, "line 1, column 1: the filter may take 1839108 steps for one person, and at most 20000 are allowed. " + simplify},
		{
			`[1].exists(a, [1].exists(b, [1].exists(c, true)))`,
			"line 1, column 39: exists, all, filter and map are nested more than 2 deep. " + simplify,
		},
		{`subscriber.name.contains(subscriber.attributes.agency) && subscriber.name.contains(subscriber.attributes.branch)`, "at most 20000 are allowed"},
		{`subscriber.attributes.topics.map(a, subscriber.attributes.topics.map(b, a + b)).size() > 0`, "at most 20000 are allowed"},
		{`subscriber.attributes.topics.map(a, a.split("")).exists(l, l.exists(x, x == "a"))`, "at most 20000 are allowed"},
		{`true` + strings.Repeat(` || "x" in subscriber.attributes.topics`, 60), "at most 20000 are allowed"},
		{strings.Repeat(`true || `, MaxExpression/8) + `true`, tooLong},
		{strings.Repeat(`(`, 2000) + `true` + strings.Repeat(`)`, 2000), "the filter is nested too deeply"},
		{`subscriber.name == ` + strings.Repeat(`"a" + `, 600) + `"a"`, "the filter is nested too deeply"},
	} {
		_, err := Compile(c.expression, schema)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", words.Clip(c.expression), err, c.want)
		}
	}
}

func TestCostAllowed(t *testing.T) {
	for _, e := range []string{
		`subscriber.attributes.topics.exists(t, t.lowerAscii() == "parks")`,
		`subscriber.attributes.topics.exists(t, t in ["parks", "roads", "water"])`,
		`["parks", "roads"].exists(t, t in subscriber.attributes.topics)`,
		`subscriber.attributes.topics.exists(t, ["parks", "roads"].exists(u, t == u))`,
		`subscriber.name.lowerAscii().contains("ada")`,
		`subscriber.attributes.agency in [` + strings.Repeat(`"DOR", `, 500) + `"DEP"]`,
		strings.Repeat(`subscriber.attributes.branch == "x" || `, 100) + `true`,
		`subscriber.attributes.topics.filter(t, t != "parks").size() > 2`,
	} {
		if _, err := Compile(e, schema); err != nil {
			t.Errorf("%s: %v", words.Clip(e), err)
		}
	}
}

// TestLargeValuesAreCounted has values that no roster accepts. What is cheap
// is decided nevertheless, and what isn't ends at MaxCost.
func TestLargeValuesAreCounted(t *testing.T) {
	large := roster.Subscriber{Email: "a@example.gov", Name: strings.Repeat("n", 1<<20), Attributes: map[string]string{
		"agency": strings.Repeat("x", 1<<20), "branch": "executive", "topics": strings.Repeat("parks;", 1<<16),
	}}
	for _, c := range []struct {
		expression string
		want       Verdict
	}{
		{`subscriber.attributes.branch == "executive"`, Selected},
		{`subscriber.attributes.agency == "DOR"`, NotSelected},
		{`subscriber.attributes.agency.lowerAscii() == "x"`, Undecided},
		{`subscriber.attributes.agency == subscriber.name`, Undecided},
		{`subscriber.attributes.topics.size() == 512`, Selected},
		{`"parks" in subscriber.attributes.topics`, Selected},
		{`subscriber.attributes.topics.exists(t, t == "roads")`, NotSelected},
	} {
		if got := compile(t, c.expression).Select(large); got != c.want {
			t.Errorf("%s: %s, want %s", c.expression, got, c.want)
		}
	}
}

// TestEstimateHolds runs filters near the bound over the largest values of a
// roster: the evaluation that counts must never reach the limit.
func TestEstimateHolds(t *testing.T) {
	for _, topics := range []string{strings.Repeat("a;", 512), strings.Repeat("a", 1024), strings.Repeat("aaaaaaa;", 128)} {
		s := roster.Subscriber{
			Email: strings.Repeat("e", 64) + "@" + strings.Repeat("d", 255), Name: strings.Repeat("n", 200),
			Attributes: map[string]string{"topics": topics, "agency": strings.Repeat("x", 1024), "branch": strings.Repeat("y", 1024)},
		}
		for _, e := range []string{
			`subscriber.attributes.topics.exists(t, t.lowerAscii().contains("zzzzzzzzzzzzzzzzzzzz"))`,
			`subscriber.attributes.topics.map(t, t + t).exists(t, t == "zz")`,
			`subscriber.attributes.topics.all(t, ["x", "y", "zz"].all(u, t != u))`,
			`subscriber.attributes.agency.contains(subscriber.attributes.branch)`,
			`subscriber.attributes.agency.split("").exists(t, t == "z")`,
			`subscriber.attributes.topics.exists(t, t.matches("^(b|c)+$"))`,
		} {
			f := compile(t, e)
			p := person{email: s.Email, name: s.Name, attributes: s.Attributes, counted: true}
			if got := decide(f.counted, &p); got == Undecided {
				t.Errorf("%s: the limit was reached", e)
			}
			if f.Select(s) == Undecided {
				t.Errorf("%s: undecided", e)
			}
		}
	}
}
