package flow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

func (w *world) removeSecret(name string) {
	w.Helper()
	w.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: apitest.OperatorNamespace, Name: name}})
}

// soon is when a Secret is missed that was deleted, if nobody heard of it.
const soon = 31 * time.Second

// Without the frozen message there is nothing to send, and no reason to try
// for ever.
func TestLostMessageHolds(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	r := w.record()
	w.send(r.Name, 4, accepted)
	w.removeSecret(names.MessageSecretName(r.Name, r.State.Frozen.Attempt))
	w.Advance(soon)
	w.carry(r.Name)
	w.look(crier.ReasonLedgerLost, "the frozen message was deleted")
	if r := w.stage(crier.RecordFrozen); len(w.jobs(r.Name)) > 0 {
		t.Error("senders go on")
	}
}

// A shard that is lost takes nothing from what was known before.
func TestLostShardKeepsTotalsToTheEnd(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	name := w.recordName()
	w.send(name, 4, accepted)
	w.carry(name)
	shard := w.shards(w.record())[0]
	w.Delete(&shard)
	w.Advance(100 * 24 * time.Hour)
	w.carry(name)
	r := w.stage(crier.RecordFinished)
	if r.State.Result != crier.ReasonDeadlineMissed || r.State.Totals.Accepted != 4 || r.State.Totals.Intended != 10 {
		t.Errorf("%s, %+v", r.State.Result, r.State.Totals)
	}
}

// The copy of the relay's credentials goes with the senders.
func TestCredentialsGoAtTheEnd(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	r := w.record()
	key := client.ObjectKey{
		Namespace: apitest.OperatorNamespace, Name: names.HandoutSecretName(r.Name, r.State.Frozen.Attempt),
	}
	if err := server.Client.Get(t.Context(), key, &corev1.Secret{}); err != nil {
		t.Fatalf("while sending: %v", err)
	}
	w.over(accepted)
	w.carry(r.Name)
	if err := server.Client.Get(t.Context(), key, &corev1.Secret{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the end: %v", err)
	}
	store := &ledgerstore.Store{Reader: server.Client, Namespace: apitest.OperatorNamespace}
	if _, _, err := store.Message(t.Context(), r); err != nil {
		t.Errorf("the message is kept for the detail: %v", err)
	}
}

// twoSenders is a world whose pass has two.
func twoSenders(t *testing.T) *world {
	t.Helper()
	w := bare(t)
	_, from := w.people(2010)
	relay := w.Relay()
	relay.Spec.Limits.MaxConnections = 20
	w.Create(relay, w.FromCSV("staff", from...), w.List())
	w.prepare()
	return w
}

// Each sender has a Job of its own: those who are left go on while another one waits
// for its next pod. Only when all of them wait do other Jobs go on with the pass.
func TestSendersAreLostEachByItself(t *testing.T) {
	w := twoSenders(t)
	w.frozen()
	name := w.recordName()
	first := w.record().State.Pass
	if jobs := w.jobs(name); first.Workers != 2 || len(jobs) != 2 || jobs[1].Name != names.SenderJobName(first.Job, 1) {
		t.Fatalf("%d Jobs of pass %+v", len(jobs), first)
	}
	w.losePod(name, 0, 1)
	w.Advance(2 * time.Minute)
	w.carry(name)
	if p := w.record().State.Pass; p.Job != first.Job || p.EndedAt != nil || len(w.jobs(name)) != 2 {
		t.Fatalf("a lost pod ends the pass of the other: %+v", p)
	}
	w.losePod(name, 1, 1)
	for range 4 {
		w.Advance(40 * time.Second)
		w.carry(name)
	}
	if p := w.record().State.Pass; p.Number != first.Number || p.Job == first.Job || len(w.jobs(name)) != 2 {
		t.Fatalf("the pass doesn't go on: %+v after %+v", p, first)
	}
}

// A quota that has no room for all Jobs makes a pass slower, and doesn't stop it.
func TestQuotaOfJobs(t *testing.T) {
	w := twoSenders(t)
	w.restart(interceptor.NewClient(api, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			if job, ok := obj.(*batchv1.Job); ok && job.Labels[crier.LabelWorker] == "1" {
				return apierrors.NewForbidden(batchv1.Resource("jobs"), job.Name, errors.New("exceeded quota: count/jobs.batch=1"))
			}
			return c.Create(ctx, obj, opts...)
		},
	}))
	w.frozen()
	name := w.recordName()
	if p := w.record().State.Pass; len(w.jobs(name)) != 1 || !p.Created {
		t.Fatalf("%d Jobs of pass %+v", len(w.jobs(name)), p)
	}
	w.send(name, 2010, accepted)
	w.endJob(name)
	w.carry(name)
	w.stage(crier.RecordFinished)
}

// The release before had one Job for all senders of a pass. It is left alone until it ends.
func TestJobOfAnEarlierRelease(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	name := w.recordName()
	old := w.jobs(name)[0]
	must(t, api.Delete(w.Context(), &old, client.GracePeriodSeconds(0), client.PropagationPolicy(metav1.DeletePropagationBackground)))
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: old.Namespace, Name: w.record().State.Pass.Job, Labels: old.Labels, OwnerReferences: old.OwnerReferences,
		},
		Spec: old.Spec,
	}
	job.Spec.Selector, job.Spec.Template.Labels = nil, old.Labels
	w.Create(job)
	w.Advance(time.Minute)
	w.carry(name)
	if p := w.record().State.Pass; p.EndedAt != nil || len(w.jobs(name)) != 1 {
		t.Fatalf("its Job isn't known: %+v", p)
	}
	w.send(name, 10, accepted)
	w.endJob(name)
	w.carry(name)
	w.stage(crier.RecordFinished)
}

// The Job controller waits longer and longer with pods after some were lost. The pass goes on
// under another Job, with those whom the first has left, but not more often than now and then.
func TestPassOutlivesLostPods(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	name := w.recordName()
	w.send(name, 4, accepted)
	first := w.record().State.Pass
	w.losePods(name, 5)
	w.carry(name)
	if p := w.record().State.Pass; p.EndedAt != nil || len(w.jobs(name)) != 1 {
		t.Fatalf("a Job isn't left the time to replace pods by itself: %+v", p)
	}
	for range 4 {
		w.Advance(40 * time.Second)
		w.carry(name)
	}
	second := w.record().State.Pass
	if second.Number != first.Number || second.Job == first.Job || second.EndedAt != nil || !second.Created {
		t.Fatalf("the pass doesn't go on: %+v after %+v", second, first)
	}
	if sent := w.send(name, 10, accepted); sent != 6 {
		t.Errorf("it went to %d, want the other 6", sent)
	}
	w.endJob(name)
	w.carry(name)
	if r := w.stage(crier.RecordFinished); r.State.Totals.Accepted != 10 {
		t.Errorf("%+v", r.State.Totals)
	}
}
