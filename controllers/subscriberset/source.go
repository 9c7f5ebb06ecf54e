package subscriberset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/secretuse"
	"crier.dev/crier/internal/kstatus"
	"crier.dev/crier/internal/roster"
)

// lookAgain is when a missing source is looked for though no watch told of it.
const lookAgain = 5 * time.Minute

// file is one CSV file of an object.
type file struct {
	source       string // kind/name/key
	data         []byte
	confidential bool
}

// open reads the files of one object.
func (s *scope) open(ctx context.Context, from crier.CSVObject) ([]file, *kstatus.Verdict, error) {
	kind, keys, confidential := "ConfigMap", from.ConfigMap, false
	if from.Secret != nil {
		kind, keys, confidential = "Secret", from.Secret, true
	}
	if keys == nil {
		return nil, nil, errors.New("a CSV source names neither ConfigMap nor Secret")
	}
	data, verdict, err := s.content(ctx, kind, keys.Name)
	if verdict != nil || err != nil {
		return nil, verdict, err
	}
	names := keys.Keys
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(data))
	}
	var files []file
	for _, key := range names {
		content, ok := data[key]
		if !ok {
			v := kstatus.IsReconciling(crier.ReasonSourceNotFound, "%s %s has no key %s.", kind, keys.Name, key).After(lookAgain)
			return nil, &v, nil
		}
		files = append(files, file{fmt.Sprintf("%s/%s/%s", kind, keys.Name, key), content, confidential})
	}
	return files, nil, nil
}

// content reads one object. Bad news come as a verdict.
func (s *scope) content(ctx context.Context, kind, name string) (map[string][]byte, *kstatus.Verdict, error) {
	key := client.ObjectKey{Namespace: s.set.Namespace, Name: name}
	if kind == "Secret" {
		return s.secret(ctx, key)
	}
	var cm corev1.ConfigMap
	err := s.Reader.Get(ctx, key, &cm)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		v := kstatus.IsReconciling(crier.ReasonSourceNotFound,
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

func (s *scope) secret(ctx context.Context, key client.ObjectKey) (map[string][]byte, *kstatus.Verdict, error) {
	secret, err := secretuse.Read(ctx, s.Reader, key, crier.UseRoster)
	var missing *secretuse.NotFound
	var unlabeled *secretuse.NotLabeled
	switch {
	case errors.As(err, &missing):
		v := kstatus.IsReconciling(crier.ReasonSourceNotFound,
			"%s: create it with the label %s=%s.", capital(missing.Error()), crier.LabelUse, crier.UseRoster).After(lookAgain)
		return nil, &v, nil
	case errors.As(err, &unlabeled):
		v := kstatus.IsStalled(crier.ReasonSecretNotLabeled, "%s", unlabeled)
		return nil, &v, nil
	case err != nil:
		return nil, nil, err
	}
	return secret.Data, nil, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// addFile feeds one file to the collector. Bad rows never stop good ones.
func addFile(c *roster.Collector, source *crier.CSVSource, f file, data io.Reader) *kstatus.Verdict {
	mapping := roster.Mapping{
		Email: source.Columns.Email, Name: source.Columns.Name, Attributes: source.Columns.Attributes,
	}
	options := roster.CSVOptions{Confidential: f.confidential}
	if source.Delimiter != "" {
		options.Delimiter, _ = utf8.DecodeRuneInString(source.Delimiter)
	}
	err := c.AddCSV(f.source, data, mapping, options)
	var limit *roster.LimitError
	var unpack *roster.UnpackError
	switch {
	case errors.As(err, &unpack):
		v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "%s.", unpack)
		return &v
	case errors.As(err, &limit):
		return tooMany()
	case err != nil:
		v := kstatus.IsStalled(crier.ReasonSourceUnreadable, "%s can't be read as CSV: look at the delimiter and the first lines.", f.source)
		return &v
	}
	return nil
}
