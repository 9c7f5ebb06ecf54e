package flow_test

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/testing/apitest"
)

// replies says what comes of sending to the recipient of that index.
type replies func(index int) ledger.Result

func accepted(index int) ledger.Result {
	return ledger.Result{Index: index, State: crier.DeliveryAccepted, Counts: true}
}

func ends(index int, state crier.DeliveryState, text string) ledger.Result {
	return ledger.Result{Index: index, State: state, Counts: true, Reply: crier.ShardReply{
		Phase: "rcpt", Code: 550, Enhanced: "5.1.1", Text: text, Cause: "AddressUnknown",
	}}
}

func (w *world) shards(record *crier.DeliveryRecord) []crier.DeliveryShard {
	w.Helper()
	store := &ledgerstore.Store{Reader: api, Namespace: apitest.OperatorNamespace}
	shards, err := store.Shards(w.Context(), record)
	if err != nil {
		w.Fatal(err)
	}
	return shards
}

// updateShard writes it as a sender does.
func (w *world) updateShard(shard *crier.DeliveryShard) {
	w.Helper()
	shard.State.Sequence++
	if err := api.Update(w.Context(), shard); err != nil {
		w.Fatal(err)
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

var holder = ledger.Holder{PodUID: "pod-1", PodName: "sender-1"}

// send plays the sender pods of the record's pass: at most limit recipients
// of each shard, in the order and with the writes of a sender. It returns to
// how many it sent, and leaves no claim.
func (w *world) send(name string, limit int, reply replies) (sent int) {
	w.Helper()
	return w.sendIn(name, limit, reply, func(int32) bool { return true })
}

// sendIn does so in some shards.
func (w *world) sendIn(name string, limit int, reply replies, in func(shard int32) bool) (sent int) {
	w.Helper()
	record := w.recordOf(name)
	p := record.State.Pass
	if p == nil || p.EndedAt != nil || !p.Created {
		w.Fatalf("no sender would run: pass %+v", p)
	}
	pass := ledger.Pass{Number: p.Number, Selects: p.Selects, Generation: record.State.Generation}
	for _, shard := range w.shards(record) {
		if !in(shard.Spec.Index) {
			continue
		}
		state, now := &shard.State, w.Clock.Now()
		must(w, ledger.Bring(state, pass, now), ledger.Claim(state, holder, now))
		for done := 0; done < limit; {
			batch, err := ledger.NextBatch(state, pass, min(limit-done, ledger.MaxBatch))
			must(w, err)
			if len(batch) == 0 {
				break
			}
			must(w, ledger.Begin(state, batch, now))
			results := make([]ledger.Result, 0, len(batch))
			for _, i := range batch {
				r := reply(i)
				r.At = now
				results = append(results, r)
			}
			must(w, ledger.Settle(state, results))
			done += len(batch)
			sent += len(batch)
		}
		must(w, ledger.Surrender(state))
		w.updateShard(&shard)
	}
	return sent
}

func (w *world) jobKey(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}
}

func (w *world) jobs(record string) []batchv1.Job {
	w.Helper()
	list := &batchv1.JobList{}
	if err := api.List(w.Context(), list, client.InNamespace(apitest.OperatorNamespace), client.MatchingLabels{crier.LabelRecord: record}); err != nil {
		w.Fatal(err)
	}
	return list.Items
}

// endJob plays the Job controller when all pods have ended well.
func (w *world) endJob(record string) {
	w.Helper()
	now := metav1.Now()
	for _, job := range w.jobs(record) {
		job.Status.StartTime, job.Status.CompletionTime = &now, &now
		for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
			job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
				Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now, LastProbeTime: now,
			})
		}
		job.Status.Succeeded = *job.Spec.Completions
		must(w, api.Status().Update(w.Context(), &job))
	}
}

// losePods plays the Job controller when that many pods of each sender were lost and it waits with the next.
func (w *world) losePods(record string, failed int32) {
	w.Helper()
	for i := range w.jobs(record) {
		w.losePod(record, i, failed)
	}
}

// losePod does so for one sender.
func (w *world) losePod(record string, worker int, failed int32) {
	w.Helper()
	job := w.jobs(record)[worker] // in the order of names
	job.Status.StartTime, job.Status.Failed = new(metav1.Now()), failed
	must(w, api.Status().Update(w.Context(), &job))
}

// pod is a sender pod of a record.
func (w *world) pod(record string, phase corev1.PodPhase) *corev1.Pod {
	w.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: apitest.OperatorNamespace, GenerateName: "sender-",
			Labels: map[string]string{crier.LabelRecord: record, crier.LabelComponent: crier.ComponentSender},
		},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: new(false),
			Containers:                   []corev1.Container{{Name: "sender", Image: "example.gov/crier:1"}},
		},
	}
	w.Create(pod)
	w.phase(pod, phase)
	return pod
}

func (w *world) phase(pod *corev1.Pod, phase corev1.PodPhase) {
	w.Helper()
	pod.Status.Phase = phase
	if err := api.Status().Update(w.Context(), pod); err != nil {
		w.Fatal(err)
	}
}

// gone deletes a pod at once.
func (w *world) gone(pod *corev1.Pod) {
	w.Helper()
	if err := api.Delete(w.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		w.Fatal(err)
	}
}
