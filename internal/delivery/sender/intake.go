package sender

import (
	"context"
	"sync"
	"time"

	"crier.dev/crier/internal/delivery/ledger"
)

// batchTime is how long it should take to send to all of an intent: the
// shorter, the less is unknown when a pod is lost.
const batchTime = 10 * time.Second

// firstBatch is small because nothing is known of the relay's speed.
const firstBatch = 20

// soon is how long to wait for what will change in a moment.
const soon = 50 * time.Millisecond

// intake is how many recipients to add to the intent now; 0 if it is not the
// time, and then how long to wait at most.
func (j *job) intake(ctx context.Context) (more int, wait time.Duration) {
	w := j.w
	if wait := w.pause(); wait > 0 {
		w.dispatch.recall(j)
		return 0, wait
	}
	if w.relay.troubled() {
		return j.probe(ctx)
	}
	room, wait := w.dispatch.room(time.Now())
	if room == 0 && wait > 0 {
		w.dispatch.recall(j)
		return 0, wait
	}
	w.dispatch.divert(j)
	if j.last {
		j.judgeCanary()
		return 0, soon
	}
	size := w.meter.batch(w.Connections)
	inHand := len(j.open) - w.dispatch.heldOf(j) // who is held waits for others, who must come
	if inHand > max(min(size/2, 2*w.dispatch.lanes()), size/5) {
		return 0, w.Timing.Renew // the lanes have enough in hand for the time of a write
	}
	more = min(size-inHand, room)
	return w.window.reserve(j, len(j.open), (more+3)/4, more), soon
}

// probe sends one message when the relay can be reached again, and nothing
// before that: a session is had before anything is intended. A canary that was
// cut short by the trouble goes again after it.
func (j *job) probe(ctx context.Context) (int, time.Duration) {
	if held := j.w.dispatch.heldOf(j); held > 0 && held == len(j.open) {
		j.w.dispatch.abandon(j)
		return 0, soon
	}
	if len(j.open) > 0 || j.last || !j.w.reach(ctx) {
		return 0, soon
	}
	return j.w.window.reserve(j, 0, 1, 1), soon
}

// judgeCanary lets the breaker judge the recipients that it holds when for a
// while there is nothing else left to wait for.
func (j *job) judgeCanary() {
	held := j.w.dispatch.heldOf(j)
	if held == 0 || held < len(j.open) {
		j.idle = time.Time{}
		return
	}
	if j.idle.IsZero() {
		j.idle = time.Now()
	}
	if time.Since(j.idle) >= j.w.Timing.Judge {
		j.w.dispatch.flush()
	}
}

// meter measures how fast recipients are dealt with.
type meter struct {
	mu    sync.Mutex
	since time.Time
	n     int
	rate  float64 // a second
}

// lapTime is the shortest stretch that is measured.
const lapTime = 100 * time.Millisecond

// count notes that so many were dealt with.
func (m *meter) count(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.since.IsZero() {
		m.since = now
	}
	m.n += n
	if took := now.Sub(m.since); took >= lapTime && m.n > 0 {
		m.rate = float64(m.n) / took.Seconds()
		m.since, m.n = now, 0
	}
}

// batch is how many recipients an intent should have.
func (m *meter) batch(connections int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rate == 0 {
		return min(max(firstBatch, 2*connections), ledger.MaxBatch)
	}
	return min(max(2*connections, int(m.rate*batchTime.Seconds())), ledger.MaxBatch)
}

// window keeps the intents of all jobs of a pod together within MaxBatch.
type window struct {
	mu   sync.Mutex
	used map[*job]int
}

// reserve gives a job, which has some recipients open, room for at most n
// more; none if that were fewer than least. Until keep is called, the job counts with the most that its intent may
// have had: nobody knows whether the write that changes it arrives.
func (w *window) reserve(j *job, open, least, n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	free := ledger.MaxBatch - open
	for other, used := range w.used {
		if other != j {
			free -= used
		}
	}
	if n = min(n, free); n < least {
		return 0
	}
	w.used[j] = max(w.used[j], open+n)
	return n
}

// keep says how many recipients are in a job's intent now.
func (w *window) keep(j *job, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if used, known := w.used[j]; !known || used != n {
		w.used[j] = n
		w.tell()
	}
}

// enter makes a job one that is told when there is room.
func (w *window) enter(j *job) { w.keep(j, 0) }

func (w *window) release(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.used, j)
	w.tell()
}

// wake wakes the jobs.
func (w *window) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell()
}

// tell wakes the jobs: there may be room now.
func (w *window) tell() {
	for j := range w.used {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
}
