package simulation

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// misfortune is what befalls a pod beside crashes.
func (w *world) misfortune(p *pod) {
	for {
		select {
		case <-p.over:
			return
		case <-time.After(p.dice.between(w.plan.misfortune/20, 2*w.plan.misfortune)):
		}
		c := p.container()
		if c == nil || w.calm() || !w.spend(&w.misfortunesLeft) {
			continue
		}
		switch p.dice.n(11) {
		case 0, 1:
			w.tell(p.name, "is lost with its disk")
			p.lose(p.dice.between(0, 3*time.Minute))
			return
		case 2:
			w.tell(p.name, "is drained")
			p.markDeleted()
			return
		case 3:
			w.tell(p.name, "is force-deleted")
			p.hurts()
			p.vanish()
			select {
			case <-c.ended:
				return
			case <-time.After(p.dice.between(time.Millisecond, 30*time.Second)):
			}
			c.kill("is killed after its pod was force-deleted")
			return
		case 4:
			w.partition(p, c)
		case 5, 6, 7:
			w.tell(p.name, "loses power")
			p.losePower(c)
		default:
			w.freezing(p, c)
		}
	}
}

// partition cuts a pod off from the API server but not from the relay. When
// that takes long, it is deleted and another one takes its place.
func (w *world) partition(p *pod, c *container) {
	w.tell(p.name, "is cut off from the API server")
	p.setCutOff(true)
	long := p.dice.chance(0.6)
	time.Sleep(p.dice.between(time.Second, 80*time.Second))
	if long {
		w.tell(p.name, "is deleted while it is cut off")
		if p.dice.chance(0.5) {
			p.vanish()
		} else {
			p.markDeleted()
		}
		time.Sleep(p.dice.between(time.Second, 5*time.Minute))
	}
	w.tell(p.name, "is no longer cut off")
	p.setCutOff(false)
}

// freezing stops a container as SIGSTOP does, or a machine that swaps, for
// seconds, for longer than a lease, or for days.
func (w *world) freezing(p *pod, c *container) {
	w.tell(c.name, "freezes")
	p.hurts()
	c.freeze()
	time.Sleep(p.dice.between(time.Second, 100*time.Second))
	if p.dice.chance(0.6) {
		w.tell(p.name, "is deleted while it is frozen")
		if p.dice.chance(0.6) {
			p.vanish()
		} else {
			p.markDeleted()
		}
		time.Sleep(of(p.dice, p.dice.between(0, 5*time.Minute), p.dice.between(0, 5*time.Hour), p.dice.between(0, 72*time.Hour)))
	}
	w.tell(c.name, "wakes up")
	w.relay.mayBeSilent(w.relay.openOf(c)) // replies may have come too late for it
	c.wake()
}

// misdate is what the clock of a pod's node makes of the time at which it writes:
// it is off, and jumps now and then.
func (p *pod) misdate(shard *crier.DeliveryShard) {
	most := p.w.plan.skew
	if most == 0 || shard.State.Claim.PodUID != p.uid {
		return
	}
	p.mu.Lock()
	if p.skew == 0 || p.dice.chance(0.02) {
		p.skew = p.dice.between(-most, most)
	}
	at := metav1.NewMicroTime(time.Now().Add(p.skew))
	p.mu.Unlock()
	shard.State.Claim.RenewTime = &at
}
