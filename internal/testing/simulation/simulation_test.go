package simulation

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

var (
	seeds  = flag.Int("seeds", 0, "how many seeds to run; 0: as many as there is time for")
	first  = flag.Uint64("first", 1, "the first seed")
	budget = flag.Duration("budget", usual, "how long to begin new seeds, if their number isn't given")
	actors = flag.Int("parallel-seeds", runtime.GOMAXPROCS(0), "how many seeds run at a time")
)

// tally sums up what the seeds were about, so that a run that tests nothing
// is seen.
type tally struct {
	mu                       sync.Mutex
	seeds, mails, writes     int
	unknown, crashes, resent int
	suppressed, powerLosses  int
	restored, lost           int
	longest                  time.Duration
}

func TestWholeBroadcasts(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	sum := &tally{}
	began := time.Now()
	var next atomic.Uint64
	next.Store(*first)
	more := func() (uint64, bool) {
		seed := next.Add(1) - 1
		if t.Failed() {
			return 0, false
		}
		if *seeds > 0 {
			return seed, seed < *first+uint64(*seeds)
		}
		return seed, time.Since(began) < *budget
	}
	t.Run("seeds", func(t *testing.T) {
		for range max(1, *actors) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed, ok := more(); ok; seed, ok = more() {
					one(t, seed, sum)
				}
			})
		}
	})
	t.Logf("%d seeds in %v: %d mails taken, %d unknown, %d crashes, %d losses of power, %d restores, %d losses of Secrets, %d resends, %d suppressed, %d writes to shards; the longest %v of virtual time",
		sum.seeds, time.Since(began).Round(time.Second), sum.mails, sum.unknown, sum.crashes, sum.powerLosses, sum.restored, sum.lost, sum.resent, sum.suppressed, sum.writes, sum.longest)
	if sum.mails == 0 {
		t.Error("nothing was sent at all")
	}
}

// one runs a seed and judges it.
func one(t *testing.T, seed uint64, sum *tally) {
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(seed)
		w.run()
	})
	sum.mu.Lock()
	defer sum.mu.Unlock()
	sum.seeds++
	sum.mails += len(w.relay.accepted)
	sum.writes += w.books.writes
	sum.crashes += w.plan.crashBudget - max(0, w.crashesLeft)
	sum.unknown += w.books.total()
	sum.longest = max(sum.longest, w.took)
	sum.resent += w.resent
	sum.suppressed += w.suppressed
	sum.lost += w.lost
	sum.powerLosses += w.books.powerLosses
	if w.restored || w.secretsRestored {
		sum.restored++
	}
	if len(w.errors) == 0 && (!testing.Verbose() || *seeds != 1) {
		return
	}
	t.Logf("%s", w.tale())
	for _, text := range w.errors {
		t.Errorf("seed %d: %s", seed, text)
	}
	if len(w.errors) > 0 {
		t.Logf("to run this seed alone: go test ./internal/testing/simulation -seeds 1 -first %d -v", seed)
	}
}

// run lets the world live until everything about the Broadcast is forgotten.
func (w *world) run() {
	m := &manager{w: w, name: "manager1", dice: newDice(w.seed, "manager1")}
	w.background.Go(func() { m.run(false) })
	if w.plan.managers > 1 {
		other := &manager{w: w, name: "manager2", dice: newDice(w.seed, "manager2")}
		w.background.Go(func() { other.run(true) })
	}
	if w.plan.secretsRestore > 0 {
		w.background.Go(func() { w.setBackSecrets(newDice(w.seed, "restores of Secrets")) })
	}
	for n, l := range w.plan.losses {
		w.background.Go(func() { w.lose(l, newDice(w.seed, fmt.Sprintf("loss %d", n))) })
	}
	author := newDice(w.seed, "author")
	w.background.Go(func() { w.meddle(author) })
	w.background.Go(func() { w.leave(newDice(w.seed, "leavers of the list")) })
	if w.plan.restore > 0 && w.setBack() {
		w.end()
		return
	}
	for n := range w.plan.resends + 1 {
		if !w.finished(w.latest()) {
			w.wrong("it doesn't end: %s", w.standstill())
			break
		}
		w.took = w.now().Sub(w.start)
		w.judge(fmt.Sprintf("at end %d", n))
		if !w.plan.cancel && len(w.wrongs()) == 0 {
			used := []string{standing}
			for k := range n {
				used = append(used, tokenOf(k))
			}
			w.repeat(newDice(w.seed, fmt.Sprintf("repeats %d", n)), used)
		}
		if n < w.plan.resends && !w.plan.cancel && len(w.wrongs()) == 0 {
			w.resend(n)
			w.interrupt(w.dice)
		}
	}
	w.outlive()
	w.end()
}

// end stops everything.
func (w *world) end() {
	close(w.stop)
	for _, job := range w.api.list("Job", system, nil) {
		_ = w.api.delete("Job", system, job.GetName(), nil, nil) // so that nothing waits for its end
	}
	for _, p := range w.jobs.all() {
		if c := p.container(); c != nil {
			c.kill("is killed at the end")
		}
		p.vanish()
	}
	w.background.Wait()
}

// standstill describes a record that goes nowhere.
func (w *world) standstill() string {
	s := w.state()
	text := fmt.Sprintf("%s, pass %+v, next %+v, stop %+v, %+v", s.Stage, s.Pass, s.NextPass, s.Stop, s.Totals)
	for _, obj := range w.api.list("DeliveryShard", system, nil) {
		state := obj.(*crier.DeliveryShard).State
		text += fmt.Sprintf("\n%s: claim %+v, intent %+v, trouble %+v, pass %d, cursor %d, %s",
			obj.GetName(), state.Claim, state.Intent, state.Trouble, state.Pass, state.Cursor, state.Outcomes)
	}
	for _, obj := range w.api.list("Secret", system, nil) {
		if secret := obj.(*corev1.Secret); strings.HasPrefix(secret.Name, "shares-") {
			text += fmt.Sprintf("\n%s: %s", secret.Name, secret.Data)
		}
	}
	return text
}

// mayLoseTheMessage says whether the record may wait for its deadline without it.
func (w *world) mayLoseTheMessage() bool {
	return slices.ContainsFunc(w.plan.losses, func(l loss) bool { return l.what == theMessage })
}

// latest is when the record's work must be over.
func (w *world) latest() time.Time {
	end := w.start.Add(w.plan.peace)
	if now := w.now(); now.After(end) {
		end = now
	}
	end = end.Add(w.plan.maxDeferral + 4*time.Hour + 4*w.plan.managerSkew)
	if deadline := w.state().Deadline; w.mayLoseTheMessage() && end.Before(deadline.Time) {
		end = deadline.Add(time.Hour + 2*w.plan.managerSkew) // nothing else may end it
	}
	return end
}
