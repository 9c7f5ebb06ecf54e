package lifecycle

import (
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/smtp/outcome"
)

// Work is what a record has left to do, and what keeps it from that. Whoever
// asks what comes next may leave out what costs requests, and ask again with it
// when a pass would start.
type Work struct {
	// Left says that the last pass has not come to everybody whom it selects.
	Left bool
	// Connections are of use at the Relay, were it the record's alone.
	Connections int32
	// PausedUntil is when the account at the relay may send again that has used
	// up its quota there, and PausedFor what the relay said; zero for now.
	PausedUntil time.Time
	PausedFor   string
	// SuppressedUnknown says that it isn't known who is suppressed.
	SuppressedUnknown bool
	// Free is how many messages are left of the Relay's daily limit; nil for any
	// number. FreeFrom is when there are more; zero if that isn't known.
	Free     *int64
	FreeFrom time.Time
}

// Next is what is to be done about the passes of a record: one of these, or
// nothing while a pass is under way.
type Next struct {
	// Start this pass.
	Start *crier.DeliveryPass
	// Wait with the next one.
	Wait *Wait
	// After the last pass comes this: the next would send to nobody.
	After *Step
}

// Wait is why a pass doesn't start yet.
type Wait struct {
	// Cause and Message are for people; "" when it just isn't the time.
	Cause, Message string
	// Until is zero if that isn't known.
	Until time.Time
}

// Due says whether the record may start a pass as far as its own state goes: no
// other is under way, and the next one isn't for later.
func Due(record *crier.DeliveryRecordState, now time.Time) bool {
	return !running(record) && (record.NextPass == nil || !now.Before(record.NextPass.At.Time))
}

func running(record *crier.DeliveryRecordState) bool {
	return record.Pass != nil && record.Pass.EndedAt == nil
}

// NextPass decides about a record that nothing stops whether a pass starts,
// waits, or would be for nobody.
func NextPass(record *crier.DeliveryRecord, work Work, now time.Time) Next {
	state := &record.State
	switch {
	case running(state):
		return Next{}
	case !Due(state, now):
		return Next{Wait: untilNext(state)}
	}
	selects := nextSelects(state)
	if state.Pass != nil && (repeats(state, selects, work.Left) || Todo(Reachable(state), selects) == 0) {
		step := AfterPass(state, work.Left, now)
		return Next{After: &step}
	}
	if wait := work.wait(now); wait != nil {
		return Next{Wait: wait}
	}
	return Next{Start: newPass(record, selects, work, now)}
}

// untilNext waits for the time of the next pass, and says why that isn't soon
// if Job after Job got nowhere.
func untilNext(state *crier.DeliveryRecordState) *Wait {
	wait := &Wait{Until: state.NextPass.At.Time}
	if pass := state.Pass; pass != nil && pass.Stalled >= noProgress {
		wait.Cause = crier.ReasonNoProgress
		wait.Message = "sender pods end again and again and get nowhere; their log says why"
	}
	return wait
}

// nextSelects are the states that the next pass selects: those that were decided
// on, or those of the last pass when a stop cut that off.
func nextSelects(state *crier.DeliveryRecordState) []crier.DeliveryState {
	switch {
	case state.NextPass != nil:
		return state.NextPass.Selects
	case state.Pass != nil:
		return state.Pass.Selects
	}
	return nil
}

// wait is what keeps any pass from starting, whoever it is for.
func (w Work) wait(now time.Time) *Wait {
	switch {
	case now.Before(w.PausedUntil):
		return &Wait{Cause: string(outcome.CauseQuota), Message: w.PausedFor, Until: w.PausedUntil}
	case w.SuppressedUnknown:
		return &Wait{Cause: crier.ReasonSuppressionNotReady, Message: "it isn't known who must not get the message"}
	case w.Free != nil && *w.Free <= 0:
		return &Wait{Cause: crier.ReasonDailyLimit, Message: "the Relay's daily limit is used up", Until: w.FreeFrom}
	}
	return nil
}

// newPass is the next pass, or the last one under another Job when it was cut
// off. It keeps its number then, by which the shards know how far it came: a new
// one would send once more to those who had been tried in it.
func newPass(record *crier.DeliveryRecord, selects []crier.DeliveryState, work Work, now time.Time) *crier.DeliveryPass {
	state := &record.State
	size := ShareOf(work.Connections, Todo(Reachable(state), selects), state.Frozen.Shards)
	pass := &crier.DeliveryPass{
		Number: 1, Selects: selects,
		Workers: size.Workers, Connections: size.Connections,
		StartedAt: metav1.NewTime(now),
	}
	resumes := false
	if last := state.Pass; last != nil {
		if resumes = same(state, selects) && work.Left; resumes {
			pass.Number, pass.Stalled = last.Number, last.Stalled
		} else {
			pass.Number = last.Number + 1
		}
	}
	pass.Job = names.JobName(record.Name, state.Frozen.Attempt, pass.Number)
	if resumes {
		pass.Job = jobAfter(pass.Job, state.Pass.Job)
	}
	return pass
}

// same says whether a pass over those states is about what the last one was. A
// resend that was asked for since is a pass of its own.
func same(state *crier.DeliveryRecordState, selects []crier.DeliveryState) bool {
	if resend := state.Resend; resend != nil && resend.At.After(state.Pass.StartedAt.Time) {
		return false
	}
	return slices.Equal(state.Pass.Selects, selects)
}

// repeats says whether a pass over those states would be the last one once
// more, though that has come to everybody: it was through when it was stopped.
// Nobody has asked for that, and who was unknown would get the message again.
// Those who are deferred are tried again, and all who are pending always are.
func repeats(state *crier.DeliveryRecordState, selects []crier.DeliveryState, left bool) bool {
	return len(selects) > 0 && !slices.Contains(selects, crier.DeliveryDeferred) && same(state, selects) && !left
}

// jobAfter names the next Job of a pass: p1, p1-2, p1-3 and so on.
func jobAfter(first, last string) string {
	n := 1
	if count, ok := strings.CutPrefix(last, first+"-"); ok {
		n, _ = strconv.Atoi(count) // our own
	}
	return first + "-" + strconv.Itoa(n+1)
}

// Begin notes in the record that a pass starts.
func Begin(record *crier.DeliveryRecordState, pass *crier.DeliveryPass) {
	record.Pass, record.NextPass = pass, nil
	record.Trouble, record.WaitsUntil = nil, nil
	if slices.Contains(pass.Selects, crier.DeliveryUnknown) {
		record.UnknownResent = true
	}
	if record.StartedAt == nil {
		record.StartedAt = &pass.StartedAt
	}
}
