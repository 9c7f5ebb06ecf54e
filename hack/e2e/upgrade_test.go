//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

// TestUpgrade upgrades from an earlier release in the middle of sending: make test-upgrade.
func TestUpgrade(t *testing.T) {
	if os.Getenv("CRIER_E2E_UPGRADE") != "1" {
		t.Skip("make test-upgrade")
	}
	onNode(t)
	from := earlier(t)
	if err := setup.Uninstall(t.Context(), harness.Release); err != nil {
		t.Fatal(err)
	}
	if err := from.Install(t.Context(), harness.Release, harness.ForTests...); err != nil {
		t.Fatal(err)
	}
	sent := newWorld(t, smtptest.Script{})
	sent.standard(5)
	original := sent.broadcast("sent")
	manifest := sent.manifest(original)
	sent.create(original)
	sent.finished("sent")
	refused := newWorld(t, smtptest.Script{Rules: []smtptest.Rule{
		{Regexp: `^u000[0-4]@`, First: 1, Code: 451, Enhanced: "4.7.1", Text: "greylisted, come back later"},
	}})
	refused.standard(20)
	refused.create(refused.broadcast("refused"))
	refused.until(refused.broadcast("refused"), crier.ConditionReconciling, metav1.ConditionTrue, crier.ReasonRetrying)

	const people, conns = 3 * shard, 30
	storm := newWorld(t, pace(people, conns, 10*time.Minute)) // hurried when the upgrade is over
	b := storm.start(people, conns, people/20)
	old := storm.someSenders(b.Status.Record, 3)
	if err := setup.Install(t.Context(), harness.Release, harness.ForTests...); err != nil {
		t.Fatal(err)
	}
	storm.by(setup.Image, storm.managers())
	still := storm.senders(b.Status.Record)
	storm.by(from.Image, still)
	if len(still) != len(old) {
		t.Errorf("%d of %d pods of the earlier release go on", len(still), len(old))
	}
	storm.evict(still[0]) // its successor is of the earlier release too
	storm.someSenders(b.Status.Record, len(old))
	if storm.tally().Accepted >= people {
		t.Fatal("all was sent before the upgrade")
	}
	storm.hurry()
	storm.audit(storm.finished(b.Name), bounds{people: people})
	refused.accounted(refused.finished("refused"), 20, 0)

	before := sent.tally()
	sent.kubectl(manifest, "replace", "--force", "-f", "-")
	sent.shown("sent", 5)
	sent.still(before)
	sent.get(original)
	sent.resend(original, crier.ResendAll)
	sent.stored(2*5 + 1) // the report of the first time is the one more
}

// by says that pods run an image.
func (w *world) by(image string, pods []corev1.Pod) {
	w.Helper()
	for _, pod := range pods {
		if got := pod.Spec.Containers[0].Image; got != image && !strings.HasSuffix(got, "/"+image) {
			w.Errorf("%s is of %s, not of %s", pod.Name, got, image)
		}
	}
}

// earlier builds the release of hack/upgrade/FROM, and gives the cluster its image.
func earlier(t *testing.T) *harness.Setup {
	t.Helper()
	run := func(folder, name string, args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), name, args...)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(setup.Root, "hack", "upgrade", "FROM"))
	if err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(string(text))
	from := *setup
	from.Image, from.Root = "crier:from", filepath.Join(setup.Root, "bin", "upgrade", commit)
	if _, err := os.Stat(from.Root); err != nil {
		run(setup.Root, "git", "worktree", "prune")
		run(setup.Root, "git", "worktree", "add", "--detach", from.Root, commit)
	}
	run(from.Root, "make", "image", "LOCAL_IMAGE="+from.Image)
	run(from.Root, "ln", "-sf", filepath.Join(setup.Root, "bin", "helm"), filepath.Join(from.Root, "bin", "helm"))
	if err := setup.Cluster(t.Context(), "load", filepath.Join(from.Root, "bin", "crier-image.tar")); err != nil {
		t.Fatal(err)
	}
	return &from
}
