package subscriberset

import (
	"context"
	"errors"
	"time"

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
type host struct {
	userfiles.Opener
	*scope
}

func (s *scope) host() host {
	return host{userfiles.Opener{Reader: s.Reader, Namespace: s.set.Namespace}, s}
}

// Guard implements source.Host.
func (h host) Guard() dialguard.Guard { return h.Reconciler.Guard }

// Now implements source.Host.
func (h host) Now() time.Time { return h.Clock.Now() }

// Roster implements source.Host.
func (h host) Roster(ctx context.Context, name string) (roster.Rows, string, error) {
	var set crier.SubscriberSet
	err := h.Reconciler.Reader.Get(ctx, client.ObjectKey{Namespace: h.set.Namespace, Name: name}, &set)
	switch {
	case apierrors.IsNotFound(err):
		return nil, "", source.Say(source.Missing, "There is no SubscriberSet %s in namespace %s.", name, h.set.Namespace)
	case readable.Ignore(err) != nil:
		return nil, "", err
	case !gather.SetReady(&set):
		return nil, "", source.Say(source.Unavailable, "SubscriberSet %s can't be used now (%s).", name, why(&set))
	}
	return member{gather.Roster(ctx, h.Reconciler.Reader, h.Reconciler.Namespace, &set), name}, set.Status.Roster.Digest, nil
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
