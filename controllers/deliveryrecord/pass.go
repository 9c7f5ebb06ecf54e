package deliveryrecord

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/smtp/outcome"
)

// startPass writes the next pass into the record when it is due. The Job
// comes after that, so that there is never one that the record doesn't know.
func (s *scope) startPass(ctx context.Context) (bool, time.Duration, error) {
	last := s.state.Pass
	if last != nil && last.EndedAt == nil {
		return false, 0, nil
	}
	var selects []crier.DeliveryState
	if next := s.state.NextPass; next != nil {
		if wait := next.At.Sub(s.now); wait > 0 {
			return true, min(wait, whileWaiting), nil
		}
		selects = next.Selects
	} else if last != nil {
		selects = last.Selects // a stop cut it off
	}
	if again, err := s.repeats(last, selects); err != nil || again {
		if err != nil {
			return true, 0, err
		}
		s.state.NextPass = nil
		return s.decide(ctx)
	}
	if err := s.regenerate(ctx); err != nil {
		return true, 0, err
	}
	if last != nil && lifecycle.Todo(s.state.Totals, selects) == 0 {
		s.state.NextPass = nil
		return s.decide(ctx) // a resend that selects nobody
	}
	if done, after, err := s.notNow(ctx); done {
		return true, after, err
	}
	if last == nil {
		if err := s.Store.Sweep(ctx, s.record, s.state.Frozen.Attempt); err != nil {
			return true, 0, err
		}
	}
	pass, err := s.newPass(s.size(selects), selects)
	if err != nil {
		return true, 0, err
	}
	ok, until, err := s.budget(ctx, pass)
	if err != nil {
		return true, 0, err
	}
	if !ok {
		return s.wait(crier.ReasonDailyLimit, "the Relay's daily limit is used up", until)
	}
	s.state.Pass = pass
	s.state.NextPass = nil
	s.state.Trouble, s.state.WaitsUntil = nil, nil
	if slices.Contains(selects, crier.DeliveryUnknown) {
		s.state.UnknownResent = true
	}
	if s.state.StartedAt == nil {
		s.state.StartedAt = &s.state.Pass.StartedAt
	}
	return false, 0, s.save(ctx)
}

// notNow waits while the account at the relay has used up its quota, and until
// it is known who is suppressed.
func (s *scope) notNow(ctx context.Context) (bool, time.Duration, error) {
	if until, paused := s.sheet.Pausing(s.now); paused {
		return s.wait(string(outcome.CauseQuota), s.sheet.Pause.Message, until)
	}
	known, err := s.heed(ctx)
	return err != nil || !known, whileSending, err
}

// wait puts the pass off. What it is about is not forgotten.
func (s *scope) wait(cause, message string, until time.Time) (bool, time.Duration, error) {
	s.noteTrouble(cause, message)
	s.state.WaitsUntil = nil
	after := whileWaiting
	if !until.IsZero() {
		s.state.WaitsUntil = &metav1.Time{Time: until}
		after = max(time.Second, min(after, until.Sub(s.now)))
	}
	return true, after, nil
}

// regenerate makes every shard forget the last generation of messages before
// any sender of a new one starts.
func (s *scope) regenerate(ctx context.Context) error {
	for i := range s.shards {
		if !ledger.Regenerate(&s.shards[i].State, s.state.Generation) {
			continue
		}
		if err := s.Client.Update(ctx, &s.shards[i]); err != nil {
			return err
		}
	}
	s.sum()
	return nil
}

// newPass is the next pass, or the last one under another Job when it was cut
// off. It keeps its number then, by which the shards know how far it came:
// a new one would send once more to those who had been tried in it.
func (s *scope) newPass(size lifecycle.Share, selects []crier.DeliveryState) (*crier.DeliveryPass, error) {
	pass := &crier.DeliveryPass{
		Number: 1, Selects: selects,
		Workers: size.Workers, Connections: size.Connections,
		StartedAt: metav1.NewTime(s.now),
	}
	if last := s.state.Pass; last != nil {
		resumes, err := s.resumes(last, selects)
		if err != nil {
			return nil, err
		}
		if resumes {
			pass.Number = last.Number
			pass.Job = jobAfter(s.jobName(pass.Number), last.Job)
			return pass, nil
		}
		pass.Number = last.Number + 1
	}
	pass.Job = s.jobName(pass.Number)
	return pass, nil
}

func (s *scope) jobName(pass int32) string {
	return names.JobName(s.record.Name, s.state.Frozen.Attempt, pass)
}

// resumes says whether a pass over those states goes on with the last one. A
// resend that was asked for since is a pass of its own.
func (s *scope) resumes(last *crier.DeliveryPass, selects []crier.DeliveryState) (bool, error) {
	if !slices.Equal(last.Selects, selects) {
		return false, nil
	}
	if resend := s.state.Resend; resend != nil && resend.At.After(last.StartedAt.Time) {
		return false, nil
	}
	return s.unfinished(last)
}

// repeats says whether a pass over those states would be the last one once
// more, though that has come to everybody: it was through when it was stopped.
// Nobody has asked for that, and who was unknown would get the message again.
func (s *scope) repeats(last *crier.DeliveryPass, selects []crier.DeliveryState) (bool, error) {
	if last == nil || len(selects) == 0 || slices.Contains(selects, crier.DeliveryDeferred) || !slices.Equal(last.Selects, selects) {
		return false, nil
	}
	if resend := s.state.Resend; resend != nil && resend.At.After(last.StartedAt.Time) {
		return false, nil
	}
	left, err := s.unfinished(last)
	return !left, err
}

// unfinished says whether the pass has not come to everybody whom it selects.
func (s *scope) unfinished(pass *crier.DeliveryPass) (bool, error) {
	p := ledger.Pass{Number: pass.Number, Selects: pass.Selects, Generation: s.state.Generation}
	for i := range s.shards {
		all := s.shards[i].State
		all.Until = nil // those who have to wait are left as well
		if left, err := ledger.HasWork(&all, p); err != nil || left {
			return left, err
		}
	}
	return false, nil
}

// jobAfter names the next Job of a pass: p1, p1-2, p1-3 and so on.
func jobAfter(first, last string) string {
	n := 1
	if count, ok := strings.CutPrefix(last, first+"-"); ok {
		n, _ = strconv.Atoi(count) // our own
	}
	return first + "-" + strconv.Itoa(n+1)
}

// size is how many pods the pass gets, as if it had the Relay to itself: what
// it really may use is divided from moment to moment.
func (s *scope) size(selects []crier.DeliveryState) lifecycle.Share {
	useful := share.Useful(sharebook.Limits(s.relay))
	return lifecycle.ShareOf(int32(useful), lifecycle.Todo(s.state.Totals, selects), s.state.Frozen.Shards)
}

// createJob creates what the senders need, and the Job, once per pass.
func (s *scope) createJob(ctx context.Context) (bool, time.Duration, error) {
	pass := s.state.Pass
	if !s.tried() {
		return true, whileSending, nil // the Relay's controller is about to
	}
	if known, err := s.heed(ctx); err != nil || !known {
		return true, whileSending, err
	}
	if err := s.writeConnection(ctx, true); err != nil {
		return true, 0, err
	}
	if err := s.writeRights(ctx); err != nil {
		return true, 0, err
	}
	job := s.buildJob()
	if err := s.Client.Create(ctx, job); client.IgnoreAlreadyExists(err) != nil {
		return true, 0, err
	}
	pass.Created = true
	return true, whileSending, nil
}

// shortestPass is how long a Job is left to its own controller at least: what
// loses pods over and over must not make Jobs over and over.
const shortestPass = 30 * time.Second

// jobOver says whether the Job of the pass has ended, is gone, or rests.
func (s *scope) jobOver(ctx context.Context) (bool, error) {
	job := &batchv1.Job{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: s.state.Pass.Job}, job)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, condition := range job.Status.Conditions {
		ended := condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed
		if ended && condition.Status == "True" {
			return true, nil
		}
	}
	return job.DeletionTimestamp != nil || s.rests(job), nil
}

// rests says whether a Job has no pod and puts off the next. A lost node or an
// evicted pod counts as a failure there, and each doubles the wait of the whole
// Job, up to ten minutes: another Job goes on with the pass instead.
func (s *scope) rests(job *batchv1.Job) bool {
	pods := job.Status
	none := pods.Active == 0 && (pods.Terminating == nil || *pods.Terminating == 0)
	return none && pods.Failed > 0 && s.now.Sub(s.state.Pass.StartedAt.Time) >= shortestPass
}

// quiesce deletes the Jobs of the record and says whether no sender is left
// that could send: no pod, and no claim.
func (s *scope) quiesce(ctx context.Context) (bool, error) {
	pass := s.state.Pass
	if pass == nil || pass.EndedAt != nil {
		return true, nil
	}
	if err := s.writeConnection(ctx, false); err != nil {
		return false, err
	}
	if err := s.dismissJobs(ctx); err != nil {
		return false, err
	}
	if !s.quiet() {
		return false, nil
	}
	// What was read before that may be older than the last that a sender did.
	var err error
	if s.pods, err = s.listPods(ctx); err != nil || len(s.pods) > 0 {
		return false, err
	}
	if err := s.readShards(ctx); err != nil {
		return false, err
	}
	if s.lost == "" {
		s.sum()
	}
	return s.quiet(), nil
}

// quiet says whether there is neither a pod nor a claim, as far as was seen.
func (s *scope) quiet() bool {
	for i := range s.shards {
		if s.shards[i].State.Claim.PodUID != "" {
			return false
		}
	}
	return len(s.pods) == 0
}

// dismissJobs deletes all Jobs of the record. Beside that of the pass there
// may be one that a manager which was overtaken has made late.
func (s *scope) dismissJobs(ctx context.Context) error {
	list := &batchv1.JobList{}
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{crier.LabelRecord: s.record.Name})
	if err != nil {
		return err
	}
	for i := range list.Items {
		err := s.Client.Delete(ctx, &list.Items[i], client.PropagationPolicy(metav1.DeletePropagationBackground))
		if client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

func (s *scope) noteTrouble(cause, message string) {
	for _, t := range []*crier.RelayTrouble{s.state.Trouble, s.before.Trouble} {
		if t != nil && t.Cause == cause {
			s.state.Trouble = t
			return
		}
	}
	s.state.Trouble = &crier.RelayTrouble{Cause: cause, Message: message, Since: metav1.NewTime(s.now)}
}
