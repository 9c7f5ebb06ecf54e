package filter

import (
	"strconv"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

var benchSchema = Schema{"branch": TypeString, "agency": TypeString, "grade": TypeInteger, "topics": TypeList, "hired": TypeDate}

func benchPeople() []roster.Subscriber {
	people := make([]roster.Subscriber, 1000)
	for i := range people {
		people[i] = roster.Subscriber{
			Email: "person" + strconv.Itoa(i) + "@revenue.example.gov", Name: "Ada Example",
			Attributes: map[string]string{
				"branch": []string{"executive", "judicial"}[i%2], "agency": []string{"DOR", "DEP", "DOT"}[i%3],
				"grade": strconv.Itoa(i % 20), "topics": "parks; roads; water", "hired": "2025-03-01", "site": "B2",
			},
		}
	}
	return people
}

func benchmark(b *testing.B, decide func(roster.Subscriber) bool) {
	people := benchPeople()
	b.ReportAllocs()
	selected := 0
	for i := 0; b.Loop(); i++ {
		if decide(people[i%len(people)]) {
			selected++
		}
	}
	if selected == 0 {
		b.Fatal("nobody is selected")
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, c := range []struct{ name, expression string }{
		{"two-texts", `subscriber.attributes.branch == "executive" && subscriber.attributes.agency != "DOR"`},
		{"text-integer", `subscriber.attributes.branch == "executive" && subscriber.attributes.grade >= 12`},
		{"date", `subscriber.attributes.hired < timestamp("2026-01-01T00:00:00Z")`},
		{"in-list", `"roads" in subscriber.attributes.topics`},
		{"in-literal", `subscriber.attributes.agency in ["DOR", "DEP", "DOC"]`},
		{"exists", `subscriber.attributes.topics.exists(t, t == "water")`},
		{"domain", `subscriber.domain == "revenue.example.gov"`},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := Compile(c.expression, benchSchema)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, func(s roster.Subscriber) bool { return f.Select(s) == Selected })
		})
	}
}

// BenchmarkByHand is the first condition of BenchmarkSelect in Go.
func BenchmarkByHand(b *testing.B) {
	benchmark(b, func(s roster.Subscriber) bool {
		return s.Attributes["branch"] == "executive" && s.Attributes["agency"] != "DOR"
	})
}

// BenchmarkRow is what it takes to get at the attributes of a stored row.
func BenchmarkRow(b *testing.B) {
	rows, err := roster.Of(benchPeople()[:1])
	if err != nil {
		b.Fatal(err)
	}
	row, err := rows.Next()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := row.Subscriber(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(`subscriber.attributes.branch == "executive" && subscriber.attributes.grade >= 12`, benchSchema); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLargest has filters near MaxCost, and values as large as a roster
// has them.
func BenchmarkLargest(b *testing.B) {
	s := roster.Subscriber{Email: "a@example.gov", Attributes: map[string]string{
		"topics": strings.Repeat("a;", 512), "agency": strings.Repeat("x", 1024), "branch": strings.Repeat("y", 1024),
	}}
	for _, c := range []struct{ name, expression string }{
		{"lists", `subscriber.attributes.topics.all(t, ["x", "y", "zz", "zzz"].all(u, t != u))`},
		{"texts", `subscriber.attributes.agency.contains(subscriber.attributes.branch)`},
		{"pattern", `subscriber.attributes.agency.matches("^(x?){50}x{50}y$")`},
		{"split", `subscriber.attributes.agency.split("").exists(t, t == "z")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := Compile(c.expression, benchSchema)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if f.Select(s) == Undecided {
					b.Fatal("undecided")
				}
			}
		})
	}
}
