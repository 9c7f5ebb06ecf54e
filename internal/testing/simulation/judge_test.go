package simulation

import (
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

func (b *books) total() int {
	n := b.sent
	for _, by := range []map[string]int{b.released, b.recovered} {
		for _, unknown := range by {
			n += unknown
		}
	}
	return n
}

// late is when the last sleepers have woken up.
const late = "late"

// judge holds the ledger against what the relay took, when no sender is at
// work any more.
func (w *world) judge(when string) {
	state := w.state()
	var totals, lost crier.DeliveryTotals
	for _, obj := range w.api.list("DeliveryShard", system, nil) {
		shard := obj.(*crier.DeliveryShard)
		totals = ledger.Sum(totals, shard.State.Totals)
		if w.wasLost(shard.Spec.Index) {
			lost = ledger.Sum(lost, shard.State.Totals)
		}
		// One that wakes up late may claim a shard, and is lost; it sends to nobody.
		if shard.State.Claim.PodUID != "" && when != late || shard.State.Intent != nil {
			w.wrong("%s: %s is still held: %+v %+v", when, shard.Name, shard.State.Claim, shard.State.Intent)
		}
		for i, letter := range letters(shard) {
			p := w.relay.person(addressOf(int(shard.Spec.Index), i))
			w.judgePerson(when, p, letter, state)
			w.judgeLeaver(when, p, letter)
		}
		w.judgeReplies(when, shard)
	}
	if totals.Intended != int64(w.plan.recipients) {
		w.wrong("%s: %d recipients are accounted for, there are %d", when, totals.Intended, w.plan.recipients)
	}
	w.judgeEnd(when, state, totals, lost)
	w.judgeReport(when)
	w.judgeBounds(when)
	w.judgeDenials(when)
	w.judgeRate()
	w.judgeWakes()
}

func (w *world) judgePerson(when string, p *person, letter byte, state *crier.DeliveryRecordState) {
	got, since := 0, 0
	licences := 0
	var last time.Time
	for _, l := range p.licences {
		if l.generation == state.Generation {
			licences++
			last = l.at
		}
	}
	for _, d := range p.deliveries {
		if d.generation != state.Generation {
			continue
		}
		got++
		if licences == 0 || d.by.begun.After(last) {
			since++
		}
	}
	switch {
	case got > 1+licences:
		w.wrong("%s: %s got the message %d times, and was asked for again %d times", when, p.address, got, licences)
	case letter == 'a' && got == 0:
		w.wrong("%s: %s is accepted and got nothing", when, p.address)
	case letter != 'a' && letter != 'u' && since > 0:
		w.wrong("%s: %s is %c and got the message", when, p.address, letter)
	case letter == 'p' && got > 0:
		w.wrong("%s: %s was unknown, got the message, and is pending", when, p.address)
	}
}

// judgeEnd checks that the result is what the outcomes say. lost are those whose
// addresses were, at some time: that costs nobody else.
func (w *world) judgeEnd(when string, state *crier.DeliveryRecordState, totals, lost crier.DeliveryTotals) {
	if knownSince(state.Totals, totals) {
		totals = state.Totals
	}
	if state.Totals != totals && when != late {
		w.wrong("%s: the record says %+v, the shards %+v", when, state.Totals, totals)
	}
	if when == late {
		return // a journal may have come back that knows who wasn't sent to
	}
	switch state.Result {
	case crier.ReasonSent, crier.ReasonSentWithFailures:
		if totals.Pending > 0 || totals.Deferred > 0 {
			w.wrong("%s: %s with %+v", when, state.Result, totals)
		}
	case crier.ReasonRecipientsLost:
		if totals.Pending == 0 || totals.Pending != lost.Pending || totals.Deferred > 0 {
			w.wrong("%s: %s with %+v, of the lost %+v", when, state.Result, totals, lost)
		}
		if state.Lost == nil || state.Lost.Totals.Pending != totals.Pending {
			w.wrong("%s: %s, and the record says %+v", when, state.Result, state.Lost)
		}
	case crier.ReasonDeadlineMissed, crier.ReasonCancelled:
		if totals.Deferred > 0 {
			w.wrong("%s: %s with %+v", when, state.Result, totals)
		}
		if state.Result == crier.ReasonDeadlineMissed && w.now().Add(w.plan.managerSkew).Before(state.Deadline.Time) {
			w.wrong("%s: %s before the deadline", when, state.Result)
		}
	default:
		w.wrong("%s: ended as %q", when, state.Result)
	}
}

// knownSince says whether the shards differ from the record only in what a pod's
// journal has told since the end: a pod that nobody saw any more may wake just
// then, and know of some who were unknown.
func knownSince(record, shards crier.DeliveryTotals) bool {
	return shards.Unknown < record.Unknown && shards.Intended == record.Intended &&
		shards.Accepted >= record.Accepted && shards.Failed >= record.Failed && shards.Pending >= record.Pending &&
		shards.Deferred >= record.Deferred && shards.Expired == record.Expired && shards.Suppressed >= record.Suppressed
}

// judgeReplies: a relay that refuses everybody fails nobody. Where it gives
// other answers in between, a container that crashes before it is sure may
// have written some.
func (w *world) judgeReplies(when string, shard *crier.DeliveryShard) {
	if !w.plan.deniedAlways || w.plan.noise > 0 {
		return
	}
	err := ledger.ForEach(shard, func(index int, state crier.DeliveryState, _ *crier.ShardException, reply *crier.ShardReply) {
		if state == crier.DeliveryFailed && reply != nil && strings.Contains(reply.Text, "Relay access denied") {
			w.wrong("%s: %d of %s failed because the relay denies everybody", when, index, shard.Name)
		}
	})
	if err != nil {
		panic(err)
	}
}

// judgeDenials: a relay that refuses everybody costs the ten lines of the
// canary for each container, and then one for each probe, of which there are
// fewer and fewer.
func (w *world) judgeDenials(when string) {
	if !w.plan.deniedAlways || w.plan.noise > 0 {
		return
	}
	const canary, early = 10, 10
	containers := int(w.jobs.containers.Load())
	late := int(w.now().Sub(w.start)/(7*time.Minute)) + 1
	w.relay.mu.Lock()
	lines := w.relay.refused
	w.relay.mu.Unlock()
	if most := containers * (canary + early + late); lines > most {
		w.wrong("%s: %d recipients were refused by a relay that refuses everybody, to %d containers", when, lines, containers)
	}
}

// judgeBounds checks how many may be unknown at the most.
func (w *world) judgeBounds(when string) {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	for pod, n := range w.books.released {
		if n > w.books.most(pod) {
			w.wrong("%s: %d became unknown with the loss of %s", when, n, pod)
		}
	}
	for _, p := range w.jobs.all() {
		if n := w.books.released[p.uid]; n > 0 && w.smooth() && !p.isHurt() {
			w.wrong("%s: %d became unknown with %s, which was only told to end", when, n, p.name)
		}
	}
	for pod, n := range w.books.recovered {
		if most := w.books.crashed[pod]; n > most {
			w.wrong("%s: %d became unknown with crashes of %s that may have left %d", when, n, pod, most)
		}
	}
	w.relay.mu.Lock()
	silent := w.relay.silent
	w.relay.mu.Unlock()
	if w.books.sent > silent {
		w.wrong("%s: %d became unknown for want of a reply, the relay left at most %d without one", when, w.books.sent, silent)
	}
}

// smooth says whether nothing is wrong with the way to the API server.
func (w *world) smooth() bool { return w.plan.apiFaults == 0 && len(w.plan.apiOutages) == 0 }

// judgeRate checks the rate in every 10 seconds.
func (w *world) judgeRate() {
	if w.plan.rate == 0 {
		return
	}
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	from := 0
	for to, d := range w.relay.accepted {
		for d.at.Sub(w.relay.accepted[from].at) > 10*time.Second {
			from++
		}
		if n := to - from + 1; n > int(10*w.plan.rate)+int(w.plan.maxConnections) {
			w.wrong("%d messages were taken in 10 seconds, at %d a second", n, w.plan.rate)
			return
		}
	}
}

// judgeWakes checks that a container that slept for longer than its lease
// sent no more than what was leaving when it fell asleep.
func (w *world) judgeWakes() {
	for _, p := range w.jobs.all() {
		c := p.container()
		if c == nil {
			continue
		}
		c.mu.Lock()
		for _, k := range c.wakes {
			if k.at.Sub(k.frozen) > ledger.Lease && k.accepted > p.opts.Connections {
				w.wrong("%s slept for %v and sent %d messages then without looking at its claim", c.name, k.at.Sub(k.frozen), k.accepted)
			}
		}
		c.mu.Unlock()
	}
}

// outlive lets the time pass after which nothing is left.
func (w *world) outlive() {
	if len(w.wrongs()) > 0 {
		return
	}
	time.Sleep(time.Hour)
	w.rest()
	time.Sleep(6 * 24 * time.Hour)
	w.judge(late)
	w.comeBack()
	w.tell("author", "deletes the Broadcast after all")
	_ = w.api.delete("Broadcast", tenant, broadcast, nil, nil) // it may be gone
	w.noMail(2 * 24 * time.Hour)
	for _, kind := range []string{"DeliveryShard", "Secret", "Job", "Pod", "Role", "RoleBinding", "ServiceAccount"} {
		if left := w.api.list(kind, system, nil); len(left) > 0 {
			w.wrong("a %s is left long after the end: %s", kind, left[0].GetName())
		}
	}
	if w.state() == nil {
		w.wrong("the record is gone too early")
	}
	w.noMail(w.plan.deadline + 35*24*time.Hour)
	if w.state() != nil {
		w.wrong("the record is still there")
	}
}

// noMail lets time pass in which nothing may be sent.
func (w *world) noMail(d time.Duration) {
	before := len(w.relay.accepted)
	time.Sleep(d)
	if after := len(w.relay.accepted); after != before {
		w.wrong("%d messages were sent long after the end", after-before)
	}
}
