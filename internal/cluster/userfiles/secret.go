package userfiles

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// NotFound says that there is no such Secret, or that Crier may not read it:
// both read the same.
type NotFound struct{ Key client.ObjectKey }

func (e *NotFound) Error() string {
	return fmt.Sprintf("there is no Secret %s in namespace %s that Crier may read", e.Key.Name, e.Key.Namespace)
}

// NotLabeled says that a Secret isn't marked for the use that is made of it.
type NotLabeled struct {
	Key client.ObjectKey
	Use string
}

func (e *NotLabeled) Error() string {
	return fmt.Sprintf("Secret %[1]s doesn't say that Crier may use it. If it may: kubectl label secret %[1]s -n %[2]s %[3]s=%[4]s",
		e.Key.Name, e.Key.Namespace, crier.LabelUse, e.Use)
}

// ReadSecret returns a Secret that carries the label crier.dev/use with that
// value. Otherwise whoever may create one of Crier's objects could have Crier
// read any Secret of the namespace for them. Its metadata is read first, the content of others never. Errors are
// *NotFound, *NotLabeled, or those of reader, which must not be a cache.
func ReadSecret(ctx context.Context, reader client.Reader, key client.ObjectKey, use string) (*corev1.Secret, error) {
	about := &metav1.PartialObjectMetadata{}
	about.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if err := get(ctx, reader, key, about); err != nil {
		return nil, err
	}
	if about.Labels[crier.LabelUse] != use {
		return nil, &NotLabeled{key, use}
	}
	secret := &corev1.Secret{}
	if err := get(ctx, reader, key, secret); err != nil {
		return nil, err
	}
	if secret.Labels[crier.LabelUse] != use { // it changed in between
		return nil, &NotLabeled{key, use}
	}
	return secret, nil
}

func get(ctx context.Context, reader client.Reader, key client.ObjectKey, obj client.Object) error {
	err := reader.Get(ctx, key, obj)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return &NotFound{key}
	}
	return err
}
