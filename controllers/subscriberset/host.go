package subscriberset

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
)

// host is what a source may ask of the namespace of its set.
type host struct{ *scope }

func (h host) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: h.set.Namespace, Name: name}
}

// Guard implements source.Host.
func (h host) Guard() dialguard.Guard { return h.Reconciler.Guard }

// Now implements source.Host.
func (h host) Now() time.Time { return h.Clock.Now() }

// ConfigMap implements source.Host.
func (h host) ConfigMap(ctx context.Context, name string) (map[string][]byte, string, error) {
	var cm corev1.ConfigMap
	err := h.Reader.Get(ctx, h.key(name), &cm)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return nil, "", source.Say(source.Missing, "There is no ConfigMap %s in namespace %s that Crier may read.", name, h.set.Namespace)
	}
	if err != nil {
		return nil, "", err
	}
	data := make(map[string][]byte, len(cm.Data)+len(cm.BinaryData))
	for k, v := range cm.Data {
		data[k] = []byte(v)
	}
	maps.Copy(data, cm.BinaryData)
	return data, userfiles.VersionOf(&cm), nil
}

// Secret implements source.Host.
func (h host) Secret(ctx context.Context, name, use string) (map[string][]byte, string, error) {
	secret, err := userfiles.ReadSecret(ctx, h.Reader, h.key(name), use)
	var missing *userfiles.NotFound
	var unlabeled *userfiles.NotLabeled
	switch {
	case errors.As(err, &missing):
		return nil, "", source.Say(source.Missing, "%s: create it with the label %s=%s.", capital(missing.Error()), crier.LabelUse, use)
	case errors.As(err, &unlabeled):
		return nil, "", source.Say(source.Unlabeled, "%s", unlabeled)
	case err != nil:
		return nil, "", err
	}
	return secret.Data, userfiles.VersionOf(secret), nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Roster implements source.Host.
func (h host) Roster(ctx context.Context, name string) (roster.Rows, string, error) {
	var set crier.SubscriberSet
	err := h.Reader.Get(ctx, h.key(name), &set)
	switch {
	case apierrors.IsNotFound(err):
		return nil, "", source.Say(source.Missing, "There is no SubscriberSet %s in namespace %s.", name, h.set.Namespace)
	case readable.Ignore(err) != nil:
		return nil, "", err
	case !gather.SetReady(&set):
		return nil, "", source.Say(source.Unavailable, "SubscriberSet %s can't be used now (%s).", name, why(&set))
	}
	return member{gather.Roster(ctx, h.Reader, h.Namespace, &set), name}, set.Status.Roster.Digest, nil
}

func why(set *crier.SubscriberSet) string {
	c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	if c == nil || c.Status == "True" {
		return "not read yet"
	}
	return c.Reason
}

// member is the roster of another set. That it was replaced or damaged while
// it was read mends itself.
type member struct {
	roster.Rows
	name string
}

func (m member) Next() (roster.Row, error) {
	row, err := m.Rows.Next()
	if errors.Is(err, rosterstore.ErrUnavailable) {
		err = source.Say(source.Unavailable, "The roster of SubscriberSet %s is being read again.", m.name)
	}
	return row, err
}
