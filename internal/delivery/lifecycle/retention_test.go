package lifecycle

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestForgetAt(t *testing.T) {
	day := 24 * time.Hour
	base := func(stage crier.RecordStage) crier.DeliveryRecordState {
		return crier.DeliveryRecordState{FirstSeen: *at(0), Stage: stage, GoneAt: at(time.Second)}
	}
	for _, c := range []struct {
		name    string
		stage   crier.RecordStage
		purpose crier.RecordPurpose
		change  func(*crier.DeliveryRecordState)
		want    time.Duration
	}{
		{"seen only, and gone", crier.RecordRegistered, crier.RecordBroadcast, nil, time.Second + keepUnsent},
		{"sealed only, and gone", crier.RecordSealed, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) { s.Deadline = at(50 * day) }, time.Second + keepUnsent},
		{"a test that never was one", crier.RecordRegistered, crier.RecordTest, nil, time.Second + keepUnsent},
		{"seen only, but it was tested", crier.RecordRegistered, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) { s.TestTokens = Use(nil, "one", 1, now) }, time.Second + 30*day},
		{"a report that is being made", crier.RecordRegistered, crier.RecordReport, nil, time.Second + 30*day},
		{"missed before it was frozen", crier.RecordFinished, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) { s.FinishedAt, s.Deadline = at(day), at(day) }, 31 * day},
		{"being sent", crier.RecordFrozen, crier.RecordBroadcast, func(s *crier.DeliveryRecordState) { s.Deadline = at(2 * day) }, 32 * day},
		{"over before its deadline", crier.RecordFinished, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) { s.FinishedAt, s.Deadline = at(day), at(89*day) }, 119 * day},
		{"over, and resent with an earlier deadline", crier.RecordFinished, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) {
				s.FinishedAt, s.Deadline, s.GoneAt = at(0), at(89*day), at(3*day)
				Reopen(s, ask("a", crier.ResendFailed, 2*day), now.Add(day))
				s.Stage, s.FinishedAt = crier.RecordFinished, at(day)
			}, 119 * day},
		{"gone long after all", crier.RecordFinished, crier.RecordBroadcast,
			func(s *crier.DeliveryRecordState) {
				s.FinishedAt, s.Deadline, s.GoneAt = at(day), at(2*day), at(200*day)
			}, 230 * day},
	} {
		record := &crier.DeliveryRecord{Spec: crier.DeliveryRecordSpec{Purpose: c.purpose}, State: base(c.stage)}
		if c.change != nil {
			c.change(&record.State)
		}
		if got := ForgetAt(record); !got.Equal(now.Add(c.want)) {
			t.Errorf("%s: after %s, want %s", c.name, got.Sub(now), c.want)
		}
		record.State.GoneAt = nil
		if !ForgetAt(record).IsZero() {
			t.Errorf("%s: while the Broadcast is there", c.name)
		}
	}
}

// As long as a Broadcast that comes back from Git would be sent, somebody
// knows that it was: whatever deadlines its resends had.
func TestNothingIsForgottenThatCouldBeSentAgain(t *testing.T) {
	day := 24 * time.Hour
	spec := spec()
	spec.SendAt, spec.NotAfter = nil, at(89*day)
	record := &crier.DeliveryRecord{State: crier.DeliveryRecordState{
		FirstSeen: *at(0), Stage: crier.RecordFinished, Frozen: &crier.FrozenDelivery{}, ContentHash: ContentHash(spec),
		Deadline: spec.NotAfter, FinishedAt: at(0),
	}}
	for i, until := range []time.Duration{2 * day, 5 * day, 4 * day} {
		Reopen(&record.State, ask(string(rune('a'+i)), crier.ResendFailed, until), now.Add(day))
		record.State.Stage, record.State.FinishedAt = crier.RecordFinished, at(day)
	}
	record.State.GoneAt = at(3 * day)
	claim := Claim{UID: "new", Spec: spec}
	other := claim
	other.Spec.Subject = "Something else"
	for d := range 200 {
		then := now.Add(time.Duration(d) * day)
		late, err := Deadline(spec, then)
		if err == nil && then.Before(late) && then.After(ForgetAt(record)) {
			t.Fatalf("on day %d it is forgotten, and not too late until %s", d, late)
		}
		if got, want := Identify(other, &record.State, then), Reused; d <= 89 && got != want {
			t.Fatalf("on day %d the name is free for other content: %d", d, got)
		}
	}
}

// Records of releases that lowered the deadline learn the Broadcast's anew.
func TestKeepDeadline(t *testing.T) {
	state := &crier.DeliveryRecordState{Deadline: at(time.Hour)}
	if KeepDeadline(state, now.Add(time.Hour)) || KeepDeadline(state, now.Add(time.Minute)) || state.LatestDeadline != nil {
		t.Error("what is no later is kept")
	}
	if !KeepDeadline(state, now.Add(2*time.Hour)) || !TakenUntil(state).Equal(at(2*time.Hour)) || !state.Deadline.Equal(at(time.Hour)) {
		t.Errorf("taken until %s, deadline %s", TakenUntil(state), state.Deadline)
	}
	if KeepDeadline(state, now.Add(2*time.Hour)) {
		t.Error("it is kept again")
	}
	if empty := (&crier.DeliveryRecordState{}); TakenUntil(empty) != nil || !KeepDeadline(empty, now) {
		t.Error("without a deadline")
	}
}
