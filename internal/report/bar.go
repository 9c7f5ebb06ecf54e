package report

import crier "crier.dev/crier/api/v1alpha1"

// segment is a part of the bar.
type segment struct {
	State crier.DeliveryState
	Label string
	Count int64
}

// bar is the states that occur, accepted first.
func bar(f Facts) []segment {
	var segments []segment
	for _, state := range append([]crier.DeliveryState{crier.DeliveryAccepted}, troubled...) {
		if n := count(f.Totals, state); n > 0 {
			segments = append(segments, segment{state, f.label(state), n})
		}
	}
	return segments
}

// widths divides a width among the segments in proportion. Every one is seen,
// even a single failure in a million; the largest pays for that.
func widths(segments []segment, width int) []int {
	var sum int64
	for _, s := range segments {
		sum += s.Count
	}
	parts := make([]int, len(segments))
	largest, left := 0, width
	for i, s := range segments {
		parts[i] = max(1, int(permille(s.Count, sum))*width/1000)
		left -= parts[i]
		if s.Count > segments[largest].Count {
			largest = i
		}
	}
	if len(parts) > 0 {
		parts[largest] += left
	}
	return parts
}
