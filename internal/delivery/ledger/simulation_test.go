package ledger

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

var seeds = flag.Int("seeds", 400, "how many seeds of the simulation to run")

// world is one shard, the pods that work on it, and what really happened.
type world struct {
	t       *testing.T
	random  *rand.Rand
	pass    Pass
	state   crier.DeliveryShardState
	version int
	pods    []*simPod
	copies  []int // messages that each recipient got
	calm    bool  // nothing goes wrong any more
	named   int
}

// simPod does what a sender does, one step at a time.
type simPod struct {
	holder  Holder
	journal []Entry
	boots   int  // of its machine
	gone    bool // will never do anything again
	finish  bool

	// In memory, lost with the container:
	claimed bool
	mine    crier.DeliveryShardState
	seen    int
	work    []int
	results []Result
}

func (w *world) chance(percent int) bool { return !w.calm && w.random.IntN(100) < percent }

func (w *world) newPod() {
	w.named++
	name := string(rune('a' + w.named%26))
	w.pods = append(w.pods, &simPod{holder: Holder{PodUID: name + string(rune('0'+w.named/26)), PodName: name}})
}

// update is a compare-and-swap whose answer may get lost.
func (w *world) update(p *simPod, next crier.DeliveryShardState) bool {
	if p.seen != w.version {
		return false
	}
	w.store(next)
	if w.chance(5) {
		return false
	}
	p.mine, p.seen = *w.state.DeepCopy(), w.version
	return true
}

// store keeps a state that somebody writes. It must go forward from the one that is
// there, also where nobody counts, and never the other way.
func (w *world) store(next crier.DeliveryShardState) {
	old := w.state
	w.state = *next.DeepCopy()
	w.state.Sequence = old.Sequence + 1
	w.version++
	must(w.t, Forward(&old, &w.state))
	if err := Forward(&w.state, &old); !errors.Is(err, ErrSetBack) {
		w.t.Fatalf("from %d to %d: %v", w.state.Sequence, old.Sequence, err)
	}
	uncounted := *w.state.DeepCopy()
	uncounted.Sequence = 0
	must(w.t, Forward(&old, &uncounted))
}

func (w *world) step(p *simPod) {
	switch {
	case p.gone, p.finish:
	case w.chance(2):
		p.crash()
	case w.chance(1):
		p.gone = true
		w.newPod()
	case w.chance(1):
		w.losePower(p)
	case !p.claimed:
		w.visit(p)
	case len(p.work) > 0 && w.random.IntN(6) > 0:
		w.send(p)
	default:
		w.advance(p)
	}
}

func (p *simPod) crash() {
	*p = simPod{holder: p.holder, journal: p.journal, boots: p.boots}
}

func (p *simPod) boot() string { return fmt.Sprint("boot ", p.boots) }

// losePower starts the pod's machine again. Its disk keeps a beginning of the
// journal, which may be empty, and then something out of the rest.
func (w *world) losePower(p *simPod) {
	p.crash()
	p.boots++
	kept := w.random.IntN(len(p.journal) + 1)
	rest := p.journal[kept:]
	p.journal = slices.Clone(p.journal[:kept])
	if w.random.IntN(3) == 0 {
		for _, e := range rest {
			if w.random.IntN(2) == 0 {
				p.journal = append(p.journal, e)
			}
		}
	}
}

func (w *world) visit(p *simPod) {
	p.mine, p.seen = *w.state.DeepCopy(), w.version
	next := *p.mine.DeepCopy()
	ours := next.Claim.PodUID == p.holder.PodUID
	if !ours {
		changed, err := RecoverLate(&next, p.journal, p.boot())
		must(w.t, err)
		if changed {
			if w.update(p, next) {
				p.journal = nil
			}
			return
		}
	}
	busy, err := HasWork(&next, w.pass)
	must(w.t, err)
	switch {
	case !ours && !busy:
		p.finish = true
		return
	case !ours && next.Claim.PodUID != "":
		return
	}
	must(w.t, Recover(&next, p.journal, p.boot(), noon))
	must(w.t, Bring(&next, w.pass, noon))
	must(w.t, Claim(&next, p.holder, noon))
	p.claimed = w.update(p, next)
}

// advance settles and intends, and makes the change again on a fresh state as
// long as the claim is the pod's.
func (w *world) advance(p *simPod) {
	if p.seen != w.version {
		if !Holds(&w.state, p.holder, p.mine.Claim.Epoch) {
			p.crash() // drops the shard and goes over the shards again
			return
		}
		p.mine, p.seen = *w.state.DeepCopy(), w.version
	}
	next := *p.mine.DeepCopy()
	must(w.t, Settle(&next, p.results))
	batch := w.added(p, &next)
	if len(batch) == 0 {
		var err error
		batch, err = NextBatch(&next, w.pass, 1+w.random.IntN(8))
		must(w.t, err)
		must(w.t, Begin(&next, batch, noon))
	}
	if len(batch) > 0 {
		p.journal = append(p.journal, IntentEntry(next.Claim.Epoch, next.Pass, p.boot(), batch))
		if w.chance(2) {
			p.crash()
			return
		}
	}
	ended := len(batch)+len(p.work) == 0
	if ended {
		must(w.t, Surrender(&next))
	}
	if !w.update(p, next) {
		return
	}
	p.results = nil
	p.claimed = !ended
	p.work = append(p.work, batch...)
}

// added are the recipients of the intent that the pod doesn't know: a write
// whose answer was lost added them.
func (w *world) added(p *simPod, s *crier.DeliveryShardState) (batch []int) {
	open, err := Open(s)
	must(w.t, err)
	for _, i := range open {
		if !slices.Contains(p.work, i) {
			batch = append(batch, i)
		}
	}
	return batch
}

// send does what happens between two messages, with a crash at each point.
func (w *world) send(p *simPod) {
	i := p.work[0]
	p.work = p.work[1:]
	r := Result{Index: i, State: crier.DeliveryPending}
	if fate := w.random.IntN(100); fate >= 5 || w.calm {
		p.journal = append(p.journal, EndEntry(p.mine.Claim.Epoch, p.mine.Pass, i))
		if w.chance(2) {
			p.crash()
			return
		}
		switch {
		case fate < 8: // its end didn't reach the relay after all
		case fate < 12:
			r = result(i, crier.DeliveryDeferred)
		case fate < 18:
			r = result(i, crier.DeliveryFailed)
		default:
			r = result(i, crier.DeliveryAccepted)
			w.copies[i]++
		}
		if w.chance(2) {
			p.crash()
			return
		}
		p.journal = append(p.journal, ResultEntry(p.mine.Claim.Epoch, p.mine.Pass, r))
	}
	p.results = append(p.results, r)
}

// manage takes claims away: of pods that are gone, and of some that aren't
// but can't be heard of.
func (w *world) manage() {
	holder := w.state.Claim.PodUID
	i := slices.IndexFunc(w.pods, func(p *simPod) bool { return p.holder.PodUID == holder })
	if i < 0 || !w.pods[i].gone && !w.chance(3) {
		return
	}
	next := *w.state.DeepCopy()
	must(w.t, Release(&next, int32(len(w.copies)), noon))
	w.store(next)
}

// run goes through one pass until every pod has finished.
func (w *world) run(p Pass) {
	w.pass, w.pods, w.calm = p, nil, false
	w.newPod()
	w.newPod()
	for n := 0; ; n++ {
		w.calm = n > 1500
		if n > 20000 {
			w.t.Fatal("the pass doesn't end")
		}
		w.step(w.pods[w.random.IntN(len(w.pods))])
		if w.random.IntN(10) == 0 {
			w.manage()
		}
		if !slices.ContainsFunc(w.pods, func(p *simPod) bool { return !p.gone && !p.finish }) {
			if w.state.Claim.PodUID == "" {
				return
			}
			w.newPod()
		}
	}
}

func TestSimulation(t *testing.T) {
	for seed := range uint64(*seeds) {
		w := &world{t: t, random: rand.New(rand.NewPCG(seed, 7)), state: NewShardState(60), copies: make([]int, 60)}
		w.run(Pass{Number: 1})
		w.checkFirst(seed)
		before, err := open(&w.state)
		must(t, err)
		copies := slices.Clone(w.copies)
		w.run(Pass{Number: 2, Selects: []crier.DeliveryState{crier.DeliveryDeferred, crier.DeliveryUnknown}})
		after := letters(t, w.state)
		for i, n := range w.copies {
			again := n - copies[i]
			if again > 1 || again == 1 && before[i] != deferred && before[i] != unknown {
				t.Fatalf("seed %d: %d was %c, got %d more", seed, i, before[i], again)
			}
			if again == 1 && after[i] != accepted && after[i] != unknown || after[i] == pending {
				t.Fatalf("seed %d: %d got %d more and is %c", seed, i, again, after[i])
			}
		}
		if t.Failed() {
			return
		}
	}
}

// checkFirst holds the ledger against what happened in the first pass.
func (w *world) checkFirst(seed uint64) {
	w.t.Helper()
	for i, letter := range letters(w.t, w.state) {
		got := w.copies[i]
		ok := false
		switch letter {
		case accepted:
			ok = got == 1
		case failed, deferred:
			ok = got == 0
		case unknown:
			ok = got <= 1
		}
		if !ok {
			w.t.Fatalf("seed %d: recipient %d is %c and got %d messages", seed, i, letter, got)
		}
	}
}
