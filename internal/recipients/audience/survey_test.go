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
