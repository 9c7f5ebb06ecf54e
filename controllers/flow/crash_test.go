package flow_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// crashes runs step with an API server that goes away at its n-th write, for
// every n and both ways, until the step comes through.
func crashes(t *testing.T, step func(t *testing.T, b *broken) error) {
	for _, after := range []bool{false, true} {
		for n := 0; ; n++ {
			done := false
			t.Run(fmt.Sprintf("write %d, answer lost %t", n, after), func(t *testing.T) {
				err := step(t, &broken{at: n, after: after})
				if err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				done = err == nil
			})
			if done || t.Failed() {
				break
			}
			if n > 60 {
				t.Fatal("it never comes through")
			}
		}
	}
}

// whole says that every recipient is in exactly one shard of the frozen
// attempt, and that nothing else is left.
func (w *world) whole(people int) {
	w.Helper()
	record := w.stage(crier.RecordFrozen)
	store := &ledgerstore.Store{Reader: api, Namespace: apitest.OperatorNamespace}
	seen := map[string]int{}
	shards := w.shards(record)
	for i := range shards {
		recipients, err := store.Recipients(w.Context(), &shards[i])
		if err != nil {
			w.Fatal(err)
		}
		for _, r := range recipients {
			seen[r.Email]++
		}
	}
	for i := range people {
		if seen[apitest.Email(i)] != 1 {
			w.Errorf("%s is in %d shards", apitest.Email(i), seen[apitest.Email(i)])
		}
	}
	if len(seen) != people || int32(len(shards)) != record.State.Frozen.Shards || record.State.Frozen.Recipients != int64(people) {
		w.Errorf("%d recipients in %d shards, frozen %+v", len(seen), len(shards), record.State.Frozen)
	}
	for _, list := range []client.ObjectList{&crier.DeliveryShardList{}, &corev1.SecretList{}} {
		w.onlyOf(list, record)
	}
}

// onlyOf says that all that belongs to the record is of its frozen attempt.
func (w *world) onlyOf(list client.ObjectList, record *crier.DeliveryRecord) {
	w.Helper()
	err := api.List(w.Context(), list, client.InNamespace(apitest.OperatorNamespace), client.MatchingLabels{crier.LabelRecord: record.Name})
	if err != nil {
		w.Fatal(err)
	}
	var metas []map[string]string
	switch l := list.(type) {
	case *crier.DeliveryShardList:
		for i := range l.Items {
			metas = append(metas, l.Items[i].Labels)
		}
	case *corev1.SecretList:
		for i := range l.Items {
			metas = append(metas, l.Items[i].Labels)
		}
	}
	for _, labels := range metas {
		if labels[crier.LabelAttempt] != record.State.Frozen.Attempt {
			w.Errorf("remains of attempt %s", labels[crier.LabelAttempt])
		}
	}
}

func TestKilledWhileFreezing(t *testing.T) {
	crashes(t, func(t *testing.T, b *broken) error {
		w := newWorld(t, 40)
		w.Create(w.Broadcast())
		w.restart(b.client())
		_, err := w.tryBroadcast()
		// Meanwhile the set changes.
		set := apitest.Get(w, "staff", &crier.SubscriberSet{})
		set.Spec.Source.Inline = apitest.People(50)
		frozen := w.frozenAlready()
		must(t, api.Update(t.Context(), set))
		w.restart(api)
		w.prepare()
		w.look(crier.ReasonSending, "")
		w.carry(w.recordName())
		w.carry(w.recordName())
		if frozen {
			w.whole(40)
		} else {
			w.whole(50)
		}
		if n := len(w.jobs(w.recordName())); n != 1 {
			t.Errorf("%d jobs", n)
		}
		return err
	})
}

func (w *world) frozenAlready() bool {
	record := &crier.DeliveryRecord{}
	err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, record)
	return client.IgnoreNotFound(err) == nil && record.State.Frozen != nil
}

func TestKilledWhileStartingAPass(t *testing.T) {
	crashes(t, func(t *testing.T, b *broken) error {
		w := newWorld(t, 10)
		w.Create(w.Broadcast())
		w.look(crier.ReasonSending, "")
		w.restart(b.client())
		_, err := w.tryRecord(w.recordName())
		w.restart(api)
		w.Advance(time.Second)
		w.carry(w.recordName())
		w.carry(w.recordName())
		record := w.stage(crier.RecordFrozen)
		jobs := w.jobs(record.Name)
		if len(jobs) != 1 || jobs[0].Name != names.SenderJobName(record.State.Pass.Job, 0) || record.State.Pass.Number != 1 {
			t.Errorf("%d jobs, pass %+v", len(jobs), record.State.Pass)
		}
		if n := w.send(record.Name, 100, accepted); n != 10 {
			t.Errorf("%d sent", n)
		}
		return err
	})
}

func TestKilledAtTheEnd(t *testing.T) {
	crashes(t, func(t *testing.T, b *broken) error {
		w := newWorld(t, 10)
		w.frozen()
		w.send(w.recordName(), 100, func(i int) result {
			if i > 7 {
				return ends(i, crier.DeliveryDeferred, "Later")
			}
			return accepted(i)
		})
		w.endJob(w.recordName())
		w.Advance(25 * time.Hour) // too long to try again
		w.restart(b.client())
		var err error
		for range 3 { // end of the pass, report, dismissal
			if _, e := w.tryRecord(w.recordName()); e != nil {
				err = e
			}
		}
		w.restart(api)
		w.Advance(time.Second)
		for range 3 {
			w.carry(w.recordName())
		}
		record := w.stage(crier.RecordFinished)
		if record.State.Result != crier.ReasonSentWithFailures || record.State.Totals.Expired != 2 || record.State.Totals.Accepted != 8 {
			t.Errorf("result %s, %+v", record.State.Result, record.State.Totals)
		}
		report := w.recordOf(w.reportName(crier.ReportFinal))
		if w.reportRecords() != 1 || report.State.Stage != crier.RecordFrozen || report.State.Frozen.Recipients != 1 || len(record.State.Reports) != 1 {
			t.Errorf("%d report records, %+v", w.reportRecords(), report.State)
		}
		w.carry(report.Name)
		w.onlyOf(&corev1.SecretList{}, w.recordOf(report.Name))
		if len(w.jobs(record.Name)) > 0 {
			t.Error("a job is left")
		}
		return err
	})
}
