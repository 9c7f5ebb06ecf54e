package share

import (
	"maps"
	"slices"
	"time"
)

// tooSlow is the part of its rate below which a pod rather waits for others
// to give theirs back.
const tooSlow = 0.1

// Next decides on new rations, and says what each board is to show: nothing
// when all goes on as it is. The book must be written before anything is
// posted, and have observed the boards. A pod obeys the last ration that it
// has seen, which may be any that isn't over. So what is reserved for it is
// the most of those, and only what is left beside all reservations is given
// to somebody else.
func (b *Book) Next(l Limits, records []Record, now time.Time) map[string]Rations {
	boards := map[string]Rations{}
	rations, wanting := b.divide(l, records, now)
	b.keep(records, rations)
	if b.due(records, rations, wanting, now) {
		b.Round++
		b.Renewed = now
		for _, r := range records {
			if g := b.ration(r, rations, now); len(g) > 0 {
				boards[r.Board] = g
			}
		}
	}
	// A board that may still get an older ration from a manager that is slow
	// is written over, so that it can't.
	for board := range b.Unposted() {
		if _, ok := boards[board]; !ok {
			boards[board] = Rations{}
		}
	}
	return boards
}

// keep lets pods that are leaving have what they have: messages of theirs may
// wait for their replies.
func (b *Book) keep(records []Record, rations map[string]Ration) {
	for _, r := range records {
		for _, pod := range r.Leaving {
			if last, known := b.Latest(pod); known {
				rations[pod] = last.Ration
			}
		}
	}
}

// ration issues the rations of a record's pods.
func (b *Book) ration(r Record, rations map[string]Ration, now time.Time) Rations {
	out := Rations{}
	for _, pod := range slices.Concat(r.Pods, r.Leaving) {
		g, ok := rations[pod]
		if !ok {
			continue
		}
		g.Seq = b.Round
		since := now
		if last, known := b.Latest(pod); known {
			since = last.Since
		}
		b.issue(Issued{Pod: pod, Board: r.Board, Urgent: r.Urgent, Ration: g, Since: since})
		out[pod] = g
	}
	return out
}

// due says whether rations are to be issued now: it is time, a pod is new, or
// somebody gets more or leaves more to those who want it.
func (b *Book) due(records []Record, rations map[string]Ration, wanting bool, now time.Time) bool {
	if len(rations) == 0 {
		return false
	}
	if now.Sub(b.Renewed) >= Renewal {
		return true
	}
	unposted := b.Unposted()
	for _, r := range records {
		if unposted[r.Board] > 0 {
			return true
		}
	}
	for pod, g := range rations {
		last, known := b.Latest(pod)
		if !known || now.Sub(last.Since) < young && now.After(last.Since) {
			return true
		}
		if !last.Ration.eased().Covers(g) || wanting && !g.eased().Covers(last.Ration) {
			return true
		}
	}
	return false
}

// divide decides what each pod may use, and says whether one of them wants
// more than there is now.
func (b *Book) divide(l Limits, records []Record, now time.Time) (map[string]Ration, bool) {
	perPod := map[string]int{}
	for _, r := range records {
		for _, pod := range r.granted() {
			perPod[pod] = max(1, r.PerPod)
		}
	}
	order := b.order(records)
	whole := newPool(l.Limit, l.Urgent)
	targets := whole.targets(records, Record.wants, func(pod string) int { return perPod[pod] })
	main, wanting := whole.fit(order, targets, b.reserved(func(g Ration) Limit { return g.Limit }))
	rations := map[string]Ration{}
	for pod, limit := range main {
		rations[pod] = Ration{Limit: limit}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Destinations)) {
		if b.divideDestination(l, name, turned(records, now), order, rations) {
			wanting = true
		}
	}
	return rations, wanting
}

// divideDestination adds what each pod that has a ration may use of a destination.
func (b *Book) divideDestination(l Limits, name string, records []Record, order []claimant, rations map[string]Ration) bool {
	limit := l.Destinations[name]
	if limit.Connections == 0 || limit.Connections > l.Connections {
		limit.Connections = l.Connections
	}
	p := newPool(limit, l.Urgent)
	caps := func(pod string) int { return rations[pod].Connections }
	wants := func(r Record) (n int) {
		for _, pod := range r.granted() {
			n += caps(pod)
		}
		return n
	}
	reserved := b.reserved(func(g Ration) Limit {
		if d, ok := g.Destinations[name]; ok {
			return d
		}
		return g.Limit // it was issued before the destination had a limit
	})
	got, wanting := p.fit(order, p.targets(records, wants, caps), reserved)
	for pod, g := range rations {
		if g.Destinations == nil {
			g.Destinations = map[string]Limit{}
		}
		g.Destinations[name] = got[pod] // none at all is a limit, too
		rations[pod] = g
	}
	return wanting
}

// turn is how long the same pods have a share of a destination that hasn't
// enough connections for all: each has recipients there that nobody else can
// send to while it works on them.
const turn = 5 * time.Minute

// turned lets another pod of each record be the first one, turn by turn.
func turned(records []Record, now time.Time) []Record {
	out := slices.Clone(records)
	for k, r := range records {
		if n := len(r.granted()); n > 1 {
			first := int(now.Unix()/int64(turn.Seconds())) % n
			out[k].Pods = slices.Concat(r.Pods[first:], r.Pods[:first])
		}
	}
	return out
}

// claimant is a pod that may get a ration.
type claimant struct {
	pod    string
	urgent bool
}

// order is who is served first: urgent records, then pods that have nothing.
func (b *Book) order(records []Record) []claimant {
	var out []claimant
	normal, urgent := split(records)
	for _, class := range [][]Record{urgent, normal} {
		var later []claimant
		for _, r := range class {
			for _, pod := range r.granted() {
				if _, has := b.Latest(pod); has {
					later = append(later, claimant{pod, r.Urgent})
				} else {
					out = append(out, claimant{pod, r.Urgent})
				}
			}
		}
		out = append(out, later...)
	}
	return out
}
