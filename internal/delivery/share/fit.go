package share

import "math"

// reservation is the most that the rations of a pod allow that aren't over.
type reservation struct {
	connections int
	perSecond   float64 // infinite without a bound
	urgent      bool
}

// reserved are the reservations of all pods.
func (b *Book) reserved(of func(Ration) Limit) map[string]reservation {
	out := map[string]reservation{}
	for _, i := range b.Issued {
		limit, r := of(i.Ration), out[i.Pod]
		r.connections = max(r.connections, limit.Connections)
		r.perSecond = math.Max(r.perSecond, limit.speed())
		r.urgent = r.urgent || i.Urgent
		out[i.Pod] = r
	}
	return out
}

// speed is the rate, without a bound an infinite one.
func (l Limit) speed() float64 {
	switch {
	case l.Connections == 0:
		return 0
	case l.PerSecond == 0:
		return math.Inf(1)
	}
	return l.PerSecond
}

// room is what is left beside the reservations, for all and for those that
// aren't urgent.
type room struct{ all, normal float64 }

func (r *room) take(n float64, urgent bool) {
	r.all -= n
	if !urgent {
		r.normal -= n
	}
}

// most is how much a pod can get.
func (r *room) most(urgent bool) float64 {
	if urgent {
		return math.Max(0, r.all)
	}
	return math.Max(0, math.Min(r.all, r.normal))
}

// rooms are what the pool has left.
func (p pool) rooms(reserved map[string]reservation) (connections, rate room) {
	connections = room{float64(p.Connections), float64(p.Connections - p.kept.Connections)}
	rate = room{p.PerSecond, p.PerSecond - p.kept.PerSecond}
	for _, r := range reserved {
		connections.take(float64(r.connections), r.urgent)
		rate.take(r.perSecond, r.urgent)
	}
	return connections, rate
}

// fit gives each pod what it should have, as far as it is free or reserved
// for it already. It says whether somebody got less.
func (p pool) fit(order []claimant, targets map[string]Limit, reserved map[string]reservation) (map[string]Limit, bool) {
	connections, rate := p.rooms(reserved)
	out := map[string]Limit{}
	wanting := false
	for _, c := range order {
		target, has := targets[c.pod], reserved[c.pod]
		if target.Connections == 0 {
			if has.connections > 0 {
				out[c.pod] = Limit{} // said, so that the pod can say that it keeps to it
			}
			continue
		}
		got := Limit{Connections: min(target.Connections, has.connections+int(connections.most(c.urgent)))}
		if p.PerSecond > 0 {
			got.PerSecond = math.Min(target.PerSecond, has.perSecond+rate.most(c.urgent))
		}
		wanting = wanting || got.Connections < target.Connections || got.PerSecond < target.PerSecond*(1-1e-9)
		tooLittle := has.connections == 0 && p.PerSecond > 0 && got.PerSecond < tooSlow*target.PerSecond
		unbound := p.PerSecond > 0 && got.PerSecond <= 0 // none would mean any
		if got.Connections == 0 || tooLittle || unbound {
			continue
		}
		connections.take(math.Max(0, float64(got.Connections-has.connections)), c.urgent)
		if got.PerSecond > has.perSecond {
			rate.take(got.PerSecond-has.perSecond, c.urgent)
		}
		out[c.pod] = got
	}
	return out, wanting
}
