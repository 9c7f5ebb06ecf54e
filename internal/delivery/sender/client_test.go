package sender

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/podapi"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/smtptest"
)

// restricted is a client with the rights that a sender's ServiceAccount has:
// these objects by name, and nothing else.
func restricted(t *testing.T, namespace string, shards, secrets []string) *podapi.Client {
	t.Helper()
	user := "sender-of-" + namespace
	meta := metav1.ObjectMeta{Namespace: namespace, Name: "sender"}
	for _, o := range []client.Object{
		&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"crier.dev"}, Resources: []string{"deliveryshards"}, ResourceNames: shards, Verbs: []string{"get", "update"}},
			{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: secrets, Verbs: []string{"get"}},
		}},
		&rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "sender"},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		},
	} {
		if err := server.Client.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	config := rest.CopyConfig(server.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	return podapi.New(strings.TrimSuffix(config.Host, "/"), namespace, transport)
}

// granting is a Store whose connection comes with the rations of another one.
type granting struct {
	*podapi.Client
	rations *memory
}

func (g granting) GetSecret(ctx context.Context, name string) (*corev1.Secret, error) {
	if secret, err := g.rations.GetSecret(ctx, name); err == nil && name == g.rations.connection {
		return secret, nil
	}
	return g.Client.GetSecret(ctx, name)
}

// TestWithAnAPIServer runs a pass with a real server, which validates what is
// written and knows who may do what.
func TestWithAnAPIServer(t *testing.T) {
	f := newRealFixture(t, 2, 120, smtptest.Script{Rules: []smtptest.Rule{
		{Glob: "*-0007@*", Code: 550, Enhanced: "5.1.1", Text: "No such user"},
		{Glob: "*-0008@*", Code: 450, Text: "Later"},
		{Phase: smtptest.Dot, Glob: "*-0009@*", Drop: smtptest.DropStored},
	}})
	namespace := server.Namespace(t, nil)
	var shards, secrets []string
	for name, s := range f.store.secrets {
		secrets = append(secrets, name)
		o := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: s.Data}
		if err := server.Client.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for name, s := range f.store.shards {
		shards = append(shards, name)
		s = s.DeepCopy()
		s.Namespace, s.ResourceVersion = namespace, ""
		if err := server.Client.Create(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	c := restricted(t, namespace, shards, secrets)
	if err := Run(t.Context(), granting{c, f.store}, f.options, slog.New(slog.NewJSONHandler(f.log, nil))); err != nil {
		t.Fatalf("%v\n%s", err, f.log.text.String())
	}
	for _, name := range shards {
		s, err := c.GetShard(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		want := crier.DeliveryTotals{Intended: 120, Accepted: 117, Failed: 1, Deferred: 1, Unknown: 1}
		if s.State.Totals != want || s.State.Claim.PodUID != "" || len(s.State.Exceptions) != 3 {
			t.Errorf("%s: %+v", name, s.State)
		}
		next := s.DeepCopy()
		next.State.Pass++
		if _, err := c.UpdateShard(t.Context(), next); err != nil {
			t.Error(err)
		}
		if _, err := c.UpdateShard(t.Context(), s); !apierrors.IsConflict(err) {
			t.Errorf("an old version was written: %v", err)
		}
	}
	if _, err := c.GetShard(t.Context(), names.ShardName("b-other", attempt, 0)); !apierrors.IsForbidden(err) {
		t.Errorf("another record's shard: %v, want forbidden", err)
	}
}
