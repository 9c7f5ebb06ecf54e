package harness

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Clear makes a namespace if it isn't there, and takes away the pods, Services and Secrets of
// these names that an earlier run left in it.
func (k *Kube) Clear(ctx context.Context, namespace string, names ...string) error {
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := k.Client.Create(ctx, space); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	for _, name := range names {
		meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
		for _, old := range []client.Object{&corev1.Pod{ObjectMeta: meta}, &corev1.Service{ObjectMeta: meta}, &corev1.Secret{ObjectMeta: meta}} {
			if err := k.Client.Delete(ctx, old); client.IgnoreNotFound(err) != nil {
				return err
			}
		}
	}
	return Wait(ctx, "the pods of an earlier run to end", time.Minute, func(ctx context.Context) (bool, string, error) {
		for _, name := range names {
			err := k.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &corev1.Pod{})
			if !apierrors.IsNotFound(err) {
				return false, name + " is still there", err
			}
		}
		return true, "", nil
	})
}

// LabelDemo marks the Broadcasts of demonstrations: on a cluster that others use, nothing else is
// taken for one of an earlier run.
const LabelDemo = "app.kubernetes.io/created-by"

// Demo is the value of LabelDemo.
const Demo = "crier-demo"

// Abandon deletes the Broadcasts that demonstrations that were broken off left unfinished in a
// namespace, and waits until nobody sends them: what they still sent would count as mail of the
// next run.
func (k *Kube) Abandon(ctx context.Context, namespace string) error {
	broadcasts := &crier.BroadcastList{}
	if err := k.Client.List(ctx, broadcasts, client.InNamespace(namespace)); err != nil {
		return err
	}
	for i := range broadcasts.Items {
		b := &broadcasts.Items[i]
		if !brokenOff(b) {
			continue
		}
		if err := k.Client.Delete(ctx, b); client.IgnoreNotFound(err) != nil {
			return err
		}
		if err := k.gone(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// brokenOff says whether a Broadcast is a demonstration's that came to no end.
func brokenOff(b *crier.Broadcast) bool { return b.Labels[LabelDemo] == Demo && !over(b) }

// gone waits until a deleted Broadcast and its sender pods are no more.
func (k *Kube) gone(ctx context.Context, b *crier.Broadcast) error {
	what := fmt.Sprintf("Broadcast %s/%s of an earlier run to end", b.Namespace, b.Name)
	return Wait(ctx, what, 5*time.Minute, func(ctx context.Context) (bool, string, error) {
		err := k.Client.Get(ctx, client.ObjectKeyFromObject(b), &crier.Broadcast{})
		if !apierrors.IsNotFound(err) {
			return false, "it is still there", err
		}
		if b.Status.Record == "" {
			return true, "", nil
		}
		pods := &corev1.PodList{}
		err = k.Client.List(ctx, pods, client.InNamespace(Namespace),
			client.MatchingLabels{crier.LabelRecord: b.Status.Record, crier.LabelComponent: crier.ComponentSender})
		for _, pod := range pods.Items {
			if pod.Status.Phase == corev1.PodRunning || pod.Status.Phase == corev1.PodPending {
				return false, "pod " + pod.Name + " is still there", err
			}
		}
		return err == nil, "", err
	})
}
