package deliveryrecord

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/smtp/outcome"
)

// leaseMargin is added to a lease for clocks that differ between nodes.
const leaseMargin = 15 * time.Second

// rollUp sums the shards, and takes shards away from senders that are gone.
func (s *scope) rollUp(ctx context.Context) (bool, time.Duration, error) {
	if err := s.readShards(ctx); err != nil {
		return true, 0, err
	}
	var err error
	if s.pods, err = s.listPods(ctx); err != nil {
		return true, 0, err
	}
	for i := range s.shards {
		if err := s.releaseIfLost(ctx, &s.shards[i]); err != nil {
			return true, 0, err
		}
	}
	if s.lost == "" {
		s.lost, err = s.missing(ctx)
	}
	if s.lost == "" {
		s.sum()
		s.charge(lifecycle.NewlySent(s.before.Totals, s.state.Totals))
	}
	return err != nil, 0, err
}

// readShards reads the shards. If one of them can't be, the ledger is lost until
// it is mended: its recipients can't be told apart.
func (s *scope) readShards(ctx context.Context) (err error) {
	s.shards, err = s.Store.Shards(ctx, s.record)
	if readable.Is(err) {
		s.lost = fmt.Sprintf("it isn't known who got the message: %s", err)
	}
	return readable.Ignore(err)
}

func (s *scope) sum() {
	var totals crier.DeliveryTotals
	var trouble *crier.RelayTrouble
	for i := range s.shards {
		totals = ledger.Sum(totals, s.shards[i].State.Totals)
		if t := s.shards[i].State.Trouble; t != nil && (trouble == nil || before(t, trouble)) {
			trouble = t
		}
	}
	s.state.Totals, s.state.Lost = totals, ledger.LostOf(s.shards, s.gone)
	totals = lifecycle.Reachable(s.state)
	if pass := s.state.Pass; pass != nil && pass.EndedAt == nil {
		s.state.Trouble = trouble
		lifecycle.Mark(pass, lifecycle.Todo(totals, pass.Selects), s.now)
	}
}

// before says which trouble is shown: what stops all senders, then what came first.
func before(a, b *crier.RelayTrouble) bool {
	if x, y := outcome.Cause(a.Cause).StopsAll(), outcome.Cause(b.Cause).StopsAll(); x != y {
		return x
	}
	return a.Since.Before(&b.Since)
}

// listPods lists the pods of the record whose containers may still run.
func (s *scope) listPods(ctx context.Context) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{
		crier.LabelRecord: s.record.Name, crier.LabelComponent: crier.ComponentSender,
	})
	if err != nil {
		return nil, err
	}
	var running []corev1.Pod
	s.ended = map[string]bool{}
	for i := range list.Items {
		if sharebook.Ended(&list.Items[i]) {
			s.ended[string(list.Items[i].UID)] = true
			continue
		}
		running = append(running, list.Items[i])
	}
	return running, nil
}

// releaseIfLost takes a shard away from a holder that is gone. A pod whose
// containers ended can't send. One that is missing, or on a node nobody
// hears of, might go on until its lease is over.
func (s *scope) releaseIfLost(ctx context.Context, shard *crier.DeliveryShard) error {
	claim := shard.State.Claim
	if claim.PodUID == "" || s.alive(claim.PodUID) || !s.leaseOver(claim) {
		return nil
	}
	if err := ledger.Release(&shard.State, shard.Spec.Recipients, s.now); err != nil {
		return err
	}
	// A conflict ends this look: somebody wrote, and what is in memory isn't so.
	return s.Client.Update(ctx, shard)
}

func (s *scope) leaseOver(claim crier.ShardClaim) bool {
	return claim.RenewTime == nil || s.now.Sub(claim.RenewTime.Time) > ledger.Lease+leaseMargin
}

// alive says whether the pod may still come back with its journal. A pod
// that is being deleted keeps its claim while it renews it.
func (s *scope) alive(uid string) bool {
	for i := range s.pods {
		if string(s.pods[i].UID) == uid {
			return s.pods[i].DeletionTimestamp == nil
		}
	}
	return false
}

// expire turns recipients that are deferred for ever into expired ones.
func (s *scope) expire(ctx context.Context) error {
	if s.lost != "" {
		return nil
	}
	for i := range s.shards {
		shard := &s.shards[i]
		if shard.State.Totals.Deferred == 0 {
			continue
		}
		if err := ledger.Expire(&shard.State); err != nil {
			return err
		}
		if err := s.Client.Update(ctx, shard); err != nil {
			return err
		}
	}
	s.sum()
	return nil
}
