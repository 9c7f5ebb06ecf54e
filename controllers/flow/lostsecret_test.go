package flow_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// twoShards is a world whose list has 2,010 people, in shards of 2,000 and 10.
func twoShards(t *testing.T) *world {
	t.Helper()
	w := bare(t)
	_, from := w.people(2010)
	w.Create(w.Relay(), w.FromCSV("staff", from...), w.List())
	w.prepare()
	w.frozen()
	if n := w.record().State.Frozen.Shards; n != 2 {
		t.Fatalf("%d shards", n)
	}
	return w
}

func onlyFirst(shard int32) bool { return shard == 0 }

func (w *world) removeRecipients(shard int32) *corev1.Secret {
	w.Helper()
	r := w.record()
	secret := &corev1.Secret{}
	must(w, api.Get(w.Context(), w.jobKey(names.ShardName(r.Name, r.State.Frozen.Attempt, shard)), secret))
	w.removeSecret(secret.Name)
	return secret
}

// mail is the text of the final report that is mailed.
func (w *world) mail() string {
	w.Helper()
	store := &ledgerstore.Store{Reader: api, Namespace: apitest.OperatorNamespace}
	frozen, _, err := store.Message(w.Context(), w.recordOf(w.reportName(crier.ReportFinal)))
	must(w, err)
	return frozen.Subject + "\n" + strings.Join(strings.Fields(frozen.Text), " ")
}

func (w *world) says(text string, words ...string) {
	w.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.Errorf("it doesn't say %q:\n%s", word, text)
		}
	}
}

// A lost Secret costs the people whose addresses were in it, and nobody else:
// the others are sent to, it is said who is lost, and the report is mailed.
func TestLostRecipientsCostNobodyElse(t *testing.T) {
	w := twoShards(t)
	name := w.recordName()
	w.removeRecipients(1)
	w.Advance(soon)
	w.carry(name)
	if lost := w.stage(crier.RecordFrozen).State.Lost; lost == nil || lost.Shards != "1" || lost.Totals.Pending != 10 {
		t.Fatalf("lost: %+v", lost)
	}
	b := w.look(crier.ReasonSending, "")
	w.condition(b, crier.ConditionLedgerIntact, false, crier.ReasonRecipientsLost)
	w.ExpectOf(b, crier.ConditionLedgerIntact, "False", crier.ReasonRecipientsLost, "The addresses of 10 recipients were deleted (shards 1)")

	w.sendIn(name, 1<<20, func(i int) ledger.Result {
		if i == 7 {
			return ends(i, crier.DeliveryFailed, "No such user")
		}
		return accepted(i)
	}, onlyFirst)
	// Pods that miss the Secret begin again as long as there is a Job.
	w.carry(name)
	r := w.stage(crier.RecordFinished)
	if r.State.Result != crier.ReasonRecipientsLost || r.State.Totals.Accepted != 1999 || r.State.Totals.Pending != 10 {
		t.Errorf("%s, %+v", r.State.Result, r.State.Totals)
	}
	w.carry(name)
	if n := len(w.jobs(name)); n > 0 || r.State.Pass.Number != 1 || strings.HasSuffix(r.State.Pass.Job, "-2") {
		t.Errorf("%d Jobs are left, the last is %s", n, r.State.Pass.Job)
	}
	b = w.look(crier.ReasonRecipientsLost, "10 of 2,010 were never tried: their addresses were deleted")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonRecipientsLost)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonRecipientsLost)
	if b.Status.Lost == nil || b.Status.Lost.Totals.Intended != 10 || b.Status.Phase != crier.PhaseMissed || !b.Status.DeliveriesTruncated {
		t.Errorf("status %+v", b.Status)
	}
	whose := "The addresses of 10 recipients were deleted in the cluster, so nobody can say who they are: in the order of addresses, 2,001 to 2,010 (shard 1)."
	w.says(w.mail(), "addresses deleted", whose, "10 of them were never tried", "names the only recipient who was not accepted and whose address is known")
	page := apitest.Get(w, "news-report", &corev1.ConfigMap{})
	w.says(strings.Join(strings.Fields(page.Data[reporting.SummaryKey]), " "), whose)
	w.says(page.Data[reporting.JSONKey], `"first": 2001`, `"missing": 0`)
	if rows := strings.Count(page.Data[reporting.FailuresKey], "\n"); rows != 2 {
		t.Errorf("%d rows:\n%s", rows, page.Data[reporting.FailuresKey])
	}
}

// What is restored can be sent to again.
func TestRestoredRecipientsAreReached(t *testing.T) {
	w := twoShards(t)
	name := w.recordName()
	secret := w.removeRecipients(1)
	w.Advance(soon)
	w.sendIn(name, 1<<20, accepted, onlyFirst)
	w.carry(name)
	w.stage(crier.RecordFinished)
	secret.ResourceVersion, secret.UID = "", ""
	w.Create(secret)
	w.resend("again", crier.ResendRemaining)
	_, err := w.tryBroadcast()
	must(t, err)
	w.Advance(soon)
	w.carry(name)
	w.carry(name)
	if sent := w.send(name, 1<<20, accepted); sent != 10 {
		t.Errorf("it went to %d, want the 10", sent)
	}
	w.endJob(name)
	w.carry(name)
	if r := w.stage(crier.RecordFinished); r.State.Result != crier.ReasonSent || r.State.Lost != nil {
		t.Errorf("%s, lost %+v", r.State.Result, r.State.Lost)
	}
}

// Whoever is suppressed while the addresses are gone isn't sent to when they are
// back: until all of them were looked at, senders take none of them.
func TestSuppressedWhileTheAddressesWereGone(t *testing.T) {
	for name, lose := range map[string]func(*world, *corev1.Secret){
		"deleted": func(*world, *corev1.Secret) {},
		"damaged": func(w *world, secret *corev1.Secret) {
			damaged := secret.DeepCopy()
			damaged.Data[names.RecipientsKey] = damaged.Data[names.RecipientsKey][:10]
			w.Create(damaged)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twoShards(t)
			record := w.recordName()
			w.carry(record)
			store := &ledgerstore.Store{Reader: api, Namespace: apitest.OperatorNamespace}
			people, err := store.Recipients(t.Context(), &w.shards(w.record())[1])
			must(t, err)
			w.suppress("early", allOfNamespace, crier.SuppressedManual, people[5].Email)
			w.readSuppressions("early")
			w.carry(record)
			w.removeSecret(names.IndexSecretName(record, w.record().State.Frozen.Attempt)) // so that all are looked at
			secret := w.removeRecipients(1)
			secret.ResourceVersion, secret.UID = "", ""
			lose(w, secret)
			w.Advance(soon)
			w.carry(record)
			w.suppress("left", allOfNamespace, crier.SuppressedManual, people[3].Email)
			w.readSuppressions("left")
			for range 2 {
				w.carry(record)
				w.Advance(time.Second)
			}
			w.look(crier.ReasonSending, "")
			if marks := w.marks(); marks.Covers(1) || !marks.Covers(0) {
				t.Errorf("marks without %v", marks.Without)
			} else if _, suppressed := marks.Suppressed(1, 5); !suppressed {
				t.Error("a sender that has read the addresses forgets who was suppressed before")
			}
			if name == "damaged" {
				w.removeRecipients(1)
			}
			w.Create(secret)
			for range 2 {
				w.Advance(soon)
				w.carry(record)
			}
			marks := w.marks()
			if _, suppressed := marks.Suppressed(1, 3); !suppressed || !marks.Covers(1) {
				t.Errorf("they are back, and the marks are without %v", marks.Without)
			}
		})
	}
}

// A sender that has read the addresses before they were deleted goes on.
func TestLostRecipientsInAHandAreLeftToIt(t *testing.T) {
	w := twoShards(t)
	name := w.recordName()
	w.sendIn(name, 1<<20, accepted, onlyFirst)
	w.removeRecipients(1)
	w.Advance(soon)
	shard := w.shards(w.record())[1]
	p := w.record().State.Pass
	must(t, ledger.Bring(&shard.State, ledger.Pass{Number: p.Number}, w.Clock.Now()), ledger.Claim(&shard.State, holder, w.Clock.Now()))
	w.updateShard(&shard)
	w.carry(name)
	if r := w.stage(crier.RecordFrozen); len(w.jobs(name)) != 1 || r.State.Pass.EndedAt != nil {
		t.Error("its Job is ended in the middle")
	}
}

// Without its frozen message, a Broadcast is reported by what its lists say now.
func TestLostMessageIsReported(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	r := w.record()
	w.send(r.Name, 4, accepted)
	w.carry(r.Name)
	w.removeSecret(names.MessageSecretName(r.Name, r.State.Frozen.Attempt))
	w.Advance(100 * 24 * time.Hour)
	w.carry(r.Name)
	w.stage(crier.RecordFinished)
	w.look(crier.ReasonDeadlineMissed, "6 of 10 were never tried")
	w.look(crier.ReasonDeadlineMissed, "6 of 10 were never tried")
	w.says(w.mail(), "40.0% accepted", "6 not tried")
	if w.reportRecords() != 1 {
		t.Errorf("%d reports", w.reportRecords())
	}
}

// Without the message the shards still say what became of everybody, also what a
// sender that had read it has done since.
func TestLostMessageLosesNoAccount(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	r := w.record()
	w.send(r.Name, 4, func(i int) result {
		if i == 3 {
			return ends(i, crier.DeliveryDeferred, "Later")
		}
		return accepted(i)
	})
	w.carry(r.Name)
	w.removeSecret(names.MessageSecretName(r.Name, r.State.Frozen.Attempt))
	w.send(r.Name, 3, accepted)
	w.Advance(time.Minute)
	w.carry(r.Name)
	w.look(crier.ReasonLedgerLost, "")
	if got := w.record().State.Totals; got.Accepted != 6 || got.Deferred != 1 {
		t.Errorf("%+v", got)
	}
	w.Advance(100 * 24 * time.Hour)
	w.carry(r.Name)
	if got := w.stage(crier.RecordFinished).State.Totals; got.Accepted != 6 || got.Expired != 1 || got.Deferred != 0 || got.Pending != 3 {
		t.Errorf("%+v", got)
	}
}

// A file that was kept beside the message is a part of it.
func TestLostFileHolds(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.ConfigMap("map", map[string]string{"a": strings.Repeat("x", 100<<10)}))
	w.frozen(func(b *crier.Broadcast) {
		b.Spec.Content.Attachments = []crier.ContentAttachment{{Name: "map.txt", ConfigMap: &crier.ObjectKey{Name: "map", Key: "a"}}}
	})
	r := w.record()
	w.removeSecret(names.FileSecretName(r.Name, r.State.Frozen.Attempt, 0))
	w.Advance(soon)
	w.carry(r.Name)
	w.look(crier.ReasonLedgerLost, "an attachment of the frozen message was deleted")
}

// Jobs that get nowhere, for whatever cause, are made less and less often, and
// people are told.
func TestJobsThatGetNowhere(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	name := w.recordName()
	ended := func() time.Duration {
		w.endJob(name)
		w.carry(name)
		next := w.record().State.NextPass
		if next == nil {
			t.Fatal("no pass comes")
		}
		return next.At.Sub(w.Clock.Now())
	}
	goOn := func(wait time.Duration) {
		w.Advance(wait)
		w.carry(name)
		w.carry(name)
	}
	w.send(name, 2, accepted)
	last := ended() // it got somewhere
	for i := range 8 {
		goOn(last)
		wait := ended()
		if wait < min(2*last, 5*time.Minute) {
			t.Fatalf("after %d Jobs that got nowhere the next comes after %s, the last did after %s", i+1, wait, last)
		}
		last = wait
	}
	w.carry(name)
	w.look(crier.ReasonNoProgress, "sender pods end again and again and get nowhere")
	goOn(last)
	w.send(name, 2, accepted)
	if wait := ended(); wait > 5*time.Second {
		t.Errorf("a Job got somewhere, and the next comes after %s", wait)
	}
	w.carry(name)
	w.look(crier.ReasonSending, "")
}

// What is there and can't be read is as good as deleted: that is looked at when
// senders begin again and again.
func TestDamagedRecipientsAreLost(t *testing.T) {
	w := twoShards(t)
	name := w.recordName()
	secret := w.removeRecipients(1)
	secret.ResourceVersion, secret.UID = "", ""
	secret.Data[names.RecipientsKey] = []byte("?")
	w.Create(secret)
	w.sendIn(name, 1<<20, accepted, onlyFirst)
	pod := w.pod(name, corev1.PodRunning)
	w.Advance(soon)
	w.carry(name)
	if lost := w.stage(crier.RecordFrozen).State.Lost; lost != nil {
		t.Errorf("lost without a reason to look: %+v", lost)
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "sender", RestartCount: 1}}
	must(t, api.Status().Update(t.Context(), pod))
	w.Advance(soon)
	w.carry(name)
	w.carry(name)
	w.gone(pod)
	w.carry(name)
	w.carry(name)
	if r := w.stage(crier.RecordFinished); r.State.Result != crier.ReasonRecipientsLost || r.State.Lost.Totals.Pending != 10 {
		t.Errorf("%s, lost %+v", r.State.Result, r.State.Lost)
	}
	w.look(crier.ReasonRecipientsLost, "10 of 2,010 were never tried")
	w.says(w.mail(), "2,001 to 2,010 (shard 1)")
}
