// Package heart keeps the heartbeat of the ledger in a Lease, and is the door
// that all sending goes through: while the ledger may have been set back, it
// holds what could have been sent without the ledger knowing of it.
package heart

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/names"
)

// ErrNone says that a controller that leads to mail was given no Keeper.
var ErrNone = errors.New("a controller has no heartbeat to ask")

// Keeper keeps the heartbeat. All methods may be called at the same time.
type Keeper struct {
	// Client writes, Reader asks the API server: a cache may be from before a
	// restore.
	Client client.Client
	Reader client.Reader
	// Namespace of the operator.
	Namespace string
	// Me names this process, and no other.
	Me string
	// StaleAfter is how old a heartbeat may be that is taken over; 0 makes no
	// gaps.
	StaleAfter time.Duration
	// Leads is closed when this process leads.
	Leads <-chan struct{}
	Clock clock.PassiveClock

	mu    sync.Mutex
	known heartbeat.Known
	// asked says that a controller has asked, which only those of a leader do:
	// they start before Leads is closed.
	asked bool
	// taken says that this process has taken the heartbeat over.
	taken bool
}

// Gap is what could have been sent and is held; nil for nothing. It looks at
// what is stored each time, since a ledger may be set back between any two
// looks. An error means that nobody knows: send nothing then. A nil Keeper
// holds nothing: there are none but in tests.
func (k *Keeper) Gap(ctx context.Context) (*heartbeat.Gap, error) {
	if k == nil {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = true
	return k.look(ctx, false)
}

// Start renews the heartbeat until ctx is done. A process that doesn't lead
// only looks: it still knows later what was stored, when the leader has died
// in the restore. It implements manager.Runnable.
func (k *Keeper) Start(ctx context.Context) error {
	ticker := time.NewTicker(heartbeat.Interval)
	defer ticker.Stop()
	leads := k.Leads
	for {
		if err := k.Beat(ctx); err != nil && ctx.Err() == nil {
			ctrl.Log.WithName("heartbeat").Error(err, "the heartbeat of the ledger can't be renewed; nothing new is sent until it can")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-leads:
			leads = nil // it stays closed
		case <-ticker.C:
		}
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (k *Keeper) NeedLeaderElection() bool { return false }

// Beat looks at the heartbeat, and renews it if this process leads.
func (k *Keeper) Beat(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := k.look(ctx, true)
	return err
}

func (k *Keeper) leads() bool {
	select {
	case <-k.Leads:
		return true
	default:
		return k.asked
	}
}

// look reads the heartbeat, and writes it if it is due, if there is something
// new to hold, or if this process takes it over.
func (k *Keeper) look(ctx context.Context, due bool) (*heartbeat.Gap, error) {
	lease, err := k.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the heartbeat of the ledger: %w", err)
	}
	now := k.Clock.Now()
	k.known.Me = k.Me
	look := heartbeat.Look{Known: k.known, Leads: k.leads(), Limit: k.StaleAfter, Now: now}
	if look.Ledger, err = k.ledger(ctx); err != nil {
		return nil, err
	}
	if lease != nil {
		found := heartbeat.FromLease(lease, now)
		look.Found = &found
	} else if look.Used, err = k.used(ctx); err != nil {
		return nil, err
	}
	gap := look.NewGap()
	if gap == nil {
		k.saw(look.Found)
		if !look.Leads || k.taken && !due && look.Found != nil {
			return look.Found.Holds(), nil
		}
	}
	next := look.Next()
	if err := k.write(ctx, lease, next); err != nil {
		return nil, err
	}
	k.taken = k.taken || look.Leads
	if gap != nil {
		ctrl.Log.WithName("heartbeat").Info("the ledger may have been set back: what could have been sent is held until it is released",
			"during", gap.During(), "command", heartbeat.Command)
	}
	return next.Holds(), nil
}

// saw takes in what another process may have written.
func (k *Keeper) saw(found *heartbeat.Beat) {
	if found != nil && found.At.After(k.known.Last) {
		k.known.Last = found.At
	}
}

// read returns nil if there is no heartbeat.
func (k *Keeper) read(ctx context.Context) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{}
	err := k.Reader.Get(ctx, client.ObjectKey{Namespace: k.Namespace, Name: names.HeartbeatLease}, lease)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return lease, err
}

// ledger is the UID of the kind of records: with the kind all of them go, and
// those that are made anew know nothing of what was sent before.
func (k *Keeper) ledger(ctx context.Context) (string, error) {
	kind := &metav1.PartialObjectMetadata{}
	kind.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := k.Reader.Get(ctx, client.ObjectKey{Name: names.LedgerKind}, kind); err != nil {
		return "", fmt.Errorf("looking for the kind of records: %w", err)
	}
	return string(kind.UID), nil
}

// write stores the heartbeat under the version that was read.
func (k *Keeper) write(ctx context.Context, lease *coordinationv1.Lease, next heartbeat.Beat) error {
	write := func() error { return k.Client.Update(ctx, lease) }
	if lease == nil {
		lease = &coordinationv1.Lease{}
		lease.Namespace, lease.Name = k.Namespace, names.HeartbeatLease
		write = func() error { return k.Client.Create(ctx, lease) }
	}
	next.Into(lease)
	k.known.Tried = next.At
	if err := write(); err != nil {
		return fmt.Errorf("writing the heartbeat of the ledger: %w", err)
	}
	k.known.Last, k.known.Tried = next.At, time.Time{}
	return nil
}

// used says whether the ledger has been written by a release that keeps a
// heartbeat: such a release counts what it writes.
func (k *Keeper) used(ctx context.Context) (bool, error) {
	options := &client.ListOptions{Limit: 500}
	for {
		list := &crier.DeliveryRecordList{}
		if err := k.Reader.List(ctx, list, options); err != nil {
			return false, fmt.Errorf("looking for records without a heartbeat: %w", err)
		}
		for i := range list.Items {
			if list.Items[i].State.Sequence > 0 {
				return true, nil
			}
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return false, nil
		}
	}
}
