// Package userfiles reads ConfigMaps and Secrets of users: Secrets only with the
// label that says what Crier may use them for.
package userfiles

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/csv"
)

// lookAgain is when a missing object is looked for though no watch told of it.
const lookAgain = 5 * time.Minute

// Open reads the files of one object of a namespace, Secrets only if their
// label crier.dev/use has that value. What its owner must mend comes as a
// verdict. reader must not be a cache.
func Open(ctx context.Context, reader client.Reader, namespace string, from crier.CSVObject, use string) ([]csv.File, *reconcile.Verdict, error) {
	kind, keys := csv.Object(from)
	if keys == nil {
		return nil, nil, errors.New("a CSV source names neither ConfigMap nor Secret")
	}
	key := client.ObjectKey{Namespace: namespace, Name: keys.Name}
	read := readConfigMap
	if kind == "Secret" {
		read = readSecret
	}
	data, verdict, err := read(ctx, reader, key, use)
	if verdict != nil || err != nil {
		return nil, verdict, err
	}
	files, err := csv.Pick(from, data)
	var problem *source.Problem
	if errors.As(err, &problem) {
		v := reconcile.IsReconciling(crier.ReasonSourceNotFound, "%s", problem.Message).After(lookAgain)
		return nil, &v, nil
	}
	return files, nil, err
}

func readConfigMap(ctx context.Context, reader client.Reader, key client.ObjectKey, _ string) (map[string][]byte, *reconcile.Verdict, error) {
	var cm corev1.ConfigMap
	err := reader.Get(ctx, key, &cm)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		v := reconcile.IsReconciling(crier.ReasonSourceNotFound,
			"There is no ConfigMap %s in namespace %s that Crier may read.", key.Name, key.Namespace).After(lookAgain)
		return nil, &v, nil
	}
	if err != nil {
		return nil, nil, err
	}
	data := make(map[string][]byte, len(cm.Data)+len(cm.BinaryData))
	for k, v := range cm.Data {
		data[k] = []byte(v)
	}
	maps.Copy(data, cm.BinaryData)
	return data, nil, nil
}

func readSecret(ctx context.Context, reader client.Reader, key client.ObjectKey, use string) (map[string][]byte, *reconcile.Verdict, error) {
	secret, err := ReadSecret(ctx, reader, key, use)
	var missing *NotFound
	var unlabeled *NotLabeled
	switch {
	case errors.As(err, &missing):
		v := reconcile.IsReconciling(crier.ReasonSourceNotFound,
			"%s: create it with the label %s=%s.", capital(missing.Error()), crier.LabelUse, use).After(lookAgain)
		return nil, &v, nil
	case errors.As(err, &unlabeled):
		v := reconcile.IsStalled(crier.ReasonSecretNotLabeled, "%s", unlabeled)
		return nil, &v, nil
	case err != nil:
		return nil, nil, err
	}
	return secret.Data, nil, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Reads says whether a source reads an object of that kind, ConfigMap or
// Secret, and name.
func Reads(source *crier.CSVSource, kind, name string) bool {
	return source != nil && slices.ContainsFunc(source.From, func(from crier.CSVObject) bool {
		keys := from.ConfigMap
		if kind == "Secret" {
			keys = from.Secret
		}
		return keys != nil && keys.Name == name
	})
}
