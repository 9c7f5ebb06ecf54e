package lifecycle

import (
	"reflect"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestAfterPass(t *testing.T) {
	type states = []crier.DeliveryState
	deferred, unknown := states{crier.DeliveryDeferred}, states{crier.DeliveryUnknown}
	for _, c := range []struct {
		name   string
		totals crier.DeliveryTotals
		left   bool
		change func(*crier.DeliveryRecordState)
		want   Step
	}{
		{"all accepted", crier.DeliveryTotals{Intended: 3, Accepted: 3}, false, nil, Step{Finish: crier.ReasonSent}},
		{"some failed", crier.DeliveryTotals{Intended: 3, Accepted: 2, Failed: 1}, false, nil, Step{Finish: crier.ReasonSentWithFailures}},
		{"unknown is no success", crier.DeliveryTotals{Intended: 3, Accepted: 2, Unknown: 1}, false, nil, Step{Finish: crier.ReasonSentWithFailures}},
		{"cut off", crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1}, true, nil, Step{At: now.Add(interrupted)}},
		{"pending though nothing is left: never the end", crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1}, false, nil, Step{At: now.Add(interrupted)}},
		{"cut off with nobody pending", crier.DeliveryTotals{Intended: 3, Accepted: 2, Failed: 1}, true,
			func(r *crier.DeliveryRecordState) { r.Pass.Selects = states{crier.DeliveryFailed} },
			Step{At: now.Add(interrupted), Selects: states{crier.DeliveryFailed}}},
		{"deferred", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false, nil, Step{At: now.Add(Backoff(1, jitterOf(1))), Selects: deferred}},
		{"deferred again", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false,
			func(r *crier.DeliveryRecordState) { r.Pass.Number = 3 }, Step{At: now.Add(Backoff(3, jitterOf(3))), Selects: deferred}},
		{"deferred too long", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false,
			func(r *crier.DeliveryRecordState) { r.StartedAt = at(-time.Hour) }, Step{Finish: crier.ReasonSentWithFailures, Expire: true}},
		{"deferred not quite too long: the last try", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false,
			func(r *crier.DeliveryRecordState) { r.StartedAt = at(-58 * time.Minute) }, Step{At: now.Add(time.Minute), Selects: deferred}},
		{"too late for another try of some", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }, Step{Finish: crier.ReasonSentWithFailures, Expire: true}},
		{"too late for another try of all", crier.DeliveryTotals{Intended: 3, Deferred: 3}, false,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }, Step{Finish: crier.ReasonSentWithFailures, Expire: true}},
		{"too late in the middle of another try", crier.DeliveryTotals{Intended: 3, Accepted: 1, Deferred: 2}, true,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }, Step{Finish: crier.ReasonSentWithFailures, Expire: true}},
		{"too late for a resend to the failed", crier.DeliveryTotals{Intended: 3, Accepted: 1, Failed: 2}, true,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }, Step{Finish: crier.ReasonSentWithFailures}},
		{"too late for the unknown by policy", crier.DeliveryTotals{Intended: 3, Accepted: 2, Unknown: 1}, false,
			func(r *crier.DeliveryRecordState) { r.Deadline, r.OnUnknown = at(0), crier.UnknownResend }, Step{Finish: crier.ReasonSentWithFailures}},
		{"too late with some pending and some deferred", crier.DeliveryTotals{Intended: 3, Accepted: 1, Deferred: 1, Pending: 1}, true,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(0) }, Step{Finish: crier.ReasonDeadlineMissed, Expire: true}},
		{"too late with some pending", crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1}, true,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(-time.Second) }, Step{Finish: crier.ReasonDeadlineMissed, Expire: true}},
		{"too late for nobody", crier.DeliveryTotals{Intended: 3, Accepted: 3}, false,
			func(r *crier.DeliveryRecordState) { r.Deadline = at(-time.Second) }, Step{Finish: crier.ReasonSent}},
		{"no deadline", crier.DeliveryTotals{Intended: 1, Accepted: 1}, false,
			func(r *crier.DeliveryRecordState) { r.Deadline = nil }, Step{Finish: crier.ReasonSent}},
		{"nobody at all", crier.DeliveryTotals{}, false, nil, Step{Finish: crier.ReasonSent}},
		{"one, and suppressed", crier.DeliveryTotals{Intended: 1, Suppressed: 1}, false, nil, Step{Finish: crier.ReasonNotSent}},
		{"nobody unknown to send to again", crier.DeliveryTotals{Intended: 1, Accepted: 1}, false,
			func(r *crier.DeliveryRecordState) { r.OnUnknown = crier.UnknownResend }, Step{Finish: crier.ReasonSent}},
		{"all but the suppressed", crier.DeliveryTotals{Intended: 3, Accepted: 2, Suppressed: 1}, false, nil, Step{Finish: crier.ReasonSent}},
		{"none but the suppressed", crier.DeliveryTotals{Intended: 3, Suppressed: 3}, false, nil, Step{Finish: crier.ReasonNotSent}},
		{"suppressed and failed", crier.DeliveryTotals{Intended: 3, Accepted: 1, Failed: 1, Suppressed: 1}, false, nil,
			Step{Finish: crier.ReasonSentWithFailures}},
		{"unknown by policy", crier.DeliveryTotals{Intended: 3, Accepted: 1, Unknown: 1, Deferred: 1}, false,
			func(r *crier.DeliveryRecordState) { r.OnUnknown = crier.UnknownResend }, Step{At: now.Add(interrupted), Selects: unknown}},
		{"unknown by policy, once", crier.DeliveryTotals{Intended: 3, Accepted: 2, Unknown: 1}, false,
			func(r *crier.DeliveryRecordState) { r.OnUnknown, r.UnknownResent = crier.UnknownResend, true }, Step{Finish: crier.ReasonSentWithFailures}},
		{"lost ones are pending, the others settled", crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1}, false, lose(crier.DeliveryTotals{Intended: 1, Pending: 1}),
			Step{Finish: crier.ReasonRecipientsLost}},
		{"too late, with lost ones pending", crier.DeliveryTotals{Intended: 3, Accepted: 2, Pending: 1}, true,
			func(r *crier.DeliveryRecordState) {
				r.Deadline = at(0)
				lose(crier.DeliveryTotals{Intended: 1, Pending: 1})(r)
			},
			Step{Finish: crier.ReasonRecipientsLost}},
		{"lost ones are deferred", crier.DeliveryTotals{Intended: 3, Accepted: 2, Deferred: 1}, false, lose(crier.DeliveryTotals{Intended: 1, Deferred: 1}),
			Step{Finish: crier.ReasonSentWithFailures, Expire: true}},
		{"others are deferred besides lost ones", crier.DeliveryTotals{Intended: 3, Accepted: 1, Deferred: 2}, false, lose(crier.DeliveryTotals{Intended: 1, Deferred: 1}),
			Step{At: now.Add(Backoff(1, jitterOf(1))), Selects: deferred}},
		{"lost ones are unknown", crier.DeliveryTotals{Intended: 3, Accepted: 2, Unknown: 1}, false,
			func(r *crier.DeliveryRecordState) {
				r.OnUnknown = crier.UnknownResend
				lose(crier.DeliveryTotals{Intended: 1, Unknown: 1})(r)
			},
			Step{Finish: crier.ReasonSentWithFailures}},
		{"cut off, and it got nowhere", crier.DeliveryTotals{Intended: 3, Pending: 3}, true,
			func(r *crier.DeliveryRecordState) { r.Pass.Stalled = 2 }, Step{At: now.Add(4 * interrupted)}},
		{"cut off, and it got nowhere for long", crier.DeliveryTotals{Intended: 3, Pending: 3}, true,
			func(r *crier.DeliveryRecordState) { r.Pass.Stalled = 1 << 30 }, Step{At: now.Add(longestPause)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			record := &crier.DeliveryRecordState{
				Totals: c.totals, Deadline: at(time.Hour), StartedAt: at(-time.Minute), MaxDeferralSeconds: 3600,
				Pass: &crier.DeliveryPass{Number: 1, StartedAt: *at(-time.Minute)},
			}
			if c.change != nil {
				c.change(record)
			}
			if got := AfterPass(record, c.left, now); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestResendNeverSelectsTheAccepted(t *testing.T) {
	for only, want := range map[crier.ResendSelection][]crier.DeliveryState{
		crier.ResendRemaining: {crier.DeliveryDeferred, crier.DeliveryExpired, crier.DeliverySuppressed},
		crier.ResendFailed:    {crier.DeliveryFailed},
		crier.ResendUnknown:   {crier.DeliveryUnknown},
		crier.ResendAll:       nil, // its generation makes everybody pending
	} {
		if got := Resend(only); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", only, got, want)
		}
	}
}

func lose(t crier.DeliveryTotals) func(*crier.DeliveryRecordState) {
	return func(r *crier.DeliveryRecordState) { r.Lost = &crier.LostRecipients{Shards: "1", Totals: t} }
}

// A Job that gets somewhere begins the count anew.
func TestProgress(t *testing.T) {
	pass := &crier.DeliveryPass{Reached: 10, Stalled: 4}
	for _, c := range []struct {
		reached int64
		want    int32
	}{{11, 0}, {11, 1}, {11, 2}, {10, 3}, {11, 0}} {
		if Progress(pass, c.reached); pass.Stalled != c.want || pass.Reached != c.reached {
			t.Errorf("at %d: %+v, want %d", c.reached, pass, c.want)
		}
	}
}
