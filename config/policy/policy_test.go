// Package policy_test holds the guards of the ledger against a real API server.
package policy_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// Who is asked for what.
const (
	manager   = "system:serviceaccount:crier-system:crier-manager"
	collector = "system:serviceaccount:kube-system:generic-garbage-collector"
	cleaner   = "system:serviceaccount:kube-system:namespace-controller"
	admin     = "admin"
)

var senders = []string{"system:serviceaccounts", "system:serviceaccounts:crier-system"}

// as is a client of one of them.
func as(t *testing.T, who string) client.Client {
	if strings.HasPrefix(who, "system:serviceaccount:crier-system:") {
		return server.As(t, who, senders...)
	}
	return server.As(t, who)
}

// guarded waits until the API server heeds the policies: it reads them a moment
// after they are there.
func guarded(t *testing.T) {
	t.Helper()
	server.Guard(t)
	for _, obj := range []client.Object{secret("probe", crier.ComponentMessage), lease()} {
		create(t, obj)
		for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			if refused(as(t, admin).Delete(t.Context(), obj, client.DryRunAll)) {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the policies aren't heeded")
			}
		}
	}
	for end := time.Now().Add(time.Minute); !refused(as(t, admin).Delete(t.Context(), definition(t), client.DryRunAll)); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the policy of the kinds isn't heeded")
		}
	}
}

func refused(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "crier.dev")
}

// create is what the manager does.
func create(t *testing.T, obj client.Object) {
	t.Helper()
	if err := as(t, manager).Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
}

func secret(name, component string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: apitest.OperatorNamespace, Name: name, Labels: map[string]string{}}}
	s.Data = map[string][]byte{"a": []byte("b")}
	if component != "" {
		s.Labels[crier.LabelComponent] = component
	}
	if component != "" && component != crier.ComponentShares && component != crier.ComponentRoster {
		s.Labels[crier.LabelRecord] = "b-x"
	}
	return s
}

func lease() *coordinationv1.Lease {
	l := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: apitest.OperatorNamespace, Name: names.HeartbeatLease}}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	heartbeat.Beat{Holder: "a", At: at, Gap: &heartbeat.Gap{From: at.Add(-time.Hour), To: at}}.Into(l)
	return l
}

func definition(t *testing.T) client.Object {
	t.Helper()
	d := &metav1.PartialObjectMetadata{}
	d.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	if err := server.Client.Get(t.Context(), client.ObjectKey{Name: "deliveryrecords.crier.dev"}, d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGuards(t *testing.T) {
	guarded(t)
	t.Run("deletion", deletion)
	t.Run("change", change)
	t.Run("heartbeat", heartbeatIsCriers)
	t.Run("migration", migration)
}

// deletion is tried by all of them, without being carried out.
func deletion(t *testing.T) {
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: "b-x"}}
	record.Spec = crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: "hr", Broadcast: "x"}
	record.State = crier.DeliveryRecordState{Run: 1, Stage: crier.RecordRegistered, FirstSeen: metav1.NewTime(apitest.Start)}
	message, book := secret("m", crier.ComponentMessage), secret("s", crier.ComponentShares)
	roster, others := secret("r", crier.ComponentRoster), secret("o", "")
	elsewhere := secret("m", crier.ComponentMessage)
	elsewhere.Namespace = server.Namespace(t, nil)
	other := lease()
	other.Name = "others"
	for _, obj := range []client.Object{record, message, book, roster, others, elsewhere, other} {
		create(t, obj)
	}
	for _, c := range []struct {
		what string
		obj  client.Object
		may  string // beside the manager
	}{
		{"a record", record, ""},
		{"a frozen message", message, collector + " " + cleaner},
		{"the book of a Relay", book, collector + " " + cleaner},
		{"a roster", roster, collector + " " + cleaner + " " + admin},
		{"another Secret", others, collector + " " + cleaner + " " + admin},
		{"a Secret elsewhere", elsewhere, collector + " " + cleaner + " " + admin},
		{"the heartbeat", lease(), collector + " " + cleaner},
		{"another Lease", other, collector + " " + cleaner + " " + admin},
	} {
		for _, who := range []string{manager, collector, cleaner, admin} {
			err := as(t, who).Delete(t.Context(), c.obj, client.DryRunAll)
			if want := who == manager || strings.Contains(c.may, who); want != (err == nil) || err != nil && !refused(err) {
				t.Errorf("%s deletes %s: %v", who, c.what, err)
			}
		}
	}
	for _, who := range []string{manager, admin, cleaner} {
		if err := as(t, who).Delete(t.Context(), definition(t), client.DryRunAll); !refused(err) {
			t.Errorf("%s deletes a kind: %v", who, err)
		}
	}
	all := []client.DeleteAllOfOption{client.InNamespace(apitest.OperatorNamespace), client.HasLabels{crier.LabelRecord}, client.DryRunAll}
	if err := as(t, admin).DeleteAllOf(t.Context(), &corev1.Secret{}, all...); !refused(err) {
		t.Errorf("all at once: %v", err)
	}
}

// change says who may write into what a delivery is made of.
func change(t *testing.T) {
	message := secret("changed", crier.ComponentMessage)
	create(t, message)
	for who, want := range map[string]bool{manager: true, collector: true, admin: false, cleaner: false, "system:serviceaccount:crier-system:sender": false} {
		changed := message.DeepCopy()
		changed.Data["a"] = []byte(who)
		if err := as(t, who).Update(t.Context(), changed, client.DryRunAll); want != (err == nil) || err != nil && !refused(err) {
			t.Errorf("%s changes a message: %v", who, err)
		}
		bare := message.DeepCopy()
		bare.Labels = nil
		if err := as(t, who).Update(t.Context(), bare, client.DryRunAll); want != (err == nil) || err != nil && !refused(err) {
			t.Errorf("%s takes the labels off a message: %v", who, err)
		}
		final := message.DeepCopy()
		final.Immutable = new(true)
		if err := as(t, who).Update(t.Context(), final, client.DryRunAll); want != (err == nil) || err != nil && !refused(err) {
			t.Errorf("%s makes a message immutable: %v", who, err)
		}
	}
}

// heartbeatIsCriers says that others may release what it holds, and nothing else.
func heartbeatIsCriers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*coordinationv1.Lease)
		fine   bool
	}{
		"release":  {func(l *coordinationv1.Lease) { l.Annotations[crier.AnnotationReleaseGap] = "2026-03-02T09:00:00Z" }, true},
		"a note":   {func(l *coordinationv1.Lease) { l.Labels = map[string]string{"seen": "yes"} }, true},
		"no gap":   {func(l *coordinationv1.Lease) { l.Annotations = nil }, false},
		"a gap":    {func(l *coordinationv1.Lease) { l.Annotations[crier.AnnotationGapTo] = "2026-03-02T10:00:00Z" }, false},
		"a ledger": {func(l *coordinationv1.Lease) { l.Annotations[crier.AnnotationLedger] = "another" }, false},
		"a time":   {func(l *coordinationv1.Lease) { l.Spec.RenewTime = &metav1.MicroTime{Time: time.Now()} }, false},
	} {
		for who, may := range map[string]bool{admin: c.fine, manager: true} {
			l := &coordinationv1.Lease{}
			if err := server.Client.Get(t.Context(), client.ObjectKeyFromObject(lease()), l); err != nil {
				t.Fatal(err)
			}
			c.change(l)
			if err := as(t, who).Update(t.Context(), l, client.DryRunAll); may != (err == nil) || err != nil && !refused(err) {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
	}
	forged := lease()
	forged.Name, forged.GenerateName = names.HeartbeatLease, ""
	if err := as(t, manager).Delete(t.Context(), lease()); err != nil {
		t.Fatal(err)
	}
	if err := as(t, admin).Create(t.Context(), forged, client.DryRunAll); !refused(err) {
		t.Errorf("a forged one: %v", err)
	}
	create(t, forged)
}

// migration is what moves stored objects into another version or under another
// key: a write that changes nothing.
func migration(t *testing.T) {
	shard := &crier.DeliveryShard{ObjectMeta: metav1.ObjectMeta{Namespace: apitest.OperatorNamespace, Name: "b-x-a-0", Labels: map[string]string{"a": "b"}}}
	shard.Spec = crier.DeliveryShardSpec{Record: "b-x", Attempt: "a", Recipients: 1, Secret: "b-x-a-0"}
	shard.State.Outcomes = "p1"
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: "b-migrated"}}
	record.Spec = crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: "hr", Broadcast: "m"}
	record.State = crier.DeliveryRecordState{Run: 1, Stage: crier.RecordRegistered, FirstSeen: metav1.NewTime(apitest.Start)}
	message := secret("migrated", crier.ComponentMessage)
	for _, obj := range []client.Object{shard, record, message} {
		create(t, obj)
		if err := as(t, "system:serviceaccount:kube-system:storage-version-migrator-controller").Update(context.Background(), obj); err != nil {
			t.Errorf("%T: %v", obj, err)
		}
		obj.SetLabels(map[string]string{"touched": "yes"})
		if err := as(t, admin).Update(t.Context(), obj, client.DryRunAll); !refused(err) {
			t.Errorf("%T was changed: %v", obj, err)
		}
	}
}
