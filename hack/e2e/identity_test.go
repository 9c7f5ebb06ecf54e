//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/smtptest"
)

// manifest is a Broadcast as a file that kubectl reads.
func (w *world) manifest(b *crier.Broadcast) string {
	w.Helper()
	b = b.DeepCopy()
	b.APIVersion, b.Kind = crier.GroupVersion.String(), "Broadcast"
	raw, err := yaml.Marshal(map[string]any{
		"apiVersion": b.APIVersion, "kind": b.Kind,
		"metadata": map[string]string{"name": b.Name, "namespace": b.Namespace}, "spec": b.Spec,
	})
	w.must(err)
	return string(raw)
}

func (w *world) kubectl(stdin string, args ...string) string {
	w.Helper()
	out, err := kube.Kubectl(w.ctx, stdin, append(args, "-n", w.namespace)...)
	w.must(err)
	return out
}

// shown waits until a Broadcast made anew shows the earlier result, and checks that nothing went
// out for it, the report neither.
func (w *world) shown(name string, n int64) {
	w.Helper()
	b := w.finished(name)
	if b.Status.Totals == nil || b.Status.Totals.Accepted != n {
		w.Errorf("the earlier result isn't shown: %+v", b.Status)
	}
	w.accounted(b, n, 0)
	w.onlyMail(w.owner)
}

func testDeletedAndAppliedAgain(t *testing.T) {
	const n = 20
	w := newWorld(t, smtptest.Script{})
	w.standard(n)
	original := w.broadcast("notice")
	w.kubectl(w.manifest(original), "apply", "-f", "-")
	w.shown("notice", n)

	w.kubectl("", "delete", "broadcast", "notice")
	w.kubectl(w.manifest(original), "apply", "-f", "-")
	w.shown("notice", n)

	w.kubectl(w.manifest(original), "replace", "--force", "-f", "-")
	w.shown("notice", n)

	changed := original.DeepCopy()
	changed.Spec.Content.Text = "Something else.\n"
	out, err := kube.Kubectl(w.ctx, w.manifest(changed), "apply", "-f", "-")
	if err == nil || !strings.Contains(out, "new name") {
		w.Errorf("a change after sealing: %v, %s", err, out)
	}
	w.kubectl("", "delete", "broadcast", "notice")
	w.kubectl(w.manifest(changed), "apply", "-f", "-")
	c := w.until(changed, crier.ConditionStalled, metav1.ConditionTrue, crier.ReasonNameReused)
	if !strings.Contains(c.Message, "new name") {
		w.Errorf("the message doesn't say what to do: %s", c.Message)
	}
	if count := w.tally(); count.Accepted != n || count.Duplicates > 0 {
		w.Errorf("something was sent again: %+v", count)
	}
}

func testEditedBeforeSealing(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(5)
	b := w.broadcast("draft")
	b.Spec.Suspend = true
	w.create(b)
	w.until(b, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonSuspended)
	if b.Status.Audience == nil || b.Status.Audience.Recipients != 5 {
		w.Errorf("the audience isn't shown before sending: %+v", b.Status.Audience)
	}
	patch(w, b, func(b *crier.Broadcast) { b.Spec.Content.Text = "The final words.\n" })
	w.until(b, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonSuspended)
	w.silent()
	patch(w, b, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	w.accounted(w.finished("draft"), 5, 0)
	if text := w.onlyMail("u0003@" + w.domain).Body("text/plain"); !strings.Contains(text, "The final words.") {
		w.Errorf("sent: %s", text)
	}
}

func testScheduled(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(5)
	b := w.broadcast("later")
	at := metav1.NewTime(time.Now().Add(30 * time.Minute).Truncate(time.Second))
	b.Spec.SendAt = &at
	w.create(b)
	w.until(b, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonScheduled)
	w.silent()
	soon := metav1.NewTime(time.Now().Add(4 * time.Second).Truncate(time.Second))
	patch(w, b, func(b *crier.Broadcast) { b.Spec.SendAt = &soon })
	b = w.finished("later")
	w.accounted(b, 5, 0)
	if b.Status.StartedAt == nil || b.Status.StartedAt.Before(&soon) {
		w.Errorf("started at %s, before %s", b.Status.StartedAt, soon)
	}
}
