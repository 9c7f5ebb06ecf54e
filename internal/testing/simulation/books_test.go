package simulation

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

// books are kept of what is written to the ledger, as it is written. All of
// it happens under the lock of the API server.
type books struct {
	// requests to send to the unknown ones again that no pass has carried out.
	requests int
	// unknown counts how recipients became unknown, by the pod that held them:
	// taken away from it, found in its own journal, or written while sending.
	released, recovered map[string]int
	sent                int
	// crashed counts the connections that crashes may have left a message on.
	crashed map[string]int
	// intents are the recipients that each shard has open, with their pod.
	intents map[string]intent
	writes  int
	// powerLosses that there were, and those of each pod.
	powerLosses int
	lossesOf    map[string]int
}

type intent struct {
	pod string
	n   int
}

func newBooks() books {
	return books{released: map[string]int{}, recovered: map[string]int{}, crashed: map[string]int{}, intents: map[string]intent{}, lossesOf: map[string]int{}}
}

// crashed notes that a container ended without a word: each of its
// connections may have left one message of which nobody knows.
func (w *world) crashed(c *container) {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	w.books.crashed[c.pod.uid] += c.pod.opts.Connections
}

// lostPower notes that a pod's machine was started again: nobody knows what
// became of whom its pod had open.
func (w *world) lostPower(p *pod) {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	w.books.crashed[p.uid] += ledger.MaxBatch
	w.books.powerLosses++
	w.books.lossesOf[p.uid]++
}

// most is how many recipients a pod may have open: a batch, and one for each time
// that its machine lost the journal of another, until it comes to that shard.
func (b *books) most(pod string) int { return ledger.MaxBatch * (1 + b.lossesOf[pod]) }

func letters(shard *crier.DeliveryShard) ledger.Outcomes {
	o, err := ledger.ParseOutcomes(shard.State.Outcomes, int(shard.Spec.Recipients))
	if err != nil {
		panic(err)
	}
	return ledger.Outcomes(bytes.ToLower(o)) // whether the pass comes again is the sender's business
}

// shard holds one write against the one before it.
func (b *books) shard(w *world, before, after *crier.DeliveryShard) {
	b.writes++
	old, now := &before.State, &after.State
	b.open(w, after)
	if old.Outcomes == now.Outcomes {
		return
	}
	was, is := letters(before), letters(after)
	if is.Totals() != now.Totals {
		w.wrong("%s: totals %+v, outcomes %s", after.Name, now.Totals, now.Outcomes)
	}
	if old.DateGeneration != now.DateGeneration {
		return // everybody is pending again
	}
	for i := range is {
		if was[i] == is[i] {
			continue
		}
		if was[i] == 'a' {
			w.wrong("%s: %d was accepted and is %c", after.Name, i, is[i])
		}
		if is[i] == 'u' {
			b.lost(w.api.pod, old, now, i)
		}
	}
}

// lost notes how a recipient became unknown: a pod finds it out, or a manager.
func (b *books) lost(pod string, old, now *crier.DeliveryShardState, index int) {
	switch {
	case causeOf(now, index) != ledger.CauseSenderLost:
		b.sent++
	case pod == "":
		b.released[old.Claim.PodUID]++
	default:
		b.recovered[old.Claim.PodUID]++
	}
}

func causeOf(s *crier.DeliveryShardState, index int) string {
	for _, e := range s.Exceptions {
		if int(e.Index) == index {
			return s.Replies[e.Reply].Cause
		}
	}
	return ""
}

// open checks how many recipients a pod has open at a time.
func (b *books) open(w *world, shard *crier.DeliveryShard) {
	indexes, err := ledger.Open(&shard.State)
	if err != nil {
		panic(err)
	}
	pod := shard.State.Claim.PodUID
	b.intents[shard.Name] = intent{pod, len(indexes)}
	sum := 0
	for _, in := range b.intents {
		if in.pod == pod {
			sum += in.n
		}
	}
	if pod != "" && sum > b.most(pod) && !w.wasSetBack() { // what is open in others isn't what these books say
		w.wrong("pod %s has %d recipients open", pod, sum)
	}
}

// record notes passes and ends.
func (b *books) record(w *world, old, now *crier.DeliveryRecordState) {
	if now.Stage != old.Stage {
		w.tell("record", "is %s: %s %+v", now.Stage, now.Result, now.Totals)
	}
	if now.Stop != nil && (old.Stop == nil || old.Stop.Reason != now.Stop.Reason) {
		w.tell("record", "stops: %s", now.Stop.Reason)
	}
	if r := now.Resend; r != nil && (old.Resend == nil || old.Resend.Token != r.Token) {
		w.carriedOut(r)
	}
	if now.Pass == nil || old.Pass != nil && old.Pass.Job == now.Pass.Job {
		return
	}
	p := now.Pass
	w.tell("record", "pass %d of %d workers with %d connections, generation %d, over %v", p.Number, p.Workers, p.Connections, now.Generation, p.Selects)
	fresh := old.Pass == nil || old.Pass.Number != p.Number
	if fresh && b.requests > 0 && slices.Contains(p.Selects, crier.DeliveryUnknown) {
		b.requests--
		w.license(now.Generation)
	}
}

// license lets those whom nobody knows of have the message once more.
func (w *world) license(generation int32) {
	for _, obj := range w.api.objects {
		shard, ok := obj.(*crier.DeliveryShard)
		if !ok {
			continue
		}
		w.relay.mu.Lock()
		for i, letter := range letters(shard) {
			if letter == 'u' {
				p := w.relay.people[addressOf(int(shard.Spec.Index), i)]
				p.licences = append(p.licences, licence{generation, time.Now()})
			}
		}
		w.relay.mu.Unlock()
	}
}

func addressOf(shard, index int) string { return fmt.Sprintf("p%d-%03d@dest.example", shard, index) }
