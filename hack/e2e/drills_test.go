//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/smtptest"
)

// TestDrills loses what docs/disasters.md is about: make test-drills. Each drill takes the whole
// cluster, so they are no part of the other cases.
func TestDrills(t *testing.T) {
	if os.Getenv("CRIER_E2E_DRILLS") != "1" {
		t.Skip("make test-drills")
	}
	onNode(t)
	if err := setup.Install(t.Context(), harness.Release, forDrills...); err != nil {
		t.Fatal(err)
	}
	inTurn(t, []testCase{
		{"ManagerAway", testManagerAway},
		{"Velero", testVelero},
		{"KindsMadeAnew", testKindsMadeAnew},
		{"EtcdPutBack", testEtcdPutBack}, // last: some of the cluster may not notice it
	})
}

// limit is how long nobody may write the heartbeat; the least that the manager takes.
const limit = 2 * time.Minute

// forDrills turns on what the other tests turn off.
var forDrills = append(harness.ForTests[:len(harness.ForTests):len(harness.ForTests)], "--set", "manager.staleLedgerAfter=2m")

// administrator is one who may pass the guards.
func (w *world) administrator() client.Client {
	w.Helper()
	config := rest.CopyConfig(kube.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "somebody", Groups: []string{"system:masters", harness.BreakGlass}}
	c, err := client.New(config, client.Options{Scheme: kube.Client.Scheme()})
	w.must(err)
	return c
}

// ledger runs crier ledger as a person does, and shows what it says.
func (w *world) ledger(args ...string) string {
	w.Helper()
	command := exec.CommandContext(w.ctx, filepath.Join(setup.Root, "bin", "crier"), append([]string{"ledger"}, args...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+setup.Kubeconfig())
	out, err := command.CombinedOutput()
	w.Logf("crier ledger %s: %v\n%s", strings.Join(args, " "), err, out)
	return string(out)
}

// free lets go on what an earlier drill left held.
func (w *world) free() {
	w.Helper()
	w.ledger("release")
	w.must(harness.Wait(w.ctx, "a heartbeat that holds nothing", patience(), func(ctx context.Context) (bool, string, error) {
		lease, err := w.heartbeat(ctx)
		return err == nil && lease.Annotations[crier.AnnotationGapTo] == "", "it holds", err
	}))
}

func (w *world) heartbeat(ctx context.Context) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{}
	err := kube.Client.Get(ctx, client.ObjectKey{Namespace: harness.Namespace, Name: names.HeartbeatLease}, lease)
	return lease, err
}

// held waits until the Broadcast says that, and watches for a while that nothing more is sent.
func (w *world) held(name, reason string) {
	w.Helper()
	b := &crier.Broadcast{ObjectMeta: w.meta(name)}
	w.Logf("%s: %s", name, w.until(b, crier.ConditionStalled, metav1.ConditionTrue, reason).Message)
}

// still checks that nobody gets anything for a while, nor got it twice.
func (w *world) still(than harness.Count) {
	w.Helper()
	time.Sleep(20 * time.Second)
	now := w.tally()
	w.Logf("%d accepted then, %d now; %d twice", than.Accepted, now.Accepted, now.Duplicates)
	if now.Accepted != than.Accepted || now.Duplicates != than.Duplicates {
		w.Errorf("%+v, then %+v", than, now)
	}
}

func (w *world) scale(replicas string) {
	w.Helper()
	_, err := kube.Kubectl(w.ctx, "", "-n", harness.Namespace, "scale", "deployment/crier-manager", "--replicas="+replicas)
	w.must(err)
	w.must(harness.Wait(w.ctx, replicas+" managers", patience(), func(context.Context) (bool, string, error) {
		n := len(w.managers())
		return (n == 0) == (replicas == "0"), "", nil
	}))
}

// testManagerAway has nobody lead for an hour, by what the heartbeat says.
func testManagerAway(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.free()
	w.standard(5)
	w.create(w.broadcast("before"))
	w.finished("before")
	waits := w.broadcast("waits")
	waits.Spec.Suspend = true
	w.create(waits)
	w.until(waits, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonSuspended)
	w.scale("0")
	lease, err := w.heartbeat(w.ctx)
	w.must(err)
	lease.Spec.RenewTime = &metav1.MicroTime{Time: time.Now().Add(-time.Hour)}
	w.refused("a written heartbeat", kube.Client.Update(w.ctx, lease.DeepCopy()))
	w.must(w.administrator().Update(w.ctx, lease))
	w.scale("1")
	patch(w, waits, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	w.create(w.broadcast("new"))
	w.held("waits", crier.ReasonLedgerStale)
	w.held("new", crier.ReasonLedgerStale)
	due := w.broadcast("due")
	at := metav1.NewTime(time.Now().Add(5 * time.Second).Truncate(time.Second))
	due.Spec.SendAt = &at
	w.create(due)
	w.finished("due") // it can't have been sent before
	w.ledger("show")
	before := w.tally()
	w.still(before)
	w.ledger("release")
	w.finished("waits")
	w.finished("new")
	if got := w.tally(); got.Accepted != before.Accepted {
		w.Errorf("%+v, then %+v: other people", before, got)
	}
	w.ledger("show")
}

// testVelero restores, beside a manager that runs, what is older than what was sent: without
// status, owners and UIDs, with the label, in the order of the alphabet.
func testVelero(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.free()
	w.standard(5)
	w.create(w.broadcast("done"))
	w.finished("done")
	later := w.broadcast("later")
	later.Spec.Suspend = true
	w.create(later)
	w.until(later, crier.ConditionReady, metav1.ConditionTrue, crier.ReasonSuspended)
	done := w.broadcast("done")
	w.get(done)
	backup := []client.Object{w.bare(done), w.bare(later)}
	records := []client.Object{w.bare(w.record("done")), w.bare(w.record("later"))}
	patch(w, later, func(b *crier.Broadcast) { b.Spec.Suspend = false })
	w.finished("later")
	before := w.tally()

	person := w.administrator()
	for _, b := range []client.Object{done, later} {
		w.must(kube.Client.Delete(w.ctx, b))
	}
	for _, record := range records {
		w.must(person.Delete(w.ctx, &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: record.GetName()}}))
		w.must(harness.Wait(w.ctx, "a record to vanish", patience(), func(ctx context.Context) (bool, string, error) {
			err := kube.Client.Get(ctx, client.ObjectKeyFromObject(record), &crier.DeliveryRecord{})
			return apierrors.IsNotFound(err), "", client.IgnoreNotFound(err)
		}))
	}
	for _, obj := range backup {
		w.must(kube.Client.Create(w.ctx, obj))
	}
	w.held("done", crier.ReasonRestored)
	w.held("later", crier.ReasonRestored)
	for _, record := range records {
		w.must(person.Create(w.ctx, record))
	}
	w.until(w.broadcast("done"), crier.ConditionComplete, metav1.ConditionTrue, crier.ReasonSent)
	again := w.broadcast("later")
	patch(w, again, func(b *crier.Broadcast) { b.Spec.Suspend = false }) // as Git has it
	w.held("later", crier.ReasonRestored)
	w.ledger("show")
	w.still(before)
	w.ledger("release", "later", "-n", w.namespace) // a person's word: it goes to all of them again
	w.finished("later")
	if got := w.tally(); got.Duplicates != before.Duplicates+5 {
		w.Errorf("%+v, then %+v", before, got)
	}
}

// bare is an object as Velero restores it.
func (w *world) bare(obj client.Object) client.Object {
	meta := metav1.ObjectMeta{Namespace: obj.GetNamespace(), Name: obj.GetName(), Labels: map[string]string{crier.LabelRestored: "drill"}}
	for key, value := range obj.GetLabels() {
		meta.Labels[key] = value
	}
	switch o := obj.DeepCopyObject().(type) {
	case *crier.Broadcast:
		return &crier.Broadcast{ObjectMeta: meta, Spec: o.Spec}
	case *crier.DeliveryRecord:
		return &crier.DeliveryRecord{ObjectMeta: meta, Spec: o.Spec, State: o.State}
	}
	w.Fatalf("no backup of %T", obj)
	return nil
}

// testEtcdPutBack puts etcd back to before one Broadcast, into the middle of another whose senders
// run, and to after a third.
func testEtcdPutBack(t *testing.T) {
	const conns, people = 4, 600
	after := newWorld(t, smtptest.Script{})
	after.free()
	after.standard(5)
	after.create(after.broadcast("after"))
	after.finished("after")
	before := newWorld(t, smtptest.Script{})
	before.standard(5)
	w := newWorld(t, pace(people, conns, 8*time.Minute))
	b := w.start(people, conns, people/10)
	data := snapshot(w)
	w.Logf("etcd was copied when %d of %d were sent to", w.tally().Accepted, people)
	before.create(before.broadcast("before"))
	before.finished("before")
	time.Sleep(limit + 15*time.Second) // until the heartbeat of the copy is too old
	w.stored(people / 4)
	putBack(w, data)
	w.insist("the Broadcast from Git", func(ctx context.Context) error {
		return kube.Client.Create(ctx, before.broadcast("before"))
	})
	before.held("before", crier.ReasonLedgerStale)
	w.Log(w.until(b, crier.ConditionStalled, metav1.ConditionTrue, "").Message)
	w.must(harness.Wait(w.ctx, "the senders to end", patience(), func(context.Context) (bool, string, error) {
		pods := w.senders(b.Status.Record)
		return len(pods) == 0, "some run", nil
	}))
	after.until(after.broadcast("after"), crier.ConditionComplete, metav1.ConditionTrue, crier.ReasonSent)
	w.ledger("show")
	counts := []harness.Count{before.tally(), w.tally(), after.tally()}
	w.Logf("%d of %d were sent to", counts[1].Accepted, people)
	for i, one := range []*world{before, w, after} {
		one.still(counts[i])
		if twice := one.tally().Duplicates; twice > 0 {
			one.Errorf("%d messages twice without anybody's word", twice)
		}
	}
}

// etcdData is what etcd of the local cluster keeps.
const etcdData = "/var/lib/crier-cluster/etcd"

// snapshot copies etcd's data.
func snapshot(w *world) string {
	w.Helper()
	data := filepath.Join(w.TempDir(), "etcd")
	w.component("stop", "etcd")
	err := exec.CommandContext(w.ctx, "cp", "-a", etcdData, data).Run()
	w.component("start", "etcd")
	w.must(err)
	w.get(&crier.Relay{ObjectMeta: w.meta(relayName)})
	return data
}

// putBack puts a copy in its place, and starts what has seen later versions again.
func putBack(w *world, data string) {
	w.Helper()
	components := []string{"kube-controller-manager", "kube-scheduler", "kube-apiserver", "etcd"}
	for _, name := range components {
		w.component("stop", name)
	}
	w.must(os.RemoveAll(etcdData))
	w.must(exec.CommandContext(w.ctx, "cp", "-a", data, etcdData).Run())
	for i := range components {
		w.component("start", components[len(components)-1-i])
	}
	w.component("restart", "kubelet")
	w.component("restart", "kube-proxy")
	w.get(&crier.Relay{ObjectMeta: w.meta(relayName)})
}

// testKindsMadeAnew deletes the kinds with all that is in them, and makes them anew.
func testKindsMadeAnew(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.free()
	w.standard(5)
	b := w.broadcast("sent")
	w.create(b)
	w.finished("sent")
	before := w.tally()
	out, err := kube.Kubectl(w.ctx, "", "delete", "crd", "deliveryrecords.crier.dev", "broadcasts.crier.dev")
	if err == nil || !strings.Contains(out+err.Error(), "kinds.crier.dev") {
		w.Fatalf("the kinds weren't guarded: %v %s", err, out)
	}
	w.kubectl("", append([]string{"delete", "crd", "deliveryrecords.crier.dev", "deliveryshards.crier.dev", "broadcasts.crier.dev"}, breakGlass...)...)
	w.must(setup.Install(w.ctx, harness.Release, append(forDrills, "--set", "manager.logLevel=debug")...))
	w.insist("the Broadcast from Git", func(ctx context.Context) error {
		return kube.Client.Create(ctx, w.broadcast("sent"))
	})
	w.held("sent", crier.ReasonLedgerStale)
	w.ledger("show")
	w.still(before)
	w.free()
}
