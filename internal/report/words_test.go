package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"no such user", 100, "no such user"},
		{"  a\r\n\tb  ", 100, "a b"},
		{"a\u202eb\u2066c\u200bd\ufeffe\u200f", 100, "abcde"},
		{"\x1b[31mred\x00\x7f\u0085x", 100, "[31mred x"},
		{"caf\xe9", 100, "caf?"},
		{"größe", 3, "gr"},
		{"ab cd", 3, "ab"},
		{"\U000e0041tag", 100, "tag"},
		{"", 10, ""}, {"abc", 0, ""},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\u202e b\r\n", 4)
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Clean(s, max)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\t\x00\x1b\u202e\u2066") || len(got) > 0 && len(got) > max {
			t.Errorf("Clean(%q, %d) = %q", s, max, got)
		}
		if again := Clean(got, max); again != got {
			t.Errorf("Clean is not stable: %q, then %q", got, again)
		}
	})
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"jane@example.gov": "j***@example.gov", "j@example.gov": "j***@example.gov",
		"ünal@example.gov": "ü***@example.gov", `"a@b"@example.gov`: `"***@example.gov`,
		"": "***", "jane": "***", "@example.gov": "***", "j***@example.gov": "j***@example.gov",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMasked(t *testing.T) {
	for _, c := range []struct{ to, words, want string }{
		{"jane.doe@example.gov", "<jane.doe@example.gov>: unknown", "<j***@example.gov>: unknown"},
		{"jane.doe@example.gov", "user Jane.Doe not found", "user *** not found"},
		{"jane.doe@example.gov", "see postmaster@example.org.", "see p***@example.org."},
		{"info@example.gov", "information for INFO", "information for ***"},
		{"jd@example.gov", "jd is short", "jd is short"},
		{"a(b@example.gov", "a(b is odd", "*** is odd"},
		{"\"x\\y z\"@example.gov", "no \"x\\y z\" here", "no *** here"},
	} {
		got := Row{Recipient: c.to, Text: c.words}.Masked()
		if got.Text != c.want || got.Recipient != Mask(c.to) {
			t.Errorf("Masked %q %q = %q %q, want %q", c.to, c.words, got.Recipient, got.Text, c.want)
		}
	}
}

// Whoever was left out is accounted for.
func TestSelectionStory(t *testing.T) {
	got := selectionStory(crier.PlannedAudience{
		Excluded: 100, NotSelected: 2398, Undecided: 1, Filters: []string{"subscriber.attributes.branch == \"executive\"\n&& true\u202e"},
	})
	want := ` 100 subscribers left out because they are in an excluded set. 2,398 subscribers not selected by the filter.` +
		` 1 subscriber left out because they lack a number or a date that the filter compares.` +
		` Filter: subscriber.attributes.branch == "executive" && true.`
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := selectionStory(crier.PlannedAudience{Recipients: 3}); got != "" {
		t.Errorf("%q of nobody left out", got)
	}
}
