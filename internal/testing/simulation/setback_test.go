package simulation

import (
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
)

// setBack lets the ledger be set back in the middle, and judges what comes of it.
// It is false if there was nothing to set back.
func (w *world) setBack() bool {
	time.Sleep(w.plan.backup)
	b, then, version := w.api.backUp(), w.taken(), w.api.newest()
	time.Sleep(w.plan.restore - w.plan.backup)
	wanted := func(string) bool { return true }
	if w.plan.ofOne {
		id := w.heldShard()
		if id == "" {
			return false
		}
		wanted = func(other string) bool { return other == id }
	}
	if s := w.state(); s == nil || s.Stage != crier.RecordFrozen {
		return false
	}
	if !w.plan.ofOne && !w.hasSeen(version) {
		return false // nobody who is there could notice; the heartbeat is not of this world
	}
	if !w.api.restore(b, wanted) {
		return false
	}
	harm := w.taken() > then // else nothing was lost, and nobody need notice
	w.tell("", "the ledger is set back to %v", w.plan.backup)
	w.mu.Lock()
	w.restored = true
	w.mu.Unlock()
	time.Sleep(20 * time.Minute)
	sent := w.taken()
	time.Sleep(5 * time.Hour)
	s := w.state()
	if now := w.taken(); now > sent && s.SetBack != nil {
		w.wrong("%d messages were sent long after the ledger was set back", now-sent)
	}
	if harm && s.SetBack == nil && s.Stage == crier.RecordFrozen {
		w.wrong("nobody noticed that the ledger was set back: %s", w.standstill())
	}
	for _, p := range w.relay.people {
		got := map[int32]int{}
		for _, d := range p.deliveries {
			if got[d.generation]++; got[d.generation] > 1+len(p.licences) {
				w.wrong("%s got the message %d times", p.address, got[d.generation])
			}
		}
	}
	return true
}

// setBackSecrets sets back the Secrets, and neither records nor shards, as somebody
// does who restores a part. That costs time, and nothing else.
func (w *world) setBackSecrets(d *dice) {
	time.Sleep(w.plan.secretsBackup)
	b := w.api.backUp()
	time.Sleep(w.plan.secretsRestore - w.plan.secretsBackup)
	which := of(d, "", "", "shares-", names.HandoutSecretName(record, attempt), names.MarksSecretName(record, attempt))
	prefix := objectID("Secret", system, which)
	if !w.api.restore(b, func(id string) bool { return strings.HasPrefix(id, prefix) }) {
		return
	}
	w.tell("", "the Secrets %s... are set back to %v", which, w.plan.secretsBackup)
	w.mu.Lock()
	w.secretsRestored = true
	w.mu.Unlock()
	w.readAgain(d)
}

// hasSeen says whether a manager has seen a shard that was written after a version.
func (w *world) hasSeen(version int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen > version
}

// taken is how many messages the relay has taken.
func (w *world) taken() int {
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	return len(w.relay.accepted)
}

func (w *world) wasSetBack() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.restored
}

// heldShard is the id of a shard that a pod holds which is there; "" if none is.
func (w *world) heldShard() string {
	for _, obj := range w.api.list("DeliveryShard", system, nil) {
		holder := obj.(*crier.DeliveryShard).State.Claim.PodUID
		for _, p := range w.jobs.all() {
			if c := p.container(); p.uid == holder && c != nil && c.alive() && !c.over() {
				return objectID("DeliveryShard", system, obj.GetName())
			}
		}
	}
	return ""
}
