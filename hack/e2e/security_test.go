//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/smtptest"
)

func testUnlabelledSecret(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	secret := &corev1.Secret{ObjectMeta: w.meta("private"), StringData: map[string]string{"people.csv": "email\nsecret@" + w.domain + "\n"}}
	set := &crier.SubscriberSet{ObjectMeta: w.meta(setName), Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{
		CSV: &crier.CSVSource{From: []crier.CSVObject{{Secret: &crier.CSVKeys{Name: "private"}}}},
	}}}
	w.create(secret, set)
	w.Log(w.notReady(set, crier.ReasonSecretNotLabeled))
	if set.Status.Subscribers > 0 || set.Status.Roster != nil {
		w.Errorf("the unlabelled Secret was read: %+v", set.Status)
	}
	patch(w, secret, func(s *corev1.Secret) { s.Labels = map[string]string{crier.LabelUse: crier.UseRoster} })
	w.until(set, crier.ConditionReady, metav1.ConditionTrue, "")
}

// token is a token for a ServiceAccount, as a pod of it has.
func (w *world) token(namespace, account string) *harness.Kube {
	w.Helper()
	request, err := kube.Set.CoreV1().ServiceAccounts(namespace).CreateToken(w.ctx, account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	w.must(err)
	as, err := kube.As(request.Status.Token)
	w.must(err)
	return as
}

// belongings are the names of a record's objects of that kind.
func (w *world) belongings(record string, list client.ObjectList) []client.Object {
	w.Helper()
	w.must(kube.Client.List(w.ctx, list, client.InNamespace(harness.Namespace), client.MatchingLabels{crier.LabelRecord: record}))
	var found []client.Object
	switch list := list.(type) {
	case *crier.DeliveryShardList:
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
	case *corev1.SecretList:
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
	case *corev1.ServiceAccountList:
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
	}
	if len(found) == 0 {
		w.Fatalf("record %s has no objects in %T", record, list)
	}
	return found
}

func testSenderToken(t *testing.T) {
	other, theirs := midway(t)
	mine, broadcast := midway(t) // its rights go when it has been sent
	accounts := mine.belongings(broadcast.Status.Record, &corev1.ServiceAccountList{})
	sender := mine.token(harness.Namespace, accounts[0].GetName())
	for _, own := range mine.belongings(broadcast.Status.Record, &crier.DeliveryShardList{}) {
		if err := sender.Client.Get(mine.ctx, client.ObjectKeyFromObject(own), own); err != nil {
			mine.Errorf("a sender can't read its own shard: %v", err)
		}
	}
	for _, list := range []client.ObjectList{&crier.DeliveryShardList{}, &corev1.SecretList{}} {
		for _, object := range other.belongings(theirs.Status.Record, list) {
			err := sender.Client.Get(mine.ctx, client.ObjectKeyFromObject(object), object)
			if !apierrors.IsForbidden(err) {
				mine.Errorf("a sender reads %T %s of another record: %v", object, object.GetName(), err)
			}
			if err := sender.Client.Update(mine.ctx, object); !apierrors.IsForbidden(err) {
				mine.Errorf("a sender writes %T %s of another record: %v", object, object.GetName(), err)
			}
		}
		if err := sender.Client.List(mine.ctx, list, client.InNamespace(harness.Namespace)); !apierrors.IsForbidden(err) {
			mine.Errorf("a sender lists %T: %v", list, err)
		}
	}
	mine.hurry()
	other.hurry()
	mine.finished(broadcast.Name)
	other.finished(theirs.Name)
}

// tenant is a ServiceAccount bound to the cluster's role edit in its namespace.
func (w *world) tenant() *harness.Kube {
	w.Helper()
	w.create(&corev1.ServiceAccount{ObjectMeta: w.meta("tenant")}, &rbacv1.RoleBinding{
		ObjectMeta: w.meta("tenant"), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: w.namespace, Name: "tenant"}},
	})
	return w.token(w.namespace, "tenant")
}

func testTenantRights(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(3)
	tenant := w.tenant()
	w.must(harness.Wait(w.ctx, "the tenant to be allowed to create a Broadcast", patience(), func(ctx context.Context) (bool, string, error) {
		return true, "", tenant.Client.Create(ctx, w.broadcast("own"))
	}))
	w.accounted(w.finished("own"), 3, 0)
	for _, c := range []struct {
		group, resource, subresource, namespace string
		verbs                                   string
		allowed                                 bool
	}{
		{"crier.dev", "broadcasts", "", w.namespace, "create update patch delete get list watch", true},
		{"crier.dev", "mailinglists", "", w.namespace, "create update get", true},
		{"crier.dev", "broadcasts", "status", w.namespace, "update patch", false},
		{"crier.dev", "relays", "", w.namespace, "create update patch delete", false},
		{"crier.dev", "deliveryrecords", "", "", "create update patch delete get list watch", false},
		{"crier.dev", "deliveryshards", "", harness.Namespace, "create update patch delete get list watch", false},
		{"crier.dev", "deliveryshards", "", w.namespace, "create update patch delete", false},
		{"", "secrets", "", harness.Namespace, "create update get list watch", false},
		{"", "pods", "", harness.Namespace, "create get list delete", false},
		{"batch", "jobs", "", harness.Namespace, "create get list delete", false},
	} {
		for _, verb := range strings.Fields(c.verbs) {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: c.namespace, Verb: verb, Group: c.group, Resource: c.resource, Subresource: c.subresource,
				},
			}}
			w.must(tenant.Client.Create(w.ctx, review))
			if review.Status.Allowed != c.allowed {
				w.Errorf("%s %s/%s in %q: allowed is %t", verb, c.resource, c.subresource, c.namespace, review.Status.Allowed)
			}
		}
	}
}

func testRecordGuard(t *testing.T) {
	w := newWorld(t, smtptest.Script{})
	w.standard(3)
	w.create(w.broadcast("guarded"))
	b := w.finished("guarded")
	record := &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{Name: b.Status.Record}}
	w.get(record)
	changed := record.DeepCopy()
	changed.State.Stage = crier.RecordRegistered
	w.refused("a change of the record", kube.Client.Update(w.ctx, changed))
	w.refused("deletion of the record", kube.Client.Delete(w.ctx, record))
	forged := record.DeepCopy()
	forged.ObjectMeta = metav1.ObjectMeta{Name: "b-forged"}
	w.refused("a forged record", kube.Client.Create(w.ctx, forged))
	for _, shard := range w.belongings(b.Status.Record, &crier.DeliveryShardList{}) {
		w.refused("deletion of a shard", kube.Client.Delete(w.ctx, shard))
	}
}

// refused checks that even the administrator was told no by the guard.
func (w *world) refused(what string, err error) {
	w.Helper()
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "Crier") {
		w.Errorf("%s was not refused by the guard: %v", what, err)
	}
}
