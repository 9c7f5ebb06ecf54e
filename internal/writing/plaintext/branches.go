package plaintext

import "strings"

// counted is how far ordered lists are numbered where a branch begins, and
// where its first part ends. Only one part is printed, so that both begin with
// the same number, and what follows goes on from the longer one.
type counted struct{ began, ended map[int]int }

// numbering follows the marks in a text that is shown.
func (r *reader) numbering(s string) {
	if r.marks == nil || !strings.Contains(s, r.marks.prefix) {
		return
	}
	for _, p := range r.marks.Split(s) {
		last := len(r.branches) - 1
		switch {
		case p.Role == Begin:
			r.branches = append(r.branches, counted{began: r.numbers()})
		case p.Role == Else && last >= 0:
			r.branches[last].ended = r.numbers()
			for i, n := range r.branches[last].began {
				if i < len(r.open) && r.open[i].ordered > 0 {
					r.open[i].ordered = n
				}
			}
		case p.Role == End && last >= 0:
			for i, n := range r.branches[last].ended {
				if i < len(r.open) && r.open[i].ordered > 0 {
					r.open[i].ordered = max(r.open[i].ordered, n)
				}
			}
			r.branches = r.branches[:last]
		}
	}
}

// numbers are those of the next items of ordered lists, by place among what is
// open.
func (r *reader) numbers() map[int]int {
	n := map[int]int{}
	for i := range r.open {
		if r.open[i].ordered > 0 {
			n[i] = r.open[i].ordered
		}
	}
	return n
}

const between = " | "

// divide puts what stands between cells behind those before, in the same
// branch as they are.
func (r *reader) divide() {
	row := r.inline.String()
	certain, ends := filled(r.marks.Split(row))
	switch {
	case certain:
		r.inline.WriteString(between)
	case len(ends) > 0:
		r.inline.Reset()
		from := 0
		for _, end := range ends {
			r.inline.WriteString(row[from:end])
			if !strings.HasSuffix(row[:end], between) {
				r.inline.WriteString(between)
			}
			from = end
		}
		r.inline.WriteString(row[from:])
	}
}

// part is what stands in a branch until now.
type part struct {
	certain bool  // something, if the branch is taken
	ends    []int // where there may be something that needs an end
}

// filled says whether there is something in a row at its end, whatever branches
// are taken; if only with some, where they end, in octets.
func filled(pieces []Piece) (certain bool, ends []int) {
	type open struct{ before, then part }
	now, at := part{}, 0
	var stack []open
	for _, p := range pieces {
		last := len(stack) - 1
		switch {
		case p.Role == Begin:
			stack = append(stack, open{before: now})
		case p.Role == Else && last >= 0:
			stack[last].then = now.endingAt(at)
			now = stack[last].before
		case p.Role == End && last >= 0:
			now = stack[last].before.after(stack[last].then, now.endingAt(at))
			stack = stack[:last]
		case p.Role == 0 && strings.TrimSpace(p.Text) == "", p.Role == Silent:
		default:
			now = part{certain: true}
		}
		at += len(p.Text)
	}
	return now.certain, now.ends
}

// endingAt is a part that is over; what is certain in it ends there.
func (p part) endingAt(at int) part {
	if p.certain {
		p.ends = []int{at}
	}
	return p
}

// after is what there is after a branch of two parts.
func (p part) after(then, other part) part {
	if p.certain || then.certain && other.certain {
		return part{certain: true}
	}
	return part{ends: unionOf(then.ends, other.ends)}
}

func unionOf(a, b []int) []int {
	out := append([]int(nil), a...)
	for _, end := range b {
		if len(out) == 0 || end > out[len(out)-1] {
			out = append(out, end)
		}
	}
	return out
}
