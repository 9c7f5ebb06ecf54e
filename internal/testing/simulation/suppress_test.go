package simulation

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
)

const leavers = "left"

// leave has people suppressed in the middle, one after the other.
func (w *world) leave(d *dice) {
	var all []string
	for range w.plan.leavers {
		time.Sleep(of(d, d.between(0, 20*time.Second), d.between(0, 2*time.Minute), d.between(0, w.plan.peace)))
		shard := d.n(w.plan.shards)
		address := addressOf(shard, d.n(w.plan.recipients/w.plan.shards))
		if slices.Contains(all, address) {
			continue
		}
		all = append(all, address)
		w.declareLeft(d, address, all)
	}
}

// declareLeft is what a person does, and then the controller of Suppressions.
func (w *world) declareLeft(d *dice, address string, all []string) {
	w.tell("author", "suppresses %s", address[:4])
	w.relay.mu.Lock()
	w.relay.people[address].left = time.Now()
	w.relay.mu.Unlock()
	generation := int64(len(all))
	if generation == 1 {
		w.create(&crier.Suppression{
			ObjectMeta: metav1.ObjectMeta{Namespace: tenant, Name: leavers, Generation: 1},
			Spec:       crier.SuppressionSpec{Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Reason: crier.SuppressedUnsubscribed},
		})
	} else {
		edit(w.api, tenant, leavers, func(s *crier.Suppression) { s.Generation = generation })
	}
	time.Sleep(of(d, 0, d.between(0, time.Second), d.between(0, 30*time.Second), d.between(0, 10*time.Minute)))
	rows := suppression.NewRows(suppression.Defaults{Reason: crier.SuppressedUnsubscribed}, time.Now())
	for _, a := range all {
		rows.Take(a, roster.Subscriber{Email: a})
	}
	sorted, err := rows.Sorted()
	if err != nil {
		panic(err)
	}
	var parts [][]byte
	digest, _, err := roster.EncodeRows(sorted, 1<<20, func(part []byte) error { parts = append(parts, part); return nil })
	if err != nil || len(parts) != 1 {
		panic(fmt.Sprintf("%d parts, %v", len(parts), err))
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: system, Name: names.SuppressionSecretName(tenant, leavers, digest, 0),
			Labels: map[string]string{crier.LabelComponent: crier.ComponentSuppression},
		},
		Data: map[string][]byte{names.RosterKey: parts[0]},
	}
	w.create(secret)
	w.mu.Lock()
	w.rosters = append(w.rosters, secret)
	w.mu.Unlock()
	edit(w.api, tenant, leavers, func(s *crier.Suppression) {
		s.Status.Roster = &crier.RosterStatus{Digest: digest, Generation: generation, Parts: 1}
		s.Status.Conditions = []metav1.Condition{{Type: crier.ConditionReady, Status: metav1.ConditionTrue, ObservedGeneration: generation}}
	})
}

// readAgain is what the controller of Suppressions does when a roster of its own
// is gone.
func (w *world) readAgain(d *dice) {
	time.Sleep(d.between(0, time.Minute))
	w.mu.Lock()
	rosters := slices.Clone(w.rosters)
	w.mu.Unlock()
	for _, secret := range rosters {
		_, _ = w.api.create(secret) // most are there
	}
}

// comeBack takes the suppression away.
func (w *world) comeBack() {
	_ = w.api.delete("Suppression", tenant, leavers, nil, nil) // there may be none
	for _, secret := range w.api.list("Secret", system, func(o client.Object) bool {
		return o.GetLabels()[crier.LabelComponent] == crier.ComponentSuppression
	}) {
		_ = w.api.delete("Secret", system, secret.GetName(), nil, nil) // nobody else would
	}
}

// observeBoard notes from when on senders can know who has left: their board
// says so, or that nobody knows. It is called with the server's lock held.
func (w *world) observeBoard(before, after client.Object) {
	if after == nil || after.GetName() != names.HandoutSecretName(record, attempt) {
		return
	}
	version := suppressionsOf(after)
	if before != nil && suppressionsOf(before) == version {
		return
	}
	var marks *suppression.Marks
	if obj := w.api.objects[objectID("Secret", system, names.MarksSecretName(record, attempt))]; obj != nil {
		var err error
		if marks, err = suppression.DecodeMarks(obj.(*corev1.Secret).Data[names.MarksKey]); err != nil {
			panic(err)
		}
	}
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	for _, p := range w.relay.people {
		if p.left.IsZero() || !p.told.IsZero() {
			continue
		}
		_, marked := marks.Suppressed(int32(p.shard), p.index)
		if version == handout.SuppressionsUnknown || marked && marks.Version == version {
			p.told = time.Now()
		}
	}
}

func suppressionsOf(board client.Object) string {
	c, err := handout.Decode(board.(*corev1.Secret).Data[names.HandoutKey])
	if err != nil {
		panic(err)
	}
	return c.Suppressions
}

// tooLate is how long after senders were told a message may still end: as long
// as their last look may be ago, and what the network takes.
const tooLate = ledger.Lease + 15*time.Second

// judgeLeaver: whoever is suppressed gets no message, but for what was on its
// way; and nobody else is taken for one.
func (w *world) judgeLeaver(when string, p *person, letter byte) {
	if letter == 's' && p.left.IsZero() {
		w.wrong("%s: %s is suppressed, and never left", when, p.address)
	}
	if letter == 's' {
		w.suppressed++
	}
	if p.told.IsZero() || w.wasLost(int32(p.shard)) {
		return // a sender that has read addresses before they were lost doesn't learn that
	}
	for _, d := range p.deliveries {
		if d.at.Sub(p.told) > tooLate && !d.by.slept(p.told, d.at) {
			w.wrong("%s: %s got the message %v after senders were told that he had left", when, p.address, d.at.Sub(p.told))
		}
	}
}

// slept says whether the container was frozen between two times: then a
// message may have been leaving all the while.
func (c *container) slept(from, to time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.wakes, func(k wake) bool {
		return k.frozen.Before(to) && (k.at.IsZero() || k.at.After(from))
	})
}
