package share

import (
	"cmp"
	"math"
	"slices"
)

const (
	// recipientsPerConnection is how many recipients make another connection
	// worth while.
	recipientsPerConnection = 20
	// secondsPerMessage is the longest time between two messages of one
	// connection that is worth having another: fewer that are quicker do as much.
	secondsPerMessage = 2
	// urgentStart is the least rate that is kept for urgent messages, so
	// that the first of them leaves after 5 seconds.
	urgentStart = 0.2
)

// Limits are what a Relay allows in all.
type Limits struct {
	Limit
	// Destinations by name. Connections 0 is as many as there are.
	Destinations map[string]Limit
	// Urgent says that somebody may send urgently, so that a part is kept
	// for that.
	Urgent bool
}

// Record is one that is sent through the Relay.
type Record struct {
	// Board is the Secret where its pods find their rations.
	Board  string
	Urgent bool
	// Left is how many recipients its pass has left, at most.
	Left int64
	// PerPod is how many connections one pod opens, at most.
	PerPod int
	// Canary says that nobody knows yet what the relay answers, so that only
	// the first pod sends.
	Canary bool
	// Pods are the UIDs of the pods that run, by their index.
	Pods []string
	// Leaving are those that only wait for replies to what they have sent.
	Leaving []string
}

// granted are the pods that may get a ration.
func (r Record) granted() []string {
	if r.Canary && len(r.Pods) > 1 {
		return r.Pods[:1]
	}
	return r.Pods
}

// wants is how many connections are of use to the record.
func (r Record) wants() int {
	want := (r.Left + recipientsPerConnection - 1) / recipientsPerConnection
	return int(max(1, min(want, int64(len(r.granted())*max(1, r.PerPod)))))
}

// pool is something that is divided: the Relay as a whole, or a destination.
type pool struct {
	Limit
	// kept for urgent records.
	kept Limit
}

// newPool keeps a tenth for urgent records, if there may be any, but where
// there is only one connection to be had.
func newPool(limit Limit, urgent bool) pool {
	p := pool{Limit: limit}
	if urgent && limit.Connections > 1 {
		p.kept.Connections = max(1, limit.Connections/10)
		p.kept.PerSecond = min(limit.PerSecond/2, max(limit.PerSecond/10, urgentStart))
	}
	return p
}

// useful is how many connections are worth having at the rate.
func (p pool) useful() int {
	if p.PerSecond == 0 {
		return p.Connections
	}
	least := 1
	if p.kept.Connections > 0 {
		least = 2
	}
	return min(p.Connections, max(least, int(p.PerSecond*secondsPerMessage)))
}

// Useful is how many connections of the whole are worth having.
func Useful(l Limits) int { return newPool(l.Limit, l.Urgent).useful() }

// targets divides the pool among records, and the share of each among its
// pods. caps bounds what is of use to a pod.
func (p pool) targets(records []Record, wants func(Record) int, caps func(pod string) int) map[string]Limit {
	normal, urgent := split(records)
	useful := p.useful()
	out := map[string]Limit{}
	kept := min(p.kept.Connections, useful-1)
	most, rate := useful, p.PerSecond
	if len(normal) > 0 && useful > 1 {
		most, rate = max(kept, useful*3/4), max(p.kept.PerSecond, p.PerSecond*3/4)
	}
	shares := level(urgent, most, wants)
	used := 0
	for _, n := range shares {
		used += n
	}
	if used == 0 { // nobody is urgent, or has use for any of it
		spread(out, normal, level(normal, useful-kept, wants), p.PerSecond-p.kept.PerSecond, caps)
		return out
	}
	spread(out, urgent, shares, rate, caps)
	spread(out, normal, level(normal, useful-max(used, kept), wants), p.PerSecond-rate, caps)
	return out
}

// split tells normal records from urgent ones. Whoever has less left goes
// first where there isn't enough for all: it is over sooner.
func split(records []Record) (normal, urgent []Record) {
	sorted := slices.Clone(records)
	slices.SortFunc(sorted, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Board, b.Board))
	})
	for _, r := range sorted {
		switch {
		case len(r.Pods) == 0:
		case r.Urgent:
			urgent = append(urgent, r)
		default:
			normal = append(normal, r)
		}
	}
	return normal, urgent
}

// level gives everybody the same, but nobody more than it wants.
func level(records []Record, n int, wants func(Record) int) []int {
	shares := make([]int, len(records))
	for given := true; given; {
		given = false
		for k, r := range records {
			if n > 0 && shares[k] < wants(r) {
				shares[k]++
				n--
				given = true
			}
		}
	}
	return shares
}

// spread divides the shares of records among their pods, and the rate among
// all connections that were given.
func spread(out map[string]Limit, records []Record, shares []int, rate float64, caps func(pod string) int) {
	var pods []string
	total := 0
	for k, r := range records {
		for left, given := shares[k], true; given; {
			given = false
			for _, pod := range r.granted() {
				if left > 0 && out[pod].Connections < caps(pod) {
					if out[pod].Connections == 0 {
						pods = append(pods, pod)
					}
					out[pod] = Limit{Connections: out[pod].Connections + 1}
					left--
					total++
					given = true
				}
			}
		}
	}
	for _, pod := range pods {
		n := out[pod].Connections
		out[pod] = Limit{Connections: n, PerSecond: math.Max(0, rate) * float64(n) / float64(total)}
	}
}
