package ledger

import (
	"errors"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
)

// watched is a shard that somebody writes, and what a manager remembers of it.
type watched struct {
	t     *testing.T
	shard crier.DeliveryShard
	seen  Sighting
	now   time.Time
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{t: t, now: noon}
	w.shard.UID, w.shard.State = "uid", NewShardState(10)
	w.write(func(*crier.DeliveryShardState) {})
	return w
}

func (w *watched) write(change func(*crier.DeliveryShardState)) {
	change(&w.shard.State)
	w.shard.State.Sequence++
	version, _ := strconv.Atoi(w.shard.ResourceVersion)
	w.shard.ResourceVersion = strconv.Itoa(version + 1)
}

// look says by how much the clock is off, and fails unless it is set back or not
// as is wanted.
func (w *watched) look(back bool) time.Duration {
	w.t.Helper()
	next, skew, err := w.seen.See(&w.shard, w.now)
	if errors.Is(err, ErrSetBack) != back {
		w.t.Errorf("set back: %v", err)
	}
	w.seen = next
	return skew
}

func renewed(at time.Time) func(*crier.DeliveryShardState) {
	return func(s *crier.DeliveryShardState) {
		s.Claim = crier.ShardClaim{Epoch: 1, PodUID: "pod"}
		Renew(s, at)
	}
}

// Staleness is how long nothing changed, whatever the holder's clock says.
func TestStale(t *testing.T) {
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		w := newWatched(t)
		w.look(false)
		w.write(renewed(noon.Add(off)))
		w.look(false)
		for range 4 {
			w.now = w.now.Add(25 * time.Second)
			w.write(renewed(w.now.Add(off)))
			w.look(false)
			if w.seen.Stale(w.now.Add(Lease)) {
				t.Errorf("off by %s: stale though it is renewed", off)
			}
		}
		last := w.now
		w.now = w.now.Add(30 * time.Second)
		w.look(false) // it stands still
		if w.seen.Stale(last.Add(Lease+Drift)) || !w.seen.Stale(last.Add(Lease+Drift+time.Second)) {
			t.Errorf("off by %s: not stale when its lease is over", off)
		}
	}
}

// A claim that is seen for the first time is as good as new.
func TestFirstSight(t *testing.T) {
	w := newWatched(t)
	w.write(renewed(noon.Add(-time.Hour)))
	if skew := w.look(false); skew != 0 || w.seen.Stale(w.now.Add(Lease)) {
		t.Errorf("skew %s, stale %t", skew, w.seen.Stale(w.now.Add(Lease)))
	}
}

func TestSkew(t *testing.T) {
	for _, c := range []struct{ off, want time.Duration }{
		{0, 0}, {Drift, 0}, {-Drift, 0}, {time.Hour, time.Hour}, {-time.Hour, -time.Hour + 3*time.Second}, {-20 * time.Second, -17 * time.Second},
	} {
		w := newWatched(t)
		w.look(false)
		w.now = w.now.Add(3 * time.Second)
		w.write(renewed(w.now.Add(c.off)))
		if got := w.look(false); got != c.want {
			t.Errorf("a clock that is off by %s is off by %s", c.off, got)
		}
		w.write(func(s *crier.DeliveryShardState) { s.Trouble = &crier.RelayTrouble{Cause: "x"} })
		if got := w.look(false); got != 0 {
			t.Errorf("without a renewal it is off by %s", got)
		}
	}
}

func TestSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*watched)
		back   bool
	}{
		"nothing":        {func(*watched) {}, false},
		"metadata alone": {func(w *watched) { w.shard.ResourceVersion = "99" }, false},
		"a write": {func(w *watched) {
			w.write(func(s *crier.DeliveryShardState) { s.Outcomes, s.Totals.Accepted, s.Totals.Pending = "a3p7", 3, 7 })
		}, false},
		"an older one": {func(w *watched) { w.shard.State.Sequence--; w.shard.ResourceVersion = "99" }, true},
		"another of the same count": {func(w *watched) {
			w.shard.State.Outcomes, w.shard.ResourceVersion = "pap8", "99"
		}, true},
		"an older one that went on": {func(w *watched) { w.write(func(s *crier.DeliveryShardState) { s.Claim.Epoch = 0 }) }, true},
		"another object":            {func(w *watched) { w.shard.UID = types.UID("other") }, true},
		"an older release writes":   {func(w *watched) { w.shard.State.Sequence = -1; w.write(renewed(noon)) }, false},
	} {
		w := newWatched(t)
		w.write(renewed(noon))
		w.look(false)
		c.change(w)
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.look(c.back)
			w.look(false) // it is said once
		})
	}
}

func TestRecordSetBack(t *testing.T) {
	base := crier.DeliveryRecord{}
	base.UID, base.ResourceVersion = "uid", "5"
	base.State = crier.DeliveryRecordState{
		Sequence: 9, Run: 1, Stage: crier.RecordFrozen, Generation: 1,
		Frozen: &crier.FrozenDelivery{Attempt: "a"}, Pass: &crier.DeliveryPass{Number: 3},
	}
	for name, c := range map[string]struct {
		change func(*crier.DeliveryRecord)
		back   bool
	}{
		"nothing":         {func(*crier.DeliveryRecord) {}, false},
		"a write":         {func(r *crier.DeliveryRecord) { r.State.Sequence++ }, false},
		"mended by hand":  {func(r *crier.DeliveryRecord) { r.State.Totals.Accepted = 3 }, false},
		"an older one":    {func(r *crier.DeliveryRecord) { r.State.Sequence-- }, true},
		"an earlier pass": {func(r *crier.DeliveryRecord) { r.State.Sequence++; r.State.Pass = &crier.DeliveryPass{Number: 2} }, true},
		"not frozen": {func(r *crier.DeliveryRecord) {
			r.State.Sequence++
			r.State.Frozen, r.State.Stage = nil, crier.RecordSealed
		}, true},
		"restored":           {func(r *crier.DeliveryRecord) { r.UID = "other"; r.State.Sequence-- }, true},
		"restored as it was": {func(r *crier.DeliveryRecord) { r.UID = "other" }, false},
		"another of the same name": {func(r *crier.DeliveryRecord) {
			r.UID = "other"
			r.State = crier.DeliveryRecordState{Run: 1, Stage: crier.RecordRegistered, Sequence: 1, FirstSeen: metav1.NewTime(noon)}
		}, false},
		"another run": {func(r *crier.DeliveryRecord) {
			r.State = crier.DeliveryRecordState{Run: 2, Stage: crier.RecordRegistered, Sequence: 10}
		}, false},
	} {
		seen, err := RecordSighting{}.See(&base)
		if err != nil {
			t.Fatal(err)
		}
		now := *base.DeepCopy()
		now.ResourceVersion = "6"
		c.change(&now)
		if _, err := seen.See(&now); errors.Is(err, ErrSetBack) != c.back {
			t.Errorf("%s: %v", name, err)
		}
	}
}
