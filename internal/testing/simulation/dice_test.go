package simulation

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// dice are one actor's source of chance. Each actor has its own, so that one
// more throw by one of them changes nothing for the others.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func newDice(seed uint64, actor string) *dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(actor)) // never fails
	return &dice{random: rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func (d *dice) n(below int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(below)
}

// chance is true in that part of all throws.
func (d *dice) chance(part float64) bool {
	if part <= 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.Float64() < part
}

// between is a time of odd nanoseconds, so that hardly two things ever happen
// at the same one.
func (d *dice) between(low, high time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return low + time.Duration(d.random.Int64N(int64(high-low)+1))
}

// of picks one.
func of[T any](d *dice, among ...T) T { return among[d.n(len(among))] }

// sleep says whether the time passed before ctx was over.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
