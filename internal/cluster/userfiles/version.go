package userfiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source/csv"
)

// Version says which state of a ConfigMap or Secret there is: it changes with
// every write, and when another object takes the name. One that isn't there, or
// that Crier may not read, is "absent". Only metadata is read.
func Version(ctx context.Context, reader client.Reader, kind string, key client.ObjectKey) (string, error) {
	about := &metav1.PartialObjectMetadata{}
	about.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind))
	err := reader.Get(ctx, key, about)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return "absent", nil
	}
	return VersionOf(about), err
}

// VersionOf is the Version of an object that was read.
func VersionOf(obj client.Object) string {
	return string(obj.GetUID()) + "/" + obj.GetResourceVersion()
}

// Versions is a digest of the versions of all objects of a source; "" for no
// source. reader must not be a cache.
func Versions(ctx context.Context, reader client.Reader, namespace string, source *crier.CSVSource) (string, error) {
	if source == nil {
		return "", nil
	}
	sum := sha256.New()
	for _, object := range csv.New(*source).Uses() {
		v, err := Version(ctx, reader, object.Kind, client.ObjectKey{Namespace: namespace, Name: object.Name})
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s/%s\x00%s\n", object.Kind, object.Name, v)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
