package simulation

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/lifecycle"
)

// standing is the token of a resend that is there before anything is frozen.
const standing = "standing"

// requests is as much of the controller of Broadcasts as acts on one that is
// frozen: who it is, and whether it asks for a resend.
type requests struct {
	client.Client
	clock *nodeClock
}

func (r requests) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	b, known := &crier.Broadcast{}, &crier.DeliveryRecord{}
	if err := r.Get(ctx, client.ObjectKey{Namespace: tenant, Name: broadcast}, b); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if err := r.Get(ctx, client.ObjectKey{Name: record}, known); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	now, state := r.clock.Now(), &known.State
	claim := lifecycle.Claim{UID: string(b.UID), NamespaceUID: "uid-tenant", Spec: b.Spec}
	switch lifecycle.Identify(claim, state, now) {
	case lifecycle.Same:
	case lifecycle.Adopted:
		state.BroadcastUID, state.GoneAt, state.Stop = string(b.UID), nil, nil
		return ctrl.Result{RequeueAfter: time.Second}, ignoreConflict(r.Update(ctx, known))
	default:
		return ctrl.Result{}, nil
	}
	idle := state.Stage == crier.RecordFinished || state.Pass == nil || state.Pass.EndedAt != nil
	if !idle || !lifecycle.NewResend(state, b.Spec.Resend) || lifecycle.RefuseResend(state, b.Spec.Resend, state.CompactedAt == nil, now) != "" {
		return ctrl.Result{}, nil
	}
	lifecycle.Reopen(state, b.Spec.Resend, now)
	return ctrl.Result{RequeueAfter: time.Second}, ignoreConflict(r.Update(ctx, known))
}

func ignoreConflict(err error) error {
	if apierrors.IsConflict(err) {
		return nil
	}
	return err
}

func (w *world) request(token string, only crier.ResendSelection) *crier.Resend {
	until := time.Now().Add(w.plan.deadline + w.plan.managerSkew)
	return &crier.Resend{Token: token, Only: only, NotAfter: metav1.NewTime(until.Truncate(time.Second))}
}

// put has the Broadcast ask for a resend; nil takes the request away.
func (w *world) put(resend *crier.Resend) {
	edit(w.api, tenant, broadcast, func(b *crier.Broadcast) { b.Spec.Resend = resend })
}

// repeat puts requests back that were carried out, or stood there before anything was
// frozen, as Git does that goes back and forth: nothing comes of it, also not for
// a Broadcast that was deleted and created again with it.
func (w *world) repeat(d *dice, used []string) {
	if !d.chance(w.plan.repeats) {
		return
	}
	before := w.taken()
	for range d.n(4) + 1 {
		token := of(d, used...)
		resend := w.request(token, of(d, crier.ResendAll, crier.ResendFailed, crier.ResendUnknown, crier.ResendRemaining))
		switch d.n(3) {
		case 0:
			w.tell("author", "takes the resend away, and puts %s back", token)
			w.put(nil)
			time.Sleep(d.between(0, 3*time.Minute))
			w.put(resend)
		case 1:
			w.tell("author", "asks for %s again", token)
			w.put(resend)
		case 2:
			w.tell("author", "deletes the Broadcast and creates it again, with %s", token)
			_ = w.api.delete("Broadcast", tenant, broadcast, nil, nil) // it is there
			time.Sleep(of(d, 0, d.between(0, 5*time.Minute)))
			w.create(&crier.Broadcast{ObjectMeta: metav1.ObjectMeta{Namespace: tenant, Name: broadcast}, Spec: crier.BroadcastSpec{Resend: resend}})
		}
		time.Sleep(d.between(0, 10*time.Minute))
	}
	time.Sleep(10 * time.Minute)
	if now := w.taken(); now != before || w.state().Stage != crier.RecordFinished {
		w.wrong("%d messages were sent for a token that had been used", now-before)
	}
}

// carriedOut notes that a request was. It is called with the server's lock held.
func (w *world) carriedOut(resend *crier.RecordResend) {
	w.tell("record", "resends %s, for %s", resend.Only, resend.Token)
	w.resent++
	if w.tokens[resend.Token]++; w.tokens[resend.Token] > 1 || resend.Token == standing {
		w.wrong("the token %s acts again", resend.Token)
	}
	if resend.Only == crier.ResendUnknown {
		w.books.requests++
	}
}

// resend asks for one, and waits until that is heard.
func (w *world) resend(n int) {
	only := of(w.dice, crier.ResendRemaining, crier.ResendFailed, crier.ResendUnknown, crier.ResendUnknown, crier.ResendAll)
	if lifecycle.Reachable(w.state()).Pending > 0 && (only == crier.ResendFailed || only == crier.ResendUnknown) {
		only = crier.ResendRemaining
	}
	token := tokenOf(n)
	w.tell("author", "asks for a resend of %s, %s", only, token)
	request := w.request(token, only)
	w.put(request)
	until := w.latest()
	for s := w.state(); s.Resend == nil || s.Resend.Token != token; s = w.state() {
		if time.Now().After(until) {
			if request.NotAfter.After(w.start.Add(w.plan.peace)) {
				w.wrong("the resend %s is not carried out", token)
			}
			return // it may have been too late before anybody heard of it
		}
		time.Sleep(time.Second)
	}
}

func tokenOf(n int) string { return fmt.Sprintf("again-%d", n) }
