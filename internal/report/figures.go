package report

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// Percent is count of intended, rounded down to 0.1: "99.2%". It is "100%"
// only for all of them, and "-" when nobody was intended.
func Percent(count, intended int64) string {
	switch {
	case intended <= 0:
		return "-"
	case count >= intended:
		return "100%"
	}
	p := permille(count, intended)
	return fmt.Sprintf("%d.%d%%", p/10, p%10)
}

// permille rounds down; 0 to 1000, for any numbers without overflow.
func permille(count, intended int64) int64 {
	if intended <= 0 || count <= 0 {
		return 0
	}
	if count >= intended {
		return 1000
	}
	high, low := bits.Mul64(uint64(count), 1000)
	quotient, _ := bits.Div64(high, low, uint64(intended))
	return int64(quotient)
}

// share is Percent for parts that must not look like nothing: "<0.1%".
func share(count, intended int64) string {
	if count > 0 && intended > 0 && permille(count, intended) == 0 {
		return "<0.1%"
	}
	return Percent(count, intended)
}

// Count is n in the width of a kubectl column: 812, 31.2k, 1.24M. It is
// rounded down, so that it never shows more than there is.
func Count(n int64) string {
	switch {
	case n < 0:
		return "0"
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 1_000_000:
		return short(n, 1000, 1) + "k"
	case n < 1_000_000_000:
		return short(n, 1_000_000, 2) + "M"
	}
	return short(n, 1_000_000_000, 2) + "G"
}

// short writes n/unit cut to some decimals, without trailing zeros.
func short(n, unit int64, decimals int) string {
	scale := int64(1)
	for range decimals {
		scale *= 10
	}
	cut := n / (unit / scale)
	s := fmt.Sprintf("%d.%0*d", cut/scale, decimals, cut%scale)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// Wanted is how many recipients were to get the message in the end. Those who
// were suppressed since they were written down are not among them: percentages
// are of the others.
func Wanted(t crier.DeliveryTotals) int64 { return t.Intended - t.Suppressed }

// Progress is how many are settled, of all: "31.2k/44.8k". Settled are those
// with whom nothing more happens by itself.
func Progress(t crier.DeliveryTotals) string {
	settled := t.Accepted + t.Failed + t.Expired + t.Unknown
	return Count(settled) + "/" + Count(Wanted(t))
}
