// Package relayshare divides each Relay among the sender pods of all records: it
// reads who sends, lets internal/delivery/share decide, and posts what each pod
// may use in the handout of its record.
package relayshare

import (
	"context"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/heart"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/share"
)

// How often a Relay is looked at while something is sent through it, and
// while rations of what was sent may still be in force.
const (
	whileSending = 2 * time.Second
	whileWaiting = 15 * time.Second
)

// Reconciler divides Relays.
type Reconciler struct {
	// Client reads Relays and records from the cache, and writes.
	Client client.Client
	// Reader asks the API server.
	Reader client.Reader
	// Heart says what may have been sent without the ledger knowing of it.
	Heart *heart.Keeper
	// Namespace of the operator, where senders run.
	Namespace string
	Clock     clock.PassiveClock

	mu sync.Mutex
	// posted is what this process knows of boards, by name.
	posted map[string]share.Posting
	// rounds is the last round of each Relay's book that was read or written.
	rounds map[crier.NamespacedReference]int64

	endings endings
}

// scope is one Reconcile of one Relay.
type scope struct {
	*Reconciler
	relay   crier.NamespacedReference
	limits  share.Limits
	sheet   *sharebook.Sheet
	gone    bool // the Relay is
	records []share.Record
	names   map[string]string // of the records, by their board
	ended   map[string]bool
	trouble []*crier.RelayTrouble
	now     time.Time
}

// +kubebuilder:rbac:groups=crier.dev,resources=broadcasts;deliveryrecords;relays,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;create;update;delete,namespace=crier-system
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch,namespace=crier-system

// Reconcile divides one Relay.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	s := &scope{
		Reconciler: r, now: r.Clock.Now(),
		relay: crier.NamespacedReference{Namespace: req.Namespace, Name: req.Name},
		names: map[string]string{}, ended: map[string]bool{},
	}
	r.endings.add(s.ended)
	after, err := s.divide(ctx)
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return ctrl.Result{RequeueAfter: time.Second}, nil // somebody else wrote: look again
	}
	return ctrl.Result{RequeueAfter: after}, err
}

func (s *scope) store() sharebook.Store {
	return sharebook.Store{Client: s.Client, Reader: s.Reader, Namespace: s.Namespace}
}

// divide looks at everything and does what is due.
func (s *scope) divide(ctx context.Context) (time.Duration, error) {
	if err := s.findRecords(ctx); err != nil {
		return 0, err
	}
	var err error
	if s.sheet, err = s.store().Read(ctx, s.relay); err != nil {
		return 0, err
	}
	if len(s.records) == 0 && s.sheet.Missing() {
		return 0, nil // a record that starts brings it back
	}
	lost := s.setBack(ctx)
	if err := s.heedKept(ctx); err != nil {
		return 0, err
	}
	looked, err := s.observe(ctx)
	if err != nil {
		return 0, err
	}
	if len(s.records) == 0 {
		s.sheet.LoginRefused = "" // the Relay's status remembers
		if s.gone {
			s.sheet.Budgets, s.sheet.Pause = nil, nil
		}
		if s.sheet.Empty(s.now) {
			s.forget()
			return 0, s.store().Delete(ctx, s.sheet)
		}
	}
	changed := s.heed() || looked || lost
	boards := s.next()
	if len(boards) > 0 || changed {
		if err := s.post(ctx, boards); err != nil {
			return 0, err
		}
	}
	if len(s.records) == 0 {
		return whileWaiting, nil
	}
	return whileSending, nil
}

// next decides on new rations.
func (s *scope) next() map[string]share.Rations {
	records := s.records
	if _, paused := s.sheet.Pausing(s.now); paused || s.sheet.Blinded(s.now) {
		records = nil
	}
	return s.sheet.Next(s.limits, records, s.now)
}

// heed takes in what senders report of the relay.
func (s *scope) heed() bool {
	changed := false
	for _, trouble := range s.trouble {
		if trouble.Cause == causeQuota && s.sheet.Quota(trouble.Message, s.now) {
			changed = true
		}
		if trouble.Cause == causeLogin && trouble.Settings != "" && trouble.Settings != s.sheet.LoginRefused {
			s.sheet.LoginRefused = trouble.Settings
			changed = true
		}
	}
	return changed
}
