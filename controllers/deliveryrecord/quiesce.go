package deliveryrecord

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// quiesce deletes the Jobs of the record and says whether no sender is left
// that could send: no pod, and no claim.
func (s *scope) quiesce(ctx context.Context) (bool, error) {
	pass := s.state.Pass
	if s.state.SetBack == nil && (pass == nil || pass.EndedAt != nil) {
		return true, nil // a record that was set back may not know its last pass
	}
	if err := s.writeConnection(ctx, false); err != nil {
		return false, err
	}
	if err := s.dismissJobs(ctx); err != nil {
		return false, err
	}
	if !s.quiet() {
		return false, nil
	}
	// What was read before that may be older than the last that a sender did.
	var err error
	if s.pods, err = s.listPods(ctx, live); err != nil || len(s.pods) > 0 {
		return false, err
	}
	if err := s.readShards(ctx); err != nil {
		return false, err
	}
	s.watch()
	if s.accounted() {
		s.sum()
	}
	return s.quiet(), nil
}

// quiet says whether there is neither a pod nor a claim, as far as was seen. The
// claims of a ledger that was set back are of another time.
func (s *scope) quiet() bool {
	if s.state.SetBack != nil {
		return len(s.pods) == 0
	}
	for i := range s.shards {
		if s.shards[i].State.Claim.PodUID != "" {
			return false
		}
	}
	return len(s.pods) == 0
}

// dismissJobs deletes all Jobs of the record. Beside that of the pass there
// may be one that a manager which was overtaken has made late.
func (s *scope) dismissJobs(ctx context.Context) error {
	list := &batchv1.JobList{}
	err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{crier.LabelRecord: s.record.Name})
	if err != nil {
		return err
	}
	for i := range list.Items {
		err := s.Client.Delete(ctx, &list.Items[i], client.PropagationPolicy(metav1.DeletePropagationBackground))
		if client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}
