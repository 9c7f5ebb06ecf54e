package sender

import (
	"context"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/suppression"
)

// marks are who was suppressed since the recipients were written down, as it
// was last read.
type marks struct {
	known atomic.Pointer[suppression.Marks]
}

// of is why a recipient must not be written to, if he must not.
func (m *marks) of(p place) (reason crier.SuppressionReason, suppressed bool) {
	return m.known.Load().Suppressed(p.shard, p.index)
}

func (m *marks) version() string {
	if known := m.known.Load(); known != nil {
		return known.Version
	}
	return ""
}

// knowsSuppressed says whether the marks that are at hand are those that the
// manager asks for. Without them nothing is begun and nothing is ended: it
// isn't known who must not get it.
func (w *worker) knowsSuppressed() bool {
	wanted := w.relay.current().Suppressions
	return wanted != handout.SuppressionsUnknown && wanted == w.marks.version()
}

// readMarks reads the marks if others are asked for. It is no error that they
// aren't there: then the pod waits for them.
func (w *worker) readMarks(ctx context.Context, version string) error {
	switch version {
	case w.marks.version(), handout.SuppressionsUnknown:
		return nil
	case "":
		w.marks.known.Store(nil)
		return nil
	}
	secret, err := w.store.GetSecret(ctx, names.MarksSecretName(w.Record, w.Attempt))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	read, err := suppression.DecodeMarks(secret.Data[names.MarksKey])
	if err != nil {
		return err
	}
	w.marks.known.Store(read)
	return nil
}
