package relayshare

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// +kubebuilder:rbac:groups=crier.dev,resources=deliveryshards,verbs=list,namespace=crier-system

// heedKept looks at what pods say that were given less than before: others get
// the rest as soon as they keep to that, and not before. It is asked only while
// there are such: a large record has hundreds of shards. How old the answer is
// doesn't matter, since no pod ever goes back to an earlier ration.
func (s *scope) heedKept(ctx context.Context) error {
	shrinking := s.sheet.Shrinking()
	kept := map[string]int64{}
	for _, record := range s.records {
		if !shrinking[record.Board] {
			continue
		}
		list := &crier.DeliveryShardList{}
		err := s.Reader.List(ctx, list, client.InNamespace(s.Namespace),
			client.MatchingLabels{crier.LabelRecord: s.names[record.Board]},
			&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: "0"}})
		if err != nil {
			return err
		}
		for i := range list.Items {
			claim := list.Items[i].State.Claim
			if slices.Contains(record.Pods, claim.PodUID) || slices.Contains(record.Leaving, claim.PodUID) {
				kept[claim.PodUID] = max(kept[claim.PodUID], claim.Grant)
			}
		}
	}
	s.sheet.Heed(kept)
	return nil
}
