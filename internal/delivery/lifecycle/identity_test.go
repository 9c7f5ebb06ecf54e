package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestIdentify(t *testing.T) {
	other := spec()
	other.Subject = "Something else"
	claim := Claim{UID: "new", NamespaceUID: "ns", Spec: spec()}
	ourselves := claim
	ourselves.UID = "old"
	stage := func(s crier.RecordStage, spec crier.BroadcastSpec, change ...func(*crier.DeliveryRecordState)) *crier.DeliveryRecordState {
		r := &crier.DeliveryRecordState{BroadcastUID: "old", NamespaceUID: "ns", Stage: s, Deadline: at(time.Hour)}
		if s != crier.RecordRegistered {
			r.ContentHash = ContentHash(spec)
		}
		if s == crier.RecordFrozen || s == crier.RecordFinished {
			r.Frozen = &crier.FrozenDelivery{Attempt: "a"}
		}
		for _, f := range change {
			f(r)
		}
		return r
	}
	late := func(r *crier.DeliveryRecordState) { r.Deadline = at(-time.Second) }
	unfrozen := func(r *crier.DeliveryRecordState) { r.Frozen = nil }
	elsewhere := func(r *crier.DeliveryRecordState) { r.NamespaceUID = "before" }
	otherVersion := func(r *crier.DeliveryRecordState) { r.ContentHash = "v9:" + r.ContentHash[3:] }
	with := func(c Claim, f func(*Claim)) Claim { f(&c); return c }

	for _, c := range []struct {
		name   string
		claim  Claim
		record *crier.DeliveryRecordState
		want   Identity
	}{
		{"nothing is known", claim, nil, Unseen},
		{"older than the ledger", with(claim, func(c *Claim) { c.Older = true }), nil, LedgerLost},
		{"names a record that is gone", with(claim, func(c *Claim) { c.NamesRecord = true }), nil, LedgerLost},
		{"names a record that is there", with(ourselves, func(c *Claim) { c.NamesRecord, c.Older = true, true }), stage(crier.RecordFrozen, spec()), Same},

		{"seen, the same object", ourselves, stage(crier.RecordRegistered, spec()), Same},
		{"seen, created again", claim, stage(crier.RecordRegistered, spec()), Renewed},

		{"sealed, the same", ourselves, stage(crier.RecordSealed, spec()), Same},
		{"sealed, created again", claim, stage(crier.RecordSealed, spec()), Renewed},
		{"sealed, created again with other content", claim, stage(crier.RecordSealed, other), Renewed},
		{"sealed, edited past a wiped status: nothing is frozen", ourselves, stage(crier.RecordSealed, other), Renewed},

		{"being sent", ourselves, stage(crier.RecordFrozen, spec()), Same},
		{"being sent, created again", claim, stage(crier.RecordFrozen, spec()), Recreated},
		{"being sent, created again in another namespace", claim, stage(crier.RecordFrozen, spec(), elsewhere), Recreated},
		{"being sent, created again after the deadline", claim, stage(crier.RecordFrozen, spec(), late), Recreated},
		{"being sent, edited", ourselves, stage(crier.RecordFrozen, other), Changed},
		{"being sent, edited, after the deadline", ourselves, stage(crier.RecordFrozen, other, late), Changed},
		{"being sent, other content", claim, stage(crier.RecordFrozen, other), Reused},
		{"being sent, other content after the deadline", claim, stage(crier.RecordFrozen, other, late), Reused},
		{"being sent, of a version that nobody knows", claim, stage(crier.RecordFrozen, spec(), otherVersion), Reused},
		{"being sent, the same object, of a version that nobody knows", ourselves, stage(crier.RecordFrozen, spec(), otherVersion), Changed},

		{"over", ourselves, stage(crier.RecordFinished, spec()), Same},
		{"over, created again", claim, stage(crier.RecordFinished, spec()), Adopted},
		{"over, created again long after", claim, stage(crier.RecordFinished, spec(), late), Adopted},
		{"over, created again in another namespace", claim, stage(crier.RecordFinished, spec(), elsewhere), AdoptedElsewhere},
		{"over, other content", claim, stage(crier.RecordFinished, other), Reused},
		{"over, other content, at the deadline", claim, stage(crier.RecordFinished, other, func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }), Reused},
		{"over, other content, after the deadline", claim, stage(crier.RecordFinished, other, late), NewRun},
		{"over, other content, no deadline", claim, stage(crier.RecordFinished, other, func(r *crier.DeliveryRecordState) { r.Deadline = nil }), NewRun},
		{"over, edited", ourselves, stage(crier.RecordFinished, other), Changed},
		{"over, edited, after the deadline", ourselves, stage(crier.RecordFinished, other, late), Changed},

		{"missed unfrozen, the same", ourselves, stage(crier.RecordFinished, spec(), unfrozen, late), Same},
		{"missed unfrozen, created again", claim, stage(crier.RecordFinished, spec(), unfrozen, late), Adopted},
		{"missed unfrozen, given more time", ourselves, stage(crier.RecordFinished, other, unfrozen, late), NewRun},
		{"missed unfrozen, created again with more time", claim, stage(crier.RecordFinished, other, unfrozen, late), NewRun},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Identify(c.claim, c.record, now); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}
