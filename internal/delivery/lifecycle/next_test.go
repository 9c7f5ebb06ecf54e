package lifecycle

import (
	"reflect"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// due is a record whose first pass has ended, with 3 recipients of whom one is
// still to be tried; change makes something else of it.
func due(change ...func(*crier.DeliveryRecordState)) *crier.DeliveryRecord {
	record := &crier.DeliveryRecord{State: crier.DeliveryRecordState{
		Stage:  crier.RecordFrozen,
		Frozen: &crier.FrozenDelivery{Attempt: "a", Shards: 1},
		Totals: crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1},
		Pass: &crier.DeliveryPass{
			Number: 1, Job: job(1), StartedAt: *at(-time.Minute), EndedAt: at(-time.Second),
		},
		StartedAt: at(-time.Minute), Deadline: at(time.Hour), MaxDeferralSeconds: 3600,
	}}
	record.Name = "r"
	for _, f := range change {
		f(&record.State)
	}
	return record
}

// job is the name of the first Job of a pass of that record, and of those after it.
func job(pass int32, again ...string) string {
	name := map[int32]string{1: "r-a-p1", 2: "r-a-p2"}[pass]
	for _, suffix := range again {
		name += suffix
	}
	return name
}

type states = []crier.DeliveryState

// next is what was decided on for a time.
func next(in time.Duration, selects ...crier.DeliveryState) func(*crier.DeliveryRecordState) {
	return func(s *crier.DeliveryRecordState) { s.NextPass = &crier.NextPass{At: *at(in), Selects: selects} }
}

// selected has the last pass select states, and the totals be those.
func selected(totals crier.DeliveryTotals, selects ...crier.DeliveryState) func(*crier.DeliveryRecordState) {
	return func(s *crier.DeliveryRecordState) { s.Totals, s.Pass.Selects = totals, selects }
}

// resent has somebody ask for a resend so long ago.
func resent(ago time.Duration) func(*crier.DeliveryRecordState) {
	return func(s *crier.DeliveryRecordState) { s.Resend = &crier.RecordResend{At: *at(-ago), AfterPass: 1} }
}

func TestNextPass(t *testing.T) {
	none, some := int64(0), int64(1)
	start := func(number int32, job string, selects ...crier.DeliveryState) Next {
		return Next{Start: &crier.DeliveryPass{
			Number: number, Job: job, Selects: selects, Workers: 1, Connections: 1, StartedAt: *at(0),
		}}
	}
	wait := func(cause, message string, in time.Duration) Next {
		return Next{Wait: &Wait{Cause: cause, Message: message, Until: now.Add(in)}}
	}
	after := func(step Step) Next { return Next{After: &step} }
	unknown, failed, deferred, expired := crier.DeliveryUnknown, crier.DeliveryFailed, crier.DeliveryDeferred, crier.DeliveryExpired
	oneFailed := crier.DeliveryTotals{Intended: 3, Accepted: 2, Failed: 1}
	oneUnknown := crier.DeliveryTotals{Intended: 3, Accepted: 2, Unknown: 1}
	oneDeferred := crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}
	first := func(s *crier.DeliveryRecordState) { s.Pass, s.StartedAt = nil, nil }

	for _, c := range []struct {
		name   string
		record *crier.DeliveryRecord
		work   Work
		want   Next
	}{
		{"the first", due(first), Work{}, start(1, job(1))},
		{"the first, of a record without recipients", due(first, func(s *crier.DeliveryRecordState) { s.Totals = crier.DeliveryTotals{} }), Work{},
			start(1, job(1))},
		{"one is under way", due(func(s *crier.DeliveryRecordState) { s.Pass.EndedAt = nil }), Work{Left: true}, Next{}},
		{"one is under way, another is decided on", due(next(-time.Second), func(s *crier.DeliveryRecordState) { s.Pass.EndedAt = nil }), Work{}, Next{}},

		{"a retry isn't due", due(selected(oneDeferred), next(time.Minute, deferred)), Work{Left: true}, wait("", "", time.Minute)},
		{"a retry is due", due(selected(oneDeferred), next(0, deferred)), Work{}, start(2, job(2), deferred)},
		{"a retry after a retry", due(selected(oneDeferred, deferred), next(0, deferred)), Work{}, start(2, job(2), deferred)},
		{"a retry that was cut off goes on", due(selected(oneDeferred, deferred), next(0, deferred)), Work{Left: true}, start(1, job(1, "-2"), deferred)},
		{"the unknown by policy", due(selected(oneUnknown), next(0, unknown)), Work{}, start(2, job(2), unknown)},

		{"pods were lost: the pass goes on", due(next(0)), Work{Left: true}, start(1, job(1, "-2"))},
		{"pods were lost again", due(next(0), func(s *crier.DeliveryRecordState) { s.Pass.Job = job(1, "-2") }), Work{Left: true}, start(1, job(1, "-3"))},
		{"pods were lost ten times", due(next(0), func(s *crier.DeliveryRecordState) { s.Pass.Job = job(1, "-10") }), Work{Left: true}, start(1, job(1, "-11"))},
		{"pods of a retry were lost: it keeps its number", due(selected(oneDeferred, deferred), next(0, deferred),
			func(s *crier.DeliveryRecordState) { s.Pass.Number, s.Pass.Job = 2, job(2) }), Work{Left: true}, start(2, job(2, "-2"), deferred)},
		{"pending, though the pass was through", due(next(0)), Work{}, start(2, job(2))},

		{"a stop cut the pass off", due(), Work{Left: true}, start(1, job(1, "-2"))},
		{"a stop cut off a pass to the failed", due(selected(oneFailed, failed)), Work{Left: true}, start(1, job(1, "-2"), failed)},
		{"a stop came after the last", due(selected(crier.DeliveryTotals{Intended: 3, Accepted: 3})), Work{}, after(Step{Finish: crier.ReasonSent})},
		{"a stop came when all the failed were tried again", due(selected(oneFailed, failed)), Work{}, after(Step{Finish: crier.ReasonSentWithFailures})},
		{"a stop came when all the unknown were tried again", due(selected(oneUnknown, unknown)), Work{}, after(Step{Finish: crier.ReasonSentWithFailures})},
		{"a stop came when the deferred were tried again", due(selected(oneDeferred, deferred)), Work{}, start(2, job(2), deferred)},
		{"a stop came with some deferred in the first", due(selected(oneDeferred)), Work{},
			after(Step{At: now.Add(Backoff(1, seed(&due().State))), Selects: states{deferred}})},

		{"a resend to the failed", due(selected(oneFailed), next(0, failed), resent(0)), Work{}, start(2, job(2), failed)},
		{"a second resend to the failed", due(selected(oneFailed, failed), next(0, failed), resent(0)), Work{}, start(2, job(2), failed)},
		{"a second resend, after the first was cut off", due(selected(oneFailed, failed), next(0, failed), resent(0)), Work{Left: true}, start(2, job(2), failed)},
		{"a resend that is cut off goes on", due(selected(oneFailed, failed), next(0, failed), resent(2*time.Minute)), Work{Left: true}, start(1, job(1, "-2"), failed)},
		{"a resend to those who aren't there", due(selected(crier.DeliveryTotals{Intended: 3, Accepted: 3}), next(0, failed), resent(0)), Work{},
			after(Step{Finish: crier.ReasonSent})},
		{"a resend to everybody", due(selected(crier.DeliveryTotals{Intended: 3, Pending: 3}), next(0), resent(0)), Work{Left: true}, start(2, job(2))},
		{"a resend of what remains", due(selected(crier.DeliveryTotals{Intended: 3, Accepted: 2, Expired: 1}), next(0, deferred, expired), resent(0)), Work{},
			start(2, job(2), deferred, expired)},
		{"nobody left, and too late", due(selected(oneDeferred), func(s *crier.DeliveryRecordState) { s.Deadline = at(0) }), Work{},
			after(Step{Finish: crier.ReasonSentWithFailures, Expire: true})},

		{"a quota", due(next(0)), Work{PausedUntil: now.Add(time.Minute), PausedFor: "later"}, wait("Quota", "later", time.Minute)},
		{"a quota, over", due(next(0)), Work{PausedUntil: now, PausedFor: "later", Left: true}, start(1, job(1, "-2"))},
		{"a quota before a retry that isn't due", due(next(time.Second, deferred)), Work{PausedUntil: now.Add(time.Minute)}, wait("", "", time.Second)},
		{"a quota before what is for nobody", due(selected(oneFailed, failed)), Work{PausedUntil: now.Add(time.Minute)}, after(Step{Finish: crier.ReasonSentWithFailures})},
		{"a daily limit, used up", due(first), Work{Free: &none, FreeFrom: now.Add(time.Hour)}, wait(crier.ReasonDailyLimit, "the Relay's daily limit is used up", time.Hour)},
		{"a daily limit, nobody knows until when", due(first), Work{Free: &none},
			Next{Wait: &Wait{Cause: crier.ReasonDailyLimit, Message: "the Relay's daily limit is used up"}}},
		{"a daily limit, with room for one", due(first), Work{Free: &some}, start(1, job(1))},
		{"a daily limit and a quota", due(first), Work{Free: &none, FreeFrom: now.Add(time.Hour), PausedUntil: now.Add(time.Minute), PausedFor: "later"}, wait("Quota", "later", time.Minute)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.work.Connections = 10
			before := c.record.DeepCopy()
			got := NextPass(c.record, c.work, now)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("start %+v, wait %+v, after %+v; want %+v, %+v, %+v", got.Start, got.Wait, got.After, c.want.Start, c.want.Wait, c.want.After)
			}
			if !reflect.DeepEqual(c.record, before) {
				t.Error("deciding changed the record")
			}
		})
	}
}

// Until it is known who is suppressed nobody is sent to, whatever else allows it.
func TestNoPassStartsForTheSuppressedToBeSentTo(t *testing.T) {
	for name, record := range map[string]*crier.DeliveryRecord{
		"first": due(func(s *crier.DeliveryRecordState) { s.Pass = nil }), "retry": due(next(0)), "resend": due(next(0), resent(0)),
	} {
		got := NextPass(record, Work{SuppressedUnknown: true, Connections: 10}, now)
		if got.Wait == nil || got.Wait.Cause != crier.ReasonSuppressionNotReady || got.Wait.Message == "" || !got.Wait.Until.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A pass gets the pods that its recipients are worth, not those of the first.
func TestAPassIsSizedByWhatItSelects(t *testing.T) {
	record := due(selected(crier.DeliveryTotals{Intended: 5000, Accepted: 4960, Deferred: 40}), next(0, crier.DeliveryDeferred))
	record.State.Frozen.Shards = 4
	if pass := NextPass(record, Work{Connections: 40}, now).Start; pass.Workers != 1 || pass.Connections != 2 {
		t.Errorf("40 recipients get %d pods with %d connections each", pass.Workers, pass.Connections)
	}
}

func TestDue(t *testing.T) {
	for name, c := range map[string]struct {
		record *crier.DeliveryRecord
		want   bool
	}{
		"ended": {due(), true}, "later": {due(next(1)), false}, "now": {due(next(0)), true},
		"under way": {due(func(s *crier.DeliveryRecordState) { s.Pass.EndedAt = nil }), false},
		"first":     {due(func(s *crier.DeliveryRecordState) { s.Pass = nil }), true},
	} {
		if got := Due(&c.record.State, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestBegin(t *testing.T) {
	trouble := &crier.RelayTrouble{Cause: crier.ReasonDailyLimit}
	state := &due(next(0)).State
	state.Trouble, state.WaitsUntil = trouble, at(time.Hour)
	Begin(state, &crier.DeliveryPass{Number: 2, StartedAt: *at(0), Selects: states{crier.DeliveryFailed}})
	if state.Pass.Number != 2 || state.NextPass != nil || state.Trouble != nil || state.WaitsUntil != nil || state.UnknownResent || !state.StartedAt.Equal(at(-time.Minute)) {
		t.Errorf("%+v", state)
	}
	state.StartedAt = nil
	Begin(state, &crier.DeliveryPass{Number: 3, StartedAt: *at(0), Selects: states{crier.DeliveryUnknown}})
	if !state.UnknownResent || !state.StartedAt.Equal(at(0)) {
		t.Error("the unknown would be sent to by policy once more")
	}
}
