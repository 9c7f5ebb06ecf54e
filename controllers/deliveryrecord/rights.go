package deliveryrecord

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/names"
)

// writeRights gives the senders of the record an identity of their own that
// can read and write the shards of this record, read its Secrets, and
// nothing else.
func (s *scope) writeRights(ctx context.Context) error {
	if s.record.Spec.Purpose == crier.RecordBroadcast && s.state.Suppressions == nil {
		// A release that knew of no marks froze it; its Role hasn't theirs.
		if err := s.Client.Delete(ctx, s.buildRole()); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	for _, obj := range []client.Object{s.buildServiceAccount(), s.buildRole(), s.buildRoleBinding()} {
		if err := s.Client.Create(ctx, obj); client.IgnoreAlreadyExists(err) != nil {
			return err
		}
	}
	return nil
}

// withdrawRights ends the senders' identity.
func (s *scope) withdrawRights(ctx context.Context) error {
	for _, obj := range []client.Object{s.buildRoleBinding(), s.buildRole(), s.buildServiceAccount()} {
		if err := s.Client.Delete(ctx, obj); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

func (s *scope) senderMeta() metav1.ObjectMeta {
	attempt := s.state.Frozen.Attempt
	return ledgerstore.Meta(s.record, s.Namespace, attempt, crier.ComponentSender, names.SenderName(s.record.Name, attempt))
}

func (s *scope) buildServiceAccount() *corev1.ServiceAccount {
	return &corev1.ServiceAccount{ObjectMeta: s.senderMeta(), AutomountServiceAccountToken: new(false)}
}

func (s *scope) buildRole() *rbacv1.Role {
	attempt := s.state.Frozen.Attempt
	secrets := []string{
		names.MessageSecretName(s.record.Name, attempt),
		names.HandoutSecretName(s.record.Name, attempt),
		names.MarksSecretName(s.record.Name, attempt),
	}
	for i := range s.state.Frozen.Files {
		secrets = append(secrets, names.FileSecretName(s.record.Name, attempt, i))
	}
	var shards []string
	for i := range s.state.Frozen.Shards {
		name := names.ShardName(s.record.Name, attempt, i)
		shards = append(shards, name)
		secrets = append(secrets, name)
	}
	return &rbacv1.Role{
		ObjectMeta: s.senderMeta(),
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{crier.GroupVersion.Group}, Resources: []string{"deliveryshards"},
				ResourceNames: shards, Verbs: []string{"get", "update"}},
			{APIGroups: []string{""}, Resources: []string{"secrets"},
				ResourceNames: secrets, Verbs: []string{"get"}},
		},
	}
}

func (s *scope) buildRoleBinding() *rbacv1.RoleBinding {
	meta := s.senderMeta()
	return &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: meta.Name, Namespace: meta.Namespace}},
	}
}
