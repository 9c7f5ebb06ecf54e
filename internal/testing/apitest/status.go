package apitest

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// status is that of an object of any of the kinds that people write.
type status struct {
	whole      any
	conditions *[]metav1.Condition
	observed   *int64
}

func statusOf(obj client.Object) status {
	switch o := obj.(type) {
	case *crier.Broadcast:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	case *crier.MailingList:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	case *crier.MessageTemplate:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	case *crier.Relay:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	case *crier.SubscriberSet:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	case *crier.Suppression:
		return status{&o.Status, &o.Status.Conditions, &o.Status.ObservedGeneration}
	}
	panic(fmt.Sprintf("%T has no conditions", obj)) // a mistake in the test
}

// Check says whether generic tools understand the status of an object, and
// that it shows none of Never.
func (w *World) Check(obj client.Object) {
	w.Helper()
	if err := understood(obj, w.Never); err != nil {
		w.Fatal(err)
	}
}

// Expect checks the reason of Ready, and that its message has those words.
func (w *World) Expect(obj client.Object, reason, words string) {
	w.Helper()
	if err := unlike(obj, crier.ConditionReady, "", reason, words); err != nil {
		w.Fatal(err)
	}
}

// ExpectOf checks any condition: that it is there, and its status, reason and
// some of its words.
func (w *World) ExpectOf(obj client.Object, kind string, status metav1.ConditionStatus, reason, words string) {
	w.Helper()
	if err := unlike(obj, kind, status, reason, words); err != nil {
		w.Fatal(err)
	}
}

// Ready is the condition Ready of an object, which must have one.
func (w *World) Ready(obj client.Object) metav1.Condition {
	w.Helper()
	c := meta.FindStatusCondition(*statusOf(obj).conditions, crier.ConditionReady)
	if c == nil {
		w.Fatalf("%s has no condition Ready", obj.GetName())
	}
	return *c
}

func understood(obj client.Object, never []string) error {
	s := statusOf(obj)
	if err := reconcile.Check(*s.conditions, *s.observed, obj.GetGeneration()); err != nil {
		return fmt.Errorf("%s: %w", obj.GetName(), err)
	}
	text, err := json.Marshal(s.whole)
	for _, word := range never {
		if strings.Contains(string(text), word) {
			return fmt.Errorf("%s: %q is in the status: %s", obj.GetName(), word, text)
		}
	}
	return err
}

// unlike says what is wrong with a condition; the empty status is any.
func unlike(obj client.Object, kind string, status metav1.ConditionStatus, reason, words string) error {
	c := meta.FindStatusCondition(*statusOf(obj).conditions, kind)
	if c == nil {
		return fmt.Errorf("%s has no condition %s, want %s with %q", obj.GetName(), kind, reason, words)
	}
	if status != "" && c.Status != status || c.Reason != reason || !strings.Contains(c.Message, words) {
		return fmt.Errorf("%s of %s is %s, %s %q, want %s %s with %q", kind, obj.GetName(), c.Status, c.Reason, c.Message, status, reason, words)
	}
	return nil
}
