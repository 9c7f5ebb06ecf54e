package deliveryrecord

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/sharebook"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/smtp/outcome"
)

// rollUp sums the shards, and takes shards away from senders that are gone.
func (s *scope) rollUp(ctx context.Context) (bool, time.Duration, error) {
	if err := s.readShards(ctx); err != nil {
		return true, 0, err
	}
	var err error
	if s.pods, err = s.listPods(ctx, cached); err != nil {
		return true, 0, err
	}
	s.watch()
	if s.before.SetBack == nil && s.state.SetBack != nil {
		// Those who know it are dismissed next, and nobody may forget it.
		if err := s.save(ctx); err != nil {
			return true, 0, err
		}
	}
	if slices.ContainsFunc(s.shards, s.seemsLost) {
		if s.pods, err = s.listPods(ctx, live); err != nil {
			return true, 0, err
		}
	}
	for i := range s.shards {
		if err := s.releaseIfLost(ctx, &s.shards[i]); err != nil {
			return true, 0, err
		}
	}
	if s.lost == "" {
		s.lost, err = s.missing(ctx)
	}
	if s.accounted() {
		s.sum()
		s.charge(lifecycle.NewlySent(s.before.Totals, s.state.Totals))
	}
	return err != nil, 0, err
}

// watch compares what was read with what was seen before: whether it was set
// back, and whether the clocks of senders agree with ours.
func (s *scope) watch() {
	skew, shard := s.seen.Shards(s.record, s.shards, s.now)
	s.believeSenders()
	if s.lost == "" && s.state.SetBack != nil {
		s.lost = "the ledger was set back, as by the restore of a backup, so it isn't known who got the message since"
	}
	s.noteSkew(skew, shard)
}

// showSkew is how long the skew of a clock is shown after it was seen last, and
// rememberSkew how often it is written that it was seen again.
const (
	showSkew     = 10 * time.Minute
	rememberSkew = time.Minute
)

// noteSkew shows by how much the clock of a node is off. It stops nothing.
func (s *scope) noteSkew(skew time.Duration, shard *crier.DeliveryShard) {
	known := s.state.Skew
	if known != nil && s.now.Sub(known.SeenAt.Time) > showSkew {
		known, s.state.Skew = nil, nil
	}
	if skew == 0 || known != nil && s.now.Sub(known.SeenAt.Time) < rememberSkew {
		return
	}
	found := &crier.ClockSkew{Seconds: int64(skew / time.Second), SeenAt: metav1.NewTime(s.now)}
	for i := range s.pods {
		if string(s.pods[i].UID) == shard.State.Claim.PodUID {
			found.Node = s.pods[i].Spec.NodeName
		}
	}
	s.state.Skew = found
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

// accounted says whether the shards say what became of everybody: all of them are
// there and can be read, and none was set back.
func (s *scope) accounted() bool {
	return s.state.SetBack == nil && int32(len(s.shards)) == s.state.Frozen.Shards
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

// source is where an answer comes from.
type source bool

const (
	live   source = true
	cached source = false
)

// IndexPods is the field index of sender pods by their record.
const IndexPods = "record"

// PodsByRecord is the function of IndexPods.
func PodsByRecord(obj client.Object) []string { return []string{obj.GetLabels()[crier.LabelRecord]} }

// listPods lists the pods of the record whose containers may still run. Out of
// the cache they are good for what is shown; no claim is taken away, and no pass
// ended, on what it says.
func (s *scope) listPods(ctx context.Context, from source) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	options := []client.ListOption{client.InNamespace(s.Namespace), client.MatchingLabels{
		crier.LabelRecord: s.record.Name, crier.LabelComponent: crier.ComponentSender,
	}}
	reader := s.Reader
	if from == cached {
		reader, options = s.Client, append(options, client.MatchingFields{IndexPods: s.record.Name})
	}
	err := reader.List(ctx, list, options...)
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
// hears of, might go on until its lease is over. Of a ledger that was set back
// nothing is released: its claims are those of another time.
func (s *scope) releaseIfLost(ctx context.Context, shard *crier.DeliveryShard) error {
	if !s.seemsLost(*shard) {
		return nil
	}
	if err := ledger.Release(&shard.State, shard.Spec.Recipients, s.now); err != nil {
		return err
	}
	// A conflict ends this look: somebody wrote, and what is in memory isn't so.
	return s.Client.Update(ctx, shard)
}

// seemsLost says whether the holder of a shard is, as far as its pods are known.
func (s *scope) seemsLost(shard crier.DeliveryShard) bool {
	claim := shard.State.Claim
	return claim.PodUID != "" && s.state.SetBack == nil && !s.alive(claim.PodUID) && s.seen.Stale(&shard, s.now)
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
	if !s.accounted() {
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
