// Package userfiles reads ConfigMaps and Secrets of users: Secrets only with the
// label that says what Crier may use them for.
package userfiles

import (
	"context"
	"errors"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/words"
)

// Opener opens what the ConfigMaps and Secrets of one namespace hold.
type Opener struct {
	// Reader must not be a cache.
	Reader    client.Reader
	Namespace string
}

func (o Opener) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: o.Namespace, Name: name}
}

// ConfigMap implements source.Files.
func (o Opener) ConfigMap(ctx context.Context, name string) (data map[string][]byte, version string, err error) {
	var cm corev1.ConfigMap
	err = o.Reader.Get(ctx, o.key(name), &cm)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return nil, "", source.Say(source.Missing, "There is no ConfigMap %s in namespace %s that Crier may read.", name, o.Namespace)
	}
	if err != nil {
		return nil, "", err
	}
	data = make(map[string][]byte, len(cm.Data)+len(cm.BinaryData))
	for k, v := range cm.Data {
		data[k] = []byte(v)
	}
	maps.Copy(data, cm.BinaryData)
	return data, VersionOf(&cm), nil
}

// Secret implements source.Files.
func (o Opener) Secret(ctx context.Context, name, use string) (data map[string][]byte, version string, err error) {
	secret, err := ReadSecret(ctx, o.Reader, o.key(name), use)
	if err != nil {
		return nil, "", problem(err, use)
	}
	return secret.Data, VersionOf(secret), nil
}

// problem says what is to be done about a Secret that can't be read. It leaves
// errors of the API server as they are.
func problem(err error, use string) error {
	var missing *NotFound
	var unlabeled *NotLabeled
	switch {
	case errors.As(err, &missing):
		return source.Say(source.Missing, "%s: create it with the label %s=%s.", words.Capital(missing.Error()), crier.LabelUse, use)
	case errors.As(err, &unlabeled):
		return source.Say(source.Unlabeled, "%s", unlabeled)
	}
	return err
}
