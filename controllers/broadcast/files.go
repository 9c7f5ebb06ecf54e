package broadcast

import (
	"context"
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/writing/message"
)

// readFiles reads what is attached, as it is now, and refuses what no relay
// would take before anything is planned.
func (s *scope) readFiles(ctx context.Context) (*reconcile.Verdict, error) {
	for _, a := range s.broadcast.Spec.Content.Attachments {
		data, verdict, err := s.readFile(ctx, a)
		if verdict != nil || err != nil {
			return verdict, err
		}
		s.files = append(s.files, message.Attachment{
			Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID, Data: data,
		})
	}
	if err := message.CheckAttachments(s.files, grant.SizeLimit(s.relay)); err != nil {
		return verdict(reconcile.IsStalled(crier.ReasonInvalidAttachment, "%s%s.", s.mendAdvice(), capital(err.Error())).After(whileWaiting))
	}
	return nil, nil
}

func (s *scope) readFile(ctx context.Context, a crier.ContentAttachment) ([]byte, *reconcile.Verdict, error) {
	kind, from := "ConfigMap", a.ConfigMap
	if a.Secret != nil {
		kind, from = "Secret", a.Secret
	}
	if from == nil {
		return nil, nil, errors.New("an attachment names neither ConfigMap nor Secret")
	}
	key := client.ObjectKey{Namespace: s.broadcast.Namespace, Name: from.Name}
	data, verdict, err := s.keyed(ctx, kind, key, from.Key)
	if verdict != nil || err != nil {
		return nil, verdict, err
	}
	if data == nil {
		v := reconcile.IsReconciling(crier.ReasonAttachmentNotFound,
			"%s %s has no key %s, which is to be attached as %s. Nothing is sent until it has.", kind, from.Name, from.Key, a.Name).After(whileWaiting)
		return nil, &v, nil
	}
	return data, nil, nil
}

// keyed is what an object has under a key; nil if it has none.
func (s *scope) keyed(ctx context.Context, kind string, name client.ObjectKey, key string) ([]byte, *reconcile.Verdict, error) {
	if kind == "Secret" {
		return s.secretFile(ctx, name, key)
	}
	cm := &corev1.ConfigMap{}
	err := s.Reader.Get(ctx, name, cm)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		v := reconcile.IsReconciling(crier.ReasonAttachmentNotFound,
			"There is no ConfigMap %s in namespace %s that Crier may read. Nothing is sent until there is.", name.Name, name.Namespace).After(whileWaiting)
		return nil, &v, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if text, ok := cm.Data[key]; ok {
		return []byte(text), nil, nil
	}
	return cm.BinaryData[key], nil, nil
}

func (s *scope) secretFile(ctx context.Context, name client.ObjectKey, key string) ([]byte, *reconcile.Verdict, error) {
	secret, err := userfiles.ReadSecret(ctx, s.Reader, name, crier.UseAttachment)
	var missing *userfiles.NotFound
	var unlabeled *userfiles.NotLabeled
	switch {
	case errors.As(err, &missing):
		v := reconcile.IsReconciling(crier.ReasonAttachmentNotFound,
			"%s: create it with the label %s=%s. Nothing is sent until then.", capital(missing.Error()), crier.LabelUse, crier.UseAttachment).After(whileWaiting)
		return nil, &v, nil
	case errors.As(err, &unlabeled):
		v := reconcile.IsStalled(crier.ReasonSecretNotLabeled, "%s", unlabeled).After(whileWaiting)
		return nil, &v, nil
	case err != nil:
		return nil, nil, err
	}
	return secret.Data[key], nil, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
