package report

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		count, intended int64
		want            string
	}{
		{0, 0, "-"}, {5, 0, "-"}, {0, 10, "0.0%"}, {10, 10, "100%"}, {44612, 44986, "99.1%"},
		{999_999, 1_000_000, "99.9%"}, {math.MaxInt64 - 1, math.MaxInt64, "99.9%"}, {1, 3, "33.3%"}, {2, 3, "66.6%"}, {-1, 3, "0.0%"},
	} {
		if got := Percent(c.count, c.intended); got != c.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", c.count, c.intended, got, c.want)
		}
	}
}

// TestPercentNeverPromises checks that what is shown is never more than what
// is, never less by 0.1 or more, and 100% only for all.
func TestPercentNeverPromises(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		intended := 1 + random.Int64N(2_000_000)
		count := random.Int64N(intended + 1)
		if random.IntN(3) == 0 {
			count = max(0, intended-random.Int64N(5))
		}
		got := Percent(count, intended)
		if (got == "100%") != (count == intended) {
			t.Fatalf("Percent(%d, %d) = %q", count, intended, got)
		}
		shown, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSuffix(got, "%"), ".", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got == "100%" {
			shown = 1000
		}
		if shown*intended > count*1000 || (shown+1)*intended <= count*1000 {
			t.Fatalf("Percent(%d, %d) = %q", count, intended, got)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "0", 0: "0", 812: "812", 999: "999", 1000: "1k", 9731: "9.7k", 31_299: "31.2k", 44_986: "44.9k", 45_000: "45k",
		999_999: "999.9k", 1_000_000: "1M", 1_249_999: "1.24M", 1_200_000: "1.2M", 2_000_000_000: "2G",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestProgress(t *testing.T) {
	if got := Progress(crier.DeliveryTotals{Intended: 10, Accepted: 4, Suppressed: 3, Pending: 3}); got != "4/7" {
		t.Errorf("the suppressed stand beside: %s", got)
	}
	got := Progress(crier.DeliveryTotals{Intended: 44_800, Accepted: 31_100, Failed: 60, Expired: 30, Unknown: 10, Deferred: 500, Pending: 13_100})
	if want := "31.2k/44.8k"; got != want {
		t.Errorf("Progress = %q, want %q", got, want)
	}
	if got := Progress(crier.DeliveryTotals{}); got != "0/0" {
		t.Errorf("Progress of nothing = %q", got)
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := words.Number(n); got != want {
			t.Errorf("words.Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		count, intended int64
		want            string
	}{{0, 5000, "0.0%"}, {1, 5000, "<0.1%"}, {5, 5000, "0.1%"}, {1, 0, "-"}} {
		if got := share(c.count, c.intended); got != c.want {
			t.Errorf("share(%d, %d) = %q, want %q", c.count, c.intended, got, c.want)
		}
	}
}
