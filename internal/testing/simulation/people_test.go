package simulation

import (
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// meddle is what the Broadcast's author does while it is being sent.
func (w *world) meddle(d *dice) {
	for range w.plan.suspends {
		time.Sleep(of(d, d.between(0, time.Minute), d.between(0, w.plan.peace)))
		w.suspend(true)
		time.Sleep(of(d, d.between(0, 20*time.Second), d.between(0, 20*time.Minute)))
		w.suspend(false)
	}
	if w.plan.cancel {
		time.Sleep(of(d, d.between(0, time.Minute), d.between(0, w.plan.peace)))
		w.tell("author", "deletes the Broadcast")
		_ = w.api.delete("Broadcast", tenant, broadcast, nil, nil) // there is nobody else who would
	}
}

// interrupt suspends what has just been asked for, and lets it go on.
func (w *world) interrupt(d *dice) {
	if !d.chance(0.4) {
		return
	}
	time.Sleep(of(d, d.between(0, 10*time.Second), d.between(0, time.Minute)))
	w.suspend(true)
	time.Sleep(d.between(0, 5*time.Minute))
	w.suspend(false)
}

func (w *world) suspend(on bool) {
	w.tell("author", "suspend: %v", on)
	edit(w.api, tenant, broadcast, func(b *crier.Broadcast) { b.Spec.Suspend = on })
}

// state is the record's state as it is now, or nil.
func (w *world) state() *crier.DeliveryRecordState {
	obj, err := w.api.get("DeliveryRecord", "", record)
	if err != nil {
		return nil
	}
	return &obj.(*crier.DeliveryRecord).State
}

// finished waits for the end of the record's work.
func (w *world) finished(until time.Time) bool {
	for {
		if s := w.state(); s.Stage == crier.RecordFinished {
			return true
		}
		if time.Now().After(until) {
			return false
		}
		time.Sleep(7 * time.Second)
	}
}
