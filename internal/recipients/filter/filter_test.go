package filter

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

var schema = Schema{
	"agency": TypeString, "branch": TypeString, "grade": TypeInteger, "fte": TypeNumber,
	"retired": TypeBoolean, "topics": TypeList, "hired": TypeDate, "in": TypeString,
}

var (
	ada = roster.Subscriber{
		Email: "Ada.O@revenue.example.gov", Name: "Ada Ō",
		Attributes: map[string]string{
			"agency": "DOR", "branch": "executive", "grade": "12", "fte": "0.5", "retired": "TRUE",
			"topics": "parks; roads ;;water", "hired": "2025-12-31", "in": "x",
		},
	}
	// bob has nothing but an address.
	bob = roster.Subscriber{Email: "bob@example.gov"}
	// eve's values aren't of their types.
	eve = roster.Subscriber{
		Email: "eve@example.gov", Name: "Eve",
		Attributes: map[string]string{
			"branch": "executive", "grade": "12a", "fte": "0,5", "retired": "maybe", "topics": ";", "hired": "31.12.2025",
		},
	}
)

func compile(t testing.TB, expression string) *Filter {
	t.Helper()
	f, err := Compile(expression, schema)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return f
}

func TestSelect(t *testing.T) {
	const s, n, u = Selected, NotSelected, Undecided
	for _, c := range []struct {
		expression    string
		ada, bob, eve Verdict
	}{
		// Texts: a missing one is "".
		{`subscriber.attributes.branch == "executive"`, s, n, s},
		{`subscriber.attributes.branch == "executive" && subscriber.attributes.agency != "DOR"`, n, n, s},
		{`subscriber.attributes.agency != "DOR"`, n, s, s},
		{`subscriber.attributes.agency == ""`, n, s, s},
		{`subscriber.attributes.agency in ["DEP", "DOR"]`, s, n, n},
		{`subscriber.attributes.agency.lowerAscii() == "dor"`, s, n, n},
		{`subscriber.attributes.agency.matches("^D.R$")`, s, n, n},
		{`subscriber.attributes.agency.matches("^[A-Z]{3}$")`, s, n, n},
		{"subscriber.attributes.`in` == \"x\"", s, n, n},
		{`subscriber.attributes.agency.size() == 3`, s, n, n},
		{`subscriber.attributes.agency.substring(0, 1) == "D"`, s, u, u},
		// Fields of the person.
		{`subscriber.domain == "revenue.example.gov"`, s, n, n},
		{`subscriber.email == "Ada.O@revenue.example.gov"`, s, n, n},
		{`subscriber.email.endsWith("@example.gov")`, n, s, s},
		{`subscriber.name.startsWith("A")`, s, n, n},
		{`subscriber.name == ""`, n, s, n},
		{`has(subscriber.name)`, s, n, s},
		{`has(subscriber.email) && has(subscriber.domain)`, s, s, s},
		{`"Ō" in subscriber.name.split(" ")`, s, n, n},
		// Numbers and dates: a missing one has no result.
		{`subscriber.attributes.grade >= 12`, s, u, u},
		{`subscriber.attributes.grade > 12`, n, u, u},
		{`!(subscriber.attributes.grade > 12)`, s, u, u},
		{`subscriber.attributes.grade == 12`, s, u, u},
		{`subscriber.attributes.grade != 12`, n, u, u},
		{`subscriber.attributes.grade in [11, 12]`, s, u, u},
		{`subscriber.attributes.fte < 1`, s, u, u},
		{`subscriber.attributes.fte == 0.5`, s, u, u},
		{`double(subscriber.attributes.grade) * subscriber.attributes.fte == 6.0`, s, u, u},
		{`subscriber.attributes.hired < timestamp("2026-01-01T00:00:00Z")`, s, u, u},
		{`subscriber.attributes.hired == timestamp("2025-12-31T00:00:00Z")`, s, u, u},
		{`subscriber.attributes.hired + duration("24h") < timestamp("2026-01-01T00:00:00Z")`, n, u, u},
		{`subscriber.attributes.hired.getFullYear() == 2025`, s, u, u},
		{`string(subscriber.attributes.grade) == "12"`, s, u, u},
		// What the rest decides is decided, on either side.
		{`subscriber.attributes.grade >= 12 || subscriber.attributes.branch == "executive"`, s, u, s},
		{`subscriber.attributes.branch == "executive" || subscriber.attributes.grade >= 12`, s, u, s},
		{`subscriber.attributes.grade >= 12 && subscriber.attributes.branch == "judicial"`, n, n, n},
		{`subscriber.attributes.grade >= 12 && subscriber.attributes.branch == "executive"`, s, n, u},
		{`has(subscriber.attributes.grade) && subscriber.attributes.grade >= 12`, s, n, n},
		{`has(subscriber.attributes.grade) ? subscriber.attributes.grade >= 12 : true`, s, s, s},
		{`subscriber.attributes.grade >= 12 ? true : true`, s, u, u},
		// Booleans: a missing one is false.
		{`subscriber.attributes.retired`, s, n, n},
		{`!subscriber.attributes.retired`, n, s, s},
		{`subscriber.attributes.retired == false`, n, s, s},
		// Lists: a missing one is empty.
		{`"parks" in subscriber.attributes.topics`, s, n, n},
		{`"roads" in subscriber.attributes.topics`, s, n, n},
		{`"" in subscriber.attributes.topics`, n, n, n},
		{`!("parks" in subscriber.attributes.topics)`, n, s, s},
		{`subscriber.attributes.topics.exists(t, t == "water")`, s, n, n},
		{`subscriber.attributes.topics.all(t, t != "x")`, s, s, s},
		{`subscriber.attributes.topics.size() == 3`, s, n, n},
		{`size(subscriber.attributes.topics) == 0`, n, s, s},
		{`subscriber.attributes.topics.map(t, t.upperAscii()) == ["PARKS", "ROADS", "WATER"]`, s, n, n},
		{`["parks", "water"].all(t, t in subscriber.attributes.topics)`, s, n, n},
		{`subscriber.attributes.topics[0] == "parks"`, s, u, u},
		// has is false for whatever is missing.
		{`has(subscriber.attributes.agency)`, s, n, n},
		{`has(subscriber.attributes.grade)`, s, n, n},
		{`has(subscriber.attributes.fte)`, s, n, n},
		{`has(subscriber.attributes.retired)`, s, n, n},
		{`has(subscriber.attributes.topics)`, s, n, n},
		{`has(subscriber.attributes.hired)`, s, n, n},
		// Computations that fail.
		{`1 / 0 == 1`, u, u, u},
		{`1 / 0 == 1 || true`, s, s, s},
		{`int(subscriber.name) == 1`, u, u, u},
		{`subscriber.attributes.grade * 9223372036854775807 > 0`, u, u, u},
		{`true`, s, s, s},
	} {
		f := compile(t, c.expression)
		for _, p := range []struct {
			who  roster.Subscriber
			want Verdict
		}{{ada, c.ada}, {bob, c.bob}, {eve, c.eve}} {
			if got := f.Select(p.who); got != p.want {
				t.Errorf("%s: %s is %s, want %s", c.expression, p.who.Email, got, p.want)
			}
		}
	}
}

// TestNoSchema has attributes that nobody knows, as in lint without a cluster.
func TestNoSchema(t *testing.T) {
	for _, c := range []struct {
		expression string
		want       Verdict
	}{
		{`subscriber.attributes.branch == "executive"`, Selected},
		{`has(subscriber.attributes.nothing)`, NotSelected},
		{`subscriber.attributes.grade >= 12`, Undecided},
		{`subscriber.attributes.fte == 1.0`, NotSelected},
		{`subscriber.attributes.hired < timestamp("2026-01-01T00:00:00Z")`, Undecided},
		{`"parks" in subscriber.attributes.topics`, Undecided},
		{`subscriber.attributes.topics.exists(t, t == "parks")`, Undecided},
		{`subscriber.attributes.retired`, Undecided},
		{`!subscriber.attributes.retired && subscriber.name == "x"`, NotSelected},
	} {
		f, err := Compile(c.expression, nil)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if got := f.Select(ada); got != c.want {
			t.Errorf("%s: %s, want %s", c.expression, got, c.want)
		}
	}
	if _, err := Compile(`subscriber.attributes.a == "x"`, Schema{}); err == nil {
		t.Error("an empty schema has no attributes")
	}
}

func TestUses(t *testing.T) {
	f := compile(t, `has(subscriber.attributes.topics) && "a" in subscriber.attributes.topics ||
		["x"].exists(t, t == subscriber.attributes.agency) || subscriber.email == "a@b"`)
	if got := f.Uses(); !slices.Equal(got, []string{"agency", "topics"}) {
		t.Error(got)
	}
	if got := compile(t, `true`).Uses(); len(got) != 0 {
		t.Error(got)
	}
}

func TestSelectChangesNothing(t *testing.T) {
	before := maps.Clone(ada.Attributes)
	compile(t, `subscriber.attributes.topics.map(t, t + "x").size() > 100`).Select(ada)
	if !maps.Equal(before, ada.Attributes) {
		t.Error("the attributes were changed")
	}
}

func TestConcurrentUse(t *testing.T) {
	f := compile(t, `subscriber.attributes.grade >= 12 && "parks" in subscriber.attributes.topics`)
	large := roster.Subscriber{Email: "l@example.gov", Attributes: map[string]string{"grade": "12", "topics": strings.Repeat("parks;", 400)}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if f.Select(ada) != Selected || f.Select(bob) != NotSelected || f.Select(large) != Selected {
					t.Error("people got into one another")
					return
				}
			}
		})
	}
	all.Wait()
}

func TestVerdictNames(t *testing.T) {
	if got := []string{NotSelected.String(), Selected.String(), Undecided.String()}; !slices.Equal(got, []string{"NotSelected", "Selected", "Undecided"}) {
		t.Error(got)
	}
}

func FuzzSelect(f *testing.F) {
	for _, v := range []string{"", "12", "-9223372036854775808", "1e999", "0x1p4", "2026-02-30", "9999-12-31T23:59:59-23:59", ";;;", "parks", "\x00\xff", strings.Repeat("a;", 3000), "NaN", "TRUE"} {
		f.Add("a@example.gov", v, v)
	}
	var filters []*Filter
	for _, e := range []string{
		`subscriber.attributes.grade >= 12`, `subscriber.attributes.fte * 2.0 > 1`, `subscriber.attributes.retired`,
		`subscriber.attributes.hired.getFullYear() > 2000`, `subscriber.attributes.topics.exists(t, t.lowerAscii() == subscriber.name)`,
		`subscriber.attributes.agency.matches("^(a|b)*$") || subscriber.domain == subscriber.attributes.branch`,
		`subscriber.attributes.hired + duration("8760h") > timestamp("2026-01-01T00:00:00Z")`,
		`has(subscriber.attributes.topics) == ("parks" in subscriber.attributes.topics)`,
	} {
		filters = append(filters, compile(f, e))
	}
	itself := map[string]*Filter{}
	for attribute := range schema {
		if attribute != "in" {
			itself[attribute] = compile(f, `subscriber.attributes.`+attribute+` == subscriber.attributes.`+attribute)
		}
	}
	f.Fuzz(func(t *testing.T, email, name, value string) {
		s := roster.Subscriber{Email: email, Name: name, Attributes: map[string]string{}}
		for attribute := range schema {
			s.Attributes[attribute] = value
		}
		for i, filter := range filters {
			first := filter.Select(s)
			if second := filter.Select(s); first != second {
				t.Errorf("filter %d: %s, then %s", i, first, second)
			}
		}
		for attribute, typ := range schema {
			switch {
			case typ == TypeString, typ == TypeList, typ == TypeBoolean, value == "", len(value) > maxText:
			case (typ.Check(value) == nil) != (itself[attribute].Select(s) == Selected):
				t.Errorf("Check and Select don't agree about a %s", typ)
			}
		}
	})
}
