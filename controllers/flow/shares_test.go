package flow_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/relayshare"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/testing/apitest"
)

// sharer is a new process that divides Relays.
func (w *world) sharer() *relayshare.Reconciler {
	return &relayshare.Reconciler{Client: api, Reader: api, Heart: w.heart, Namespace: apitest.OperatorNamespace, Clock: w.Clock}
}

// divide is one look at the Relay.
func (w *world) divide(r *relayshare.Reconciler) ctrl.Result {
	w.Helper()
	result, err := r.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: w.NS, Name: "main"}})
	if err != nil {
		w.Fatal(err)
	}
	return result
}

// begin creates a Broadcast of that name and leads it to its first pass.
func (w *world) begin(name string, change ...func(*crier.Broadcast)) (record string) {
	w.Helper()
	b := w.Broadcast()
	b.Name = name
	for _, f := range change {
		f(b)
	}
	w.Create(b)
	key := ctrl.Request{NamespacedName: client.ObjectKeyFromObject(b)}
	if _, err := w.broadcasts.Reconcile(w.Context(), key); err != nil {
		w.Fatal(err)
	}
	record = names.RecordName(w.NS, name)
	w.carry(record)
	if pass := w.recordOf(record).State.Pass; pass == nil || !pass.Created {
		w.Fatalf("%s isn't sent: %+v", name, w.recordOf(record).State)
	}
	return record
}

// sender is a running pod of a record's pass.
func (w *world) sender(record string, index int) *corev1.Pod {
	w.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: apitest.OperatorNamespace, GenerateName: "sender-",
			Labels: map[string]string{
				crier.LabelRecord: record, crier.LabelComponent: crier.ComponentSender,
				crier.LabelAttempt: w.recordOf(record).State.Frozen.Attempt, crier.LabelWorker: strconv.Itoa(index),
			},
		},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: new(false),
			Containers:                   []corev1.Container{{Name: "sender", Image: "example.gov/crier:1"}},
		},
	}
	w.Create(pod)
	w.phase(pod, corev1.PodRunning)
	return pod
}

// twoWorkers makes the pass one of two pods, as if it had more shards.
func (w *world) twoWorkers(record string) {
	w.Helper()
	r := w.recordOf(record)
	r.State.Pass.Workers, r.State.Pass.Connections = 2, 5
	must(w, api.Update(w.Context(), r))
}

func (w *world) connectionOf(record string) *corev1.Secret {
	w.Helper()
	secret := &corev1.Secret{}
	name := names.HandoutSecretName(record, w.recordOf(record).State.Frozen.Attempt)
	if err := api.Get(w.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, secret); err != nil {
		w.Fatal(err)
	}
	return secret
}

// rationOf is what a pod is shown.
func (w *world) rationOf(record string, pod *corev1.Pod) share.Ration {
	w.Helper()
	rations, err := share.DecodeRations(w.connectionOf(record).Data[names.RationsKey])
	if err != nil {
		w.Fatal(err)
	}
	return rations[string(pod.UID)]
}

func (w *world) limits(change func(*crier.RelayLimits)) {
	w.Helper()
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { change(&r.Spec.Limits) })
	w.prepare()
}

// Only the first pod sends until something has come of it; then all do. The
// credentials beside the rations stay what they are.
func TestRationsBeginWithOnePod(t *testing.T) {
	w := newWorld(t, 300)
	record := w.begin("news")
	w.twoWorkers(record)
	sharer := w.sharer()
	second, first := w.sender(record, 1), w.sender(record, 0)
	w.divide(sharer)
	one := w.rationOf(record, first)
	if one.Connections == 0 || w.rationOf(record, second).Seq != 0 {
		t.Fatalf("got %+v and %+v", one, w.rationOf(record, second))
	}
	w.Advance(2 * time.Second)
	w.divide(sharer)
	if again := w.rationOf(record, first); again.Seq <= one.Seq {
		t.Errorf("got %+v after %+v: a pod doesn't use the one that it finds first", again, one)
	}
	w.send(record, 10, accepted)
	w.carry(record)
	w.divide(sharer)
	a, b := w.rationOf(record, first), w.rationOf(record, second)
	if a.Connections != 5 || b.Connections != 5 {
		t.Errorf("got %+v and %+v", a, b)
	}
	if c, err := handout.Decode(w.connectionOf(record).Data[names.HandoutKey]); err != nil || !c.Allowed || c.Host == "" {
		t.Errorf("connection %+v, %v", c, err)
	}
}

// A manager that takes over gives nobody what a lost pod may still use, and
// the book is gone when nothing runs any more.
func TestSharesOutliveTheManager(t *testing.T) {
	w := newWorld(t, 300)
	record := w.begin("news")
	lost := w.sender(record, 0)
	w.send(record, 10, accepted)
	w.carry(record)
	w.divide(w.sharer())
	if g := w.rationOf(record, lost); g.Connections == 0 {
		t.Fatal("no grant")
	}
	w.gone(lost)
	next := w.sender(record, 0)
	for range 10 {
		w.Advance(5 * time.Second)
		w.divide(w.sharer())
		if g := w.rationOf(record, next); g.Connections > 0 {
			t.Fatalf("got %+v beside a pod that may still send", g)
		}
	}
	w.Advance(share.Term)
	w.divide(w.sharer())
	if g := w.rationOf(record, next); g.Connections != 10 {
		t.Errorf("got %+v", g)
	}
	// A pod that has ended needs nothing any more.
	w.phase(next, corev1.PodSucceeded)
	w.over(accepted)
	sharer := w.sharer()
	for range 3 {
		w.Advance(share.Term + share.Margin)
		w.divide(sharer)
	}
	book := &corev1.Secret{}
	name := sharebook.Name(crier.NamespacedReference{Namespace: w.NS, Name: "main"})
	err := api.Get(t.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, book)
	if !apierrors.IsNotFound(err) {
		t.Errorf("the book is still there: %v %s", err, book.Data)
	}
}

// A pod that is deleted ends between two looks: the watch has seen it, and what it had is free.
func TestAPodThatWasSeenToEndKeepsNothing(t *testing.T) {
	w := newWorld(t, 300)
	record := w.begin("news")
	old := w.sender(record, 0)
	w.send(record, 10, accepted)
	w.carry(record)
	sharer := w.sharer()
	w.divide(sharer)
	w.gone(old)
	next := w.sender(record, 0)
	w.divide(sharer)
	if g := w.rationOf(record, next); g.Connections > 0 {
		t.Fatalf("got %+v beside a pod that may still send", g)
	}
	relay := client.ObjectKey{Namespace: w.NS, Name: "main"}
	if requests := sharer.PodEnded(w.Context(), old); len(requests) != 1 || requests[0].NamespacedName != relay {
		t.Errorf("it brings up %v", requests)
	}
	w.divide(sharer)
	if g := w.rationOf(record, next); g.Connections != 10 {
		t.Errorf("got %+v", g)
	}
}

// A manager that is frozen between its book and a board posts nothing once
// another has taken over.
func TestAFrozenManagerPostsNothing(t *testing.T) {
	w := newWorld(t, 300)
	record := w.begin("news")
	lost := w.sender(record, 0)
	board := names.HandoutSecretName(record, w.recordOf(record).State.Frozen.Attempt)
	var next *corev1.Pod
	frozen := w.sharer()
	frozen.Client = interceptor.NewClient(api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			if obj.GetName() != board {
				return c.Update(ctx, obj, opts...)
			}
			// Meanwhile its pod is lost, and another manager gives all to the next.
			w.gone(lost)
			next = w.sender(record, 0)
			other := w.sharer()
			for range 50 {
				w.Advance(2 * time.Second)
				w.divide(other)
			}
			return c.Update(ctx, obj, opts...)
		},
	})
	w.divide(frozen)
	if next == nil {
		t.Fatal("nothing was posted")
	}
	if g := w.rationOf(record, lost); g.Seq != 0 {
		t.Errorf("the lost pod finds %+v", g)
	}
	if g := w.rationOf(record, next); g.Connections != 10 {
		t.Errorf("the next one finds %+v", g)
	}
}

func grantUrgent(w *world) {
	w.Helper()
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants[0].Urgent = true })
	w.prepare()
}

func urgent(b *crier.Broadcast) { b.Spec.Priority = crier.PriorityUrgent }

// An urgent message starts at once beside one that uses all of the Relay, and
// gets most of it when the other's rations are over.
func TestUrgentGoesFirst(t *testing.T) {
	w := newWorld(t, 400)
	grantUrgent(w)
	slow := w.begin("slow")
	pod := w.sender(slow, 0)
	sharer := w.sharer()
	w.send(slow, 10, accepted)
	w.carry(slow)
	for range 10 {
		w.Advance(2 * time.Second)
		w.divide(sharer)
	}
	if g := w.rationOf(slow, pod); g.Connections < 5 {
		t.Fatalf("got %+v", g)
	}
	alarm := w.begin("alarm", urgent)
	first := w.sender(alarm, 0)
	w.divide(sharer)
	if g := w.rationOf(alarm, first); g.Connections == 0 {
		t.Fatal("an urgent message waits for others")
	}
	w.send(alarm, 10, accepted)
	w.carry(alarm)
	second := w.sender(alarm, 1)
	for range 50 {
		w.Advance(2 * time.Second)
		w.divide(sharer)
	}
	a, b := w.rationOf(alarm, first), w.rationOf(alarm, second)
	if got := a.Connections + b.Connections; got < 7 {
		t.Errorf("the urgent message has %d of 10 connections", got)
	}
	if g := w.rationOf(slow, pod); g.Connections > 3 || g.Connections == 0 {
		t.Errorf("the other one has %+v", g)
	}
	// Withdrawn, it goes on as any other.
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants[0].Urgent = false })
	w.carry(alarm)
	if p := w.recordOf(alarm).State.Priority; p != crier.PriorityNormal {
		t.Errorf("priority is %s", p)
	}
}

func TestUrgentMustBeGranted(t *testing.T) {
	w := newWorld(t, 3)
	b := w.Broadcast()
	urgent(b)
	w.Create(b)
	w.look(crier.ReasonPriorityNotAllowed, "grant with urgent: true")
	w.stage(crier.RecordRegistered)
	grantUrgent(w)
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())
	if p := w.record().State.Priority; p != crier.PriorityUrgent {
		t.Errorf("priority is %q", p)
	}
	// It is no part of the content, and can change when that can't.
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Priority = crier.PriorityNormal })
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())
	if p := w.record().State.Priority; p != crier.PriorityNormal {
		t.Errorf("priority is %q", p)
	}
}

// A pass whose pods get nothing says so.
func TestWaitingForAShareIsSaid(t *testing.T) {
	w := newWorld(t, 100)
	w.limits(func(l *crier.RelayLimits) { l.MaxConnections = 1 })
	a, b := w.begin("first"), w.begin("news")
	sharer := w.sharer()
	w.sender(a, 0)
	w.send(a, 90, accepted)
	w.carry(a)
	w.divide(sharer)
	w.sender(b, 0)
	w.divide(sharer)
	w.Advance(30 * time.Second)
	w.divide(sharer)
	w.carry(b)
	w.look(crier.ReasonRelayBusy, "Waiting for a share")
	w.send(b, 1, accepted)
}

// troubled has a sender report trouble in the first shard.
func (w *world) troubled(record string, trouble crier.RelayTrouble) {
	w.Helper()
	shard := w.shards(w.recordOf(record))[0]
	trouble.Since = metav1.NewTime(w.Clock.Now())
	shard.State.Trouble = &trouble
	w.updateShard(&shard)
	w.carry(record)
}

// A quota of the relay pauses all that is sent through it, and it goes on by itself.
func TestQuotaPausesTheRelay(t *testing.T) {
	w := newWorld(t, 100)
	record := w.begin("news")
	pod := w.sender(record, 0)
	sharer := w.sharer()
	w.divide(sharer)
	w.troubled(record, crier.RelayTrouble{Cause: string(outcome.CauseQuota), Message: "452 4.5.3 daily quota"})
	w.divide(sharer)
	w.carry(record)
	until := w.Clock.Now().Add(15 * time.Minute).UTC().Format(time.RFC3339)
	w.look(crier.ReasonRelayTrouble, "continues by itself at "+until)
	last := w.rationOf(record, pod).Seq
	for range 10 {
		w.Advance(time.Minute)
		w.divide(sharer)
	}
	if g := w.rationOf(record, pod); g.Seq != last {
		t.Fatalf("granted in the pause: %+v", g)
	}
	w.Advance(6 * time.Minute)
	w.divide(w.sharer())
	if g := w.rationOf(record, pod); g.Seq == last {
		t.Fatal("it never goes on")
	}
	w.Advance(2 * time.Minute)
	w.divide(w.sharer()) // still the same trouble
	w.carry(record)
	until = w.Clock.Now().Add(30 * time.Minute).UTC().Format(time.RFC3339)
	w.look(crier.ReasonRelayTrouble, "continues by itself at "+until)
	if totals := w.recordOf(record).State.Totals; totals.Pending != 100 {
		t.Errorf("attempts were counted: %+v", totals)
	}
}

// A login that one sender was refused is not tried by the others.
func TestARefusedLoginIsToldToAll(t *testing.T) {
	w := newWorld(t, 100)
	a, b := w.begin("first"), w.begin("news")
	w.troubled(a, crier.RelayTrouble{Cause: string(outcome.CauseAuthenticationFailed), Settings: "sha256:1"})
	w.divide(w.sharer())
	w.carry(b)
	if c, err := handout.Decode(w.connectionOf(b).Data[names.HandoutKey]); err != nil || c.LoginRefused != "sha256:1" {
		t.Errorf("connection %+v, %v", c, err)
	}
}

// A resend that selects nobody runs no pod.
func TestResendToNobodyStartsNothing(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Resend = &crier.Resend{Token: "a", Only: crier.ResendFailed, NotAfter: metav1.NewTime(start.Add(time.Hour))}
	})
	if _, err := w.tryBroadcast(); err != nil {
		t.Fatal(err)
	}
	w.carry(w.recordName())
	record := w.stage(crier.RecordFinished)
	if record.State.Pass.Number != 1 || record.State.Result != crier.ReasonSent || record.State.Resend.Token != "a" {
		t.Errorf("got %+v", record.State)
	}
	w.look(crier.ReasonSent, `The resend "a" found nobody to send to (only: Failed).`)
}

// New credentials reach the senders when the manager has logged in with them.
func TestNewCredentialsAreTriedOnceFirst(t *testing.T) {
	w := newWorld(t, 100)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "login", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		StringData: map[string]string{"username": "crier", "password": "old"},
	}
	w.Create(secret)
	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) {
		r.Spec.Auth = &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}}
	})
	w.prepare()
	record := w.begin("news")
	password := func() string {
		c, err := handout.Decode(w.connectionOf(record).Data[names.HandoutKey])
		must(w, err)
		return c.Password
	}
	apitest.Edit(w, "login", &corev1.Secret{}, func(s *corev1.Secret) { s.Data["password"] = []byte("new") })
	w.carry(record)
	if got := password(); got != "old" {
		t.Fatalf("senders have %q, which nobody has tried", got)
	}
	w.prepare()
	w.carry(record)
	if got := password(); got != "new" {
		t.Errorf("senders still have %q", got)
	}
}
