package audience

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
)

func survey(t *testing.T, n int, name func(i int) string) (*Survey, []roster.Subscriber, []roster.Subscriber) {
	t.Helper()
	s := NewSurvey()
	for i := range n {
		s.Add(roster.Row{Line: fmt.Appendf(nil, "{\"email\":\"p%07d@example.gov\",\"name\":\"%s\"}\n", i, name(i))})
	}
	sample, err := s.Sample()
	if err != nil {
		t.Fatal(err)
	}
	largest, err := s.Largest()
	if err != nil {
		t.Fatal(err)
	}
	return s, sample, largest
}

func TestSmallAudienceIsKeptWhole(t *testing.T) {
	for _, n := range []int{0, 1, maxSample} {
		s, sample, largest := survey(t, n, func(int) string { return "x" })
		if !s.Whole() || len(sample) != n || len(largest) != 0 {
			t.Errorf("of %d: whole %t, %d and %d kept", n, s.Whole(), len(sample), len(largest))
		}
	}
}

func TestLargeAudienceIsSampledEvenly(t *testing.T) {
	for _, n := range []int{maxSample + 1, 9_999, 100_000} {
		s, sample, _ := survey(t, n, func(int) string { return "x" })
		if s.Whole() || len(sample) < maxSample/2 || len(sample) > maxSample {
			t.Fatalf("of %d: whole %t, %d kept", n, s.Whole(), len(sample))
		}
		for i, sub := range sample {
			if want := fmt.Sprintf("p%07d@example.gov", int64(i)*s.stride); sub.Email != want {
				t.Fatalf("of %d, every %d: %d is %s, want %s", n, s.stride, i, sub.Email, want)
			}
		}
	}
}

func TestLargestAreFound(t *testing.T) {
	_, _, largest := survey(t, 50_000, func(i int) string {
		switch i {
		case 777:
			return strings.Repeat("x", 100)
		case 33_333:
			return strings.Repeat("\u00e9", 49) // 98 octets, but three times that when encoded
		}
		return strings.Repeat("x", i%40)
	})
	for _, want := range []string{"p0000777@example.gov", "p0033333@example.gov"} {
		if len(largest) != maxLargest || !slices.ContainsFunc(largest, func(s roster.Subscriber) bool { return s.Email == want }) {
			t.Errorf("%s isn't among the %d largest", want, len(largest))
		}
	}
}

func TestSurveyIsBounded(t *testing.T) {
	s, sample, _ := survey(t, 3000, func(int) string { return strings.Repeat("x", 60_000) })
	if s.size > maxSampleBytes || s.Whole() || len(sample) == 0 || len(sample)*60_000 > maxSampleBytes {
		t.Errorf("%d recipients in %d octets are kept", len(sample), s.size)
	}
}

// Octets that aren't ASCII take three in quoted-printable.
func TestWeight(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc\x7f": 4, "\u0080": 6, "a\u00c0": 7, "\u20ac": 9} {
		if got := weightOf([]byte(text)); got != want {
			t.Errorf("%q weighs %d, want %d", text, got, want)
		}
	}
}

func TestExactlyTheLargestAreKept(t *testing.T) {
	const n = 3001 // more than a sample, and no multiple of 7
	_, _, largest := survey(t, n, func(i int) string { return strings.Repeat("x", i*7%n) })
	kept := map[int]bool{}
	for _, sub := range largest {
		kept[len(sub.Name)] = true
	}
	for size := n - maxLargest; size < n; size++ {
		if !kept[size] {
			t.Errorf("the one with %d octets isn't kept", size)
		}
	}
}

func rowOf(octets int) roster.Row {
	line := fmt.Sprintf("{\"email\":\"p@example.gov\",\"name\":\"%s\"}\n", strings.Repeat("x", octets))
	return roster.Row{Line: []byte(line[len(line)-octets:])}
}

func TestSampleOfLongLines(t *testing.T) {
	for name, c := range map[string]struct {
		octets []int
		whole  bool
		kept   int
	}{
		"4 MiB":                 {[]int{2 << 20, 2 << 20}, true, 4 << 20},
		"an octet more":         {[]int{2 << 20, 2<<20 + 1}, false, 2 << 20},
		"one that is too long":  {[]int{5 << 20}, true, 5 << 20},
		"two that are too long": {[]int{5 << 20, 6 << 20}, false, 5 << 20},
	} {
		s := NewSurvey()
		for _, n := range c.octets {
			s.Add(rowOf(n))
		}
		if s.Whole() != c.whole || s.size != c.kept {
			t.Errorf("%s: whole %t, %d octets kept", name, s.Whole(), s.size)
		}
	}
}

func TestSurveyOfWhatCantBeRead(t *testing.T) {
	s := NewSurvey()
	for range maxSample + 1 {
		s.Add(roster.Row{Line: []byte("{}x\n")})
	}
	if _, err := s.Sample(); err == nil {
		t.Error("a sample of what can't be read")
	}
	if _, err := s.Largest(); err == nil {
		t.Error("the largest of what can't be read")
	}
}
