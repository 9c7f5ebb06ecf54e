package sender

import (
	"context"
	"math/rand/v2"
)

// overlap is how many shards a pod works on at a time: while the last
// recipients of one are waited for, the next is begun.
const overlap = 2

// rounds goes over the shards until none is left to work on or to wait for.
// Each worker begins elsewhere. Before anything is intended, what an earlier
// container of this pod left open is settled from its journals.
func (w *worker) rounds(ctx context.Context) error {
	order := make([]int32, 0, w.Shards)
	done := make(map[int32]bool, w.Shards)
	first := int(w.Holder.Worker) * w.Shards / w.Workers
	for n := range w.Shards {
		i := int32((first + n) % w.Shards)
		order = append(order, i)
		if err := w.settleJournal(w.patient, i); w.noteFault(i, err) {
			done[i] = true
		} else if err != nil {
			return err
		}
	}
	for {
		waiting, err := w.round(ctx, order, done)
		if err != nil || !waiting {
			return err
		}
		sleep(ctx, w.Timing.Poll+rand.N(w.Timing.Poll*3/2))
	}
}

// visited is what came of a visit.
type visited struct {
	index   int32
	through bool
	err     error
}

// round visits each shard that isn't done, the next as soon as the last one
// has nobody left to begin. It says whether there is any to come back to.
func (w *worker) round(ctx context.Context, order []int32, done map[int32]bool) (waiting bool, err error) {
	ended := make(chan visited, len(order))
	running := 0
	take := func(v visited) {
		running--
		done[v.index] = v.through
		if w.noteFault(v.index, v.err) {
			done[v.index] = true
			return
		}
		if v.err != nil && (err == nil || isQuiet(err)) {
			err = v.err
		}
	}
	for _, i := range order {
		if done[i] {
			continue
		}
		for running >= overlap {
			take(<-ended)
		}
		if err == nil {
			err = w.halt()
		}
		if err != nil {
			break
		}
		running++
		tail := make(chan struct{})
		go func() {
			through, err := w.visit(ctx, i, tail)
			ended <- visited{i, through, err}
		}()
		for waits := true; waits; {
			select {
			case v := <-ended:
				take(v)
				waits = v.index != i
			case <-tail:
				waits = false
			}
		}
	}
	for running > 0 {
		take(<-ended)
	}
	for _, i := range order {
		waiting = waiting || !done[i]
	}
	return waiting, err
}

// enter and leave keep which shards are worked on.
func (w *worker) enter(j *job) {
	w.window.enter(j)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs[j.index] = j
}

func (w *worker) leave(j *job) {
	w.mu.Lock()
	if w.jobs[j.index] == j {
		delete(w.jobs, j.index)
	}
	w.mu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.revoked) > 0 { // they came after the last write
		w.revokeLater(j.index, j.revoked)
	}
}

// revoke takes back failures that turned out not to be about the recipients:
// in shards that are worked on with the next write, in others by a write of
// its own.
func (w *worker) revoke(places []place) {
	past := map[int32][]int{}
	w.mu.Lock()
	for _, p := range places {
		if j := w.jobs[p.shard]; j != nil {
			j.revoke(p.index)
			continue
		}
		past[p.shard] = append(past[p.shard], p.index)
	}
	w.mu.Unlock()
	for shard, indexes := range past {
		w.revokeLater(shard, indexes)
	}
}

func (w *worker) revokeLater(shard int32, indexes []int) {
	w.background.Go(func() {
		if err := w.revokePast(shard, indexes); err != nil {
			w.log.Warn("failures can't be taken back", "shard", w.shardName(shard), "error", err.Error())
		}
	})
}

func (j *job) revoke(index int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.revoked = append(j.revoked, index)
}
