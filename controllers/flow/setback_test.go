package flow_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// allowed is what senders are told.
func (w *world) allowed() bool {
	w.Helper()
	r := w.record()
	secret := &corev1.Secret{}
	must(w, api.Get(w.Context(), w.jobKey(names.HandoutSecretName(r.Name, r.State.Frozen.Attempt)), secret))
	settings, err := handout.Decode(secret.Data[names.HandoutKey])
	must(w, err)
	return settings.Allowed
}

// setBack puts an earlier state in the place of the present one, as a restore does.
func (w *world) setBackShard(was crier.DeliveryShard) {
	w.Helper()
	shard := w.shards(w.record())[was.Spec.Index]
	shard.State = was.State
	must(w, api.Update(w.Context(), &shard))
}

func (w *world) setBackRecord(was *crier.DeliveryRecord) {
	w.Helper()
	record := w.record()
	record.State = was.State
	must(w, api.Update(w.Context(), record))
}

// held checks that nothing is done by a ledger that was set back: whoever looks
// at it, and however long.
func (w *world) heldForGood() {
	w.Helper()
	for range 2 {
		w.carry(w.recordName())
		w.look(crier.ReasonLedgerLost, "set back")
		w.Advance(time.Minute)
	}
	w.restart(api)
	w.carry(w.recordName())
	b := w.look(crier.ReasonLedgerLost, "set back")
	w.condition(b, crier.ConditionLedgerIntact, false, crier.ReasonLedgerSetBack)
	if r := w.record(); r.State.SetBack == nil || len(w.jobs(r.Name)) > 0 || w.allowed() {
		w.Errorf("set back: %+v; %d Jobs; senders are allowed: %t", r.State.SetBack, len(w.jobs(r.Name)), w.allowed())
	}
}

// A shard, or the record, in an earlier state stops everything that depends on
// it, also for the next manager, until a person says otherwise.
func TestLedgerThatIsSetBack(t *testing.T) {
	for name, back := range map[string]func(*world){
		"a shard": func(w *world) {
			was := w.shards(w.record())[0]
			w.send(w.recordName(), 4, accepted)
			w.carry(w.recordName())
			w.setBackShard(was)
		},
		"a shard, and written since": func(w *world) {
			was := w.shards(w.record())[0]
			w.send(w.recordName(), 4, accepted)
			w.carry(w.recordName())
			was.State.Sequence += 100
			w.setBackShard(was)
		},
		"the record, in the middle": func(w *world) {
			was := w.record()
			w.Advance(time.Minute)
			w.send(w.recordName(), 4, accepted)
			w.carry(w.recordName())
			w.setBackRecord(was)
		},
		"the record, to before it was frozen": func(w *world) {
			was := w.record()
			w.send(w.recordName(), 4, accepted)
			w.carry(w.recordName())
			was.State.Stage, was.State.Pass, was.State.Sequence = crier.RecordSealed, nil, 2
			w.setBackRecord(was)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			w.carry(w.recordName())
			w.look(crier.ReasonSending, "")
			back(w)
			if name == "the record, to before it was frozen" {
				w.look(crier.ReasonLedgerLost, "set back")
				if r := w.record(); r.State.SetBack == nil || r.State.Stage != crier.RecordSealed {
					t.Errorf("%+v", r.State)
				}
				return
			}
			w.heldForGood()
			w.Advance(100 * 24 * time.Hour)
			w.carry(w.recordName())
			w.carry(w.recordName())
			w.stage(crier.RecordFinished)
			w.says(w.mail(), "was set back while it was sent")
		})
	}
}

// A sender that has seen more than the manager is believed.
func TestSenderFindsTheLedgerSetBack(t *testing.T) {
	for name, status := range map[string]corev1.ContainerStatus{
		"it has just ended":   {State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: ledger.ExitSetBack}}},
		"it has begun again":  {LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: ledger.ExitSetBack}}},
		"it ended in trouble": {LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			w.carry(w.recordName())
			pod := w.pod(w.recordName(), corev1.PodRunning)
			status.Name = "sender"
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{status}
			must(t, api.Status().Update(t.Context(), pod))
			w.carry(w.recordName())
			if name == "it ended in trouble" {
				w.look(crier.ReasonSending, "")
				return
			}
			w.gone(pod)
			w.heldForGood()
		})
	}
}

// It isn't forgotten either if the manager is killed while it dismisses the sender.
func TestKilledWhileASenderIsBelieved(t *testing.T) {
	crashes(t, func(t *testing.T, b *broken) error {
		w := newWorld(t, 10)
		w.frozen()
		w.carry(w.recordName())
		pod := w.pod(w.recordName(), corev1.PodRunning)
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "sender", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: ledger.ExitSetBack}},
		}}
		must(t, api.Status().Update(t.Context(), pod))
		w.restart(b.client())
		_, err := w.tryRecord(w.recordName())
		if len(w.jobs(w.recordName())) == 0 {
			w.gone(pod)
		}
		w.restart(api)
		w.Advance(time.Second)
		w.carry(w.recordName())
		if w.record().State.SetBack == nil {
			t.Error("it is forgotten that the ledger was set back")
		}
		return err
	})
}

// The claims of a ledger that was set back are of another time: they aren't
// released, which would say of their recipients what isn't known.
func TestNothingIsReleasedOfALedgerThatIsSetBack(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.claim(ledger.Holder{PodUID: "lost", PodName: "sender"}, 0, 1, 2)
	w.carry(w.recordName())
	was := w.shards(w.record())[0]
	shard := was
	must(t, ledger.Settle(&shard.State, []ledger.Result{accepted(0), accepted(1), accepted(2)}))
	w.updateShard(&shard)
	w.carry(w.recordName())
	w.setBackShard(was)
	for range 3 {
		w.Advance(2 * time.Minute)
		w.carry(w.recordName())
	}
	if now := w.shards(w.record())[0]; now.State.Claim.PodUID != "lost" || now.State.Totals.Unknown != 0 {
		t.Errorf("%+v", now.State)
	}
}

// A record that had finished, and is as it was before a resend, resends nothing.
func TestFinishedRecordThatIsSetBack(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	was := w.record()
	w.resend("again", crier.ResendAll)
	w.carry(w.recordName())
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	w.setBackRecord(was)
	w.look(crier.ReasonLedgerLost, "set back")
	w.look(crier.ReasonLedgerLost, "set back")
	if r := w.record(); r.State.Stage != crier.RecordFinished || r.State.Generation != 0 {
		t.Errorf("%+v", r.State)
	}
}

// How old a claim is goes by the manager's clock, whatever that of the sender's
// node says, which is shown.
func TestClocksThatAreOff(t *testing.T) {
	for name, c := range map[string]struct {
		off    time.Duration
		words  string
		agrees bool
	}{
		"ahead": {time.Hour, "at least 1h0m0s ahead of", false}, "behind": {-time.Hour, "at least 1h0m0s behind", false}, "a little": {10 * time.Second, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			pod := w.pod(w.recordName(), corev1.PodRunning)
			w.carry(w.recordName())
			now := w.Clock.Now()
			w.Clock.SetTime(now.Add(c.off))
			w.claim(ledger.Holder{PodUID: string(pod.UID), PodName: pod.Name}, 0, 1, 2)
			w.Clock.SetTime(now)
			w.carry(w.recordName())
			b := w.look(crier.ReasonSending, "")
			if agrees := !strings.Contains(w.conditionOf(b, crier.ConditionClocksAgree), "False"); agrees != c.agrees {
				t.Errorf("the clocks agree: %t", agrees)
			}
			if !c.agrees {
				w.ExpectOf(b, crier.ConditionClocksAgree, "False", crier.ReasonClockSkewed, c.words)
			}
			w.gone(pod)
			w.Advance(70 * time.Second)
			w.carry(w.recordName())
			if w.held() == "" {
				t.Fatal("released while its lease may last")
			}
			w.Advance(10 * time.Second)
			w.carry(w.recordName())
			if w.held() != "" {
				t.Error("not released 80 seconds after its last write")
			}
			w.Advance(time.Hour)
			w.carry(w.recordName())
			if r := w.record(); r.State.Skew != nil {
				t.Errorf("shown an hour later: %+v", r.State.Skew)
			}
		})
	}
}

// A manager that has just begun doesn't know how old a claim is.
func TestClaimsAfterARestart(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.claim(ledger.Holder{PodUID: "lost", PodName: "sender"}, 0)
	w.Advance(time.Hour)
	w.carry(w.recordName())
	if w.held() == "" {
		t.Error("released at first sight")
	}
	w.Advance(80 * time.Second)
	w.carry(w.recordName())
	if w.held() != "" {
		t.Error("not released")
	}
}

func (w *world) conditionOf(b *crier.Broadcast, kind string) string {
	for _, c := range b.Status.Conditions {
		if c.Type == kind {
			return string(c.Status)
		}
	}
	return ""
}

// A person may say that it goes on by what the ledger says now: that time, not
// for whatever comes later.
func TestReleaseOfALedgerThatIsSetBack(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.carry(w.recordName())
	was := w.shards(w.record())[0]
	w.send(w.recordName(), 4, accepted)
	w.carry(w.recordName())
	w.setBackShard(was)
	w.carry(w.recordName())
	w.look(crier.ReasonLedgerLost, "set the annotation crier.dev/release-set-back to")
	at := w.record().State.SetBack.At.UTC().Format(time.RFC3339)
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Annotations = map[string]string{crier.AnnotationReleaseSetBack: at}
	})
	for range 3 {
		w.Advance(10 * time.Second)
		w.carry(w.recordName())
		w.look(crier.ReasonSending, "")
	}
	if sent := w.send(w.recordName(), 1<<20, accepted); sent != 10 {
		t.Errorf("it went to %d", sent)
	}
	was = w.shards(w.record())[0]
	w.carry(w.recordName())
	was.State.Sequence--
	w.setBackShard(was)
	w.Advance(time.Second)
	w.carry(w.recordName())
	w.look(crier.ReasonLedgerLost, "set back")
}
