//go:build e2e

package e2e

import (
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
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
	w.must(setup.Install(w.ctx, otherRelease, append(harness.ForTests, "--set", "watchNamespaces={"+w.namespace+"}")...))
	w.again(original, n)
	w.create(w.broadcast("after"))
	w.finished("after")
	w.servedAlone()

	w.must(setup.Uninstall(w.ctx, otherRelease))
	w.must(setup.Install(w.ctx, harness.Release, harness.ForTests...))
}

// servedAlone checks that an operator for this namespace alone can't read the Secrets of others.
func (w *world) servedAlone() {
	w.Helper()
	manager := w.token(harness.Namespace, otherRelease+"-crier-manager")
	for namespace, allowed := range map[string]bool{w.namespace: true, "kube-system": false, "": false} {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "get", Resource: "secrets"},
		}}
		w.must(manager.Client.Create(w.ctx, review))
		if review.Status.Allowed != allowed {
			w.Errorf("the manager may get Secrets in namespace %q: %t", namespace, review.Status.Allowed)
		}
	}
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
