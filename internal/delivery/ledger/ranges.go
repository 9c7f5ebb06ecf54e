package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// formatRanges writes indexes as "0-99,120", ascending.
func formatRanges(indexes []int) string {
	sorted := slices.Clone(indexes)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	var b strings.Builder
	for at := 0; at < len(sorted); {
		end := at + 1
		for end < len(sorted) && sorted[end] == sorted[end-1]+1 {
			end++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(sorted[at]))
		if end-at > 1 {
			b.WriteString("-" + strconv.Itoa(sorted[end-1]))
		}
		at = end
	}
	return b.String()
}

// parseRanges reads what formatRanges wrote; all indexes are below n.
func parseRanges(text string, n int) ([]int, error) {
	var out []int
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, err := strconv.Atoi(first)
		if err != nil {
			return nil, fmt.Errorf("ranges: %q isn't a number", first)
		}
		high, err := strconv.Atoi(last)
		if err != nil {
			return nil, fmt.Errorf("ranges: %q isn't a number", last)
		}
		if low < 0 || high < low || high >= n || len(out) > 0 && low <= out[len(out)-1] {
			return nil, fmt.Errorf("ranges: %q is out of order or not below %d", part, n)
		}
		for i := low; i <= high; i++ {
			out = append(out, i)
		}
	}
	return out, nil
}
