//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/smtptest"
)

const otherRelease = "herald"

// testChart upgrades, uninstalls and installs again, under the same and under another name, and
// checks each time that what was sent is remembered.
func testChart(t *testing.T) {
	const n = 5
	w := newWorld(t, smtptest.Script{})
	w.standard(n)
	original := w.broadcast("kept")
	w.kubectl(w.manifest(original), "apply", "-f", "-")
	w.shown("kept", n)

	w.must(setup.Install(w.ctx, harness.Release, append(harness.ForTests, "--set", "manager.logLevel=debug")...))
	w.again(original, n)

	w.must(setup.Uninstall(w.ctx, harness.Release))
	w.left(original.Name)
	w.must(setup.Install(w.ctx, harness.Release, harness.ForTests...))
	w.again(original, n)

	w.must(setup.Uninstall(w.ctx, harness.Release))
	w.left(original.Name)
	w.must(setup.Install(w.ctx, otherRelease, harness.ForTests...))
	w.again(original, n)
	w.create(w.broadcast("after"))
	w.finished("after")

	w.must(setup.Uninstall(w.ctx, otherRelease))
	w.must(setup.Install(w.ctx, harness.Release, harness.ForTests...))
}

// again deletes and applies the Broadcast, and checks that the earlier result is shown.
func (w *world) again(original *crier.Broadcast, n int64) {
	w.Helper()
	w.kubectl("", "delete", "broadcast", original.Name)
	w.kubectl(w.manifest(original), "apply", "-f", "-")
	w.shown(original.Name, n)
}

// left checks what an uninstall leaves: the kinds, the users' objects and the records.
func (w *world) left(name string) {
	w.Helper()
	b := w.broadcast(name)
	w.get(b)
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: b.Status.Record}}
	w.get(record)
	if record.State.Stage != crier.RecordFinished {
		w.Errorf("the record is %s", record.State.Stage)
	}
	out, err := kube.Kubectl(w.ctx, "", "get", "deployments,serviceaccounts", "-n", harness.Namespace, "-o", "name")
	w.must(err)
	if strings.Contains(out, "manager") {
		w.Errorf("left behind: %s", out)
	}
}
