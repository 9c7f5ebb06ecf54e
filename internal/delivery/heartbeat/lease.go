package heartbeat

import (
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// FromLease reads the heartbeat out of its Lease. A gap that can't be read is
// one of which nothing is known, until now: it holds.
func FromLease(lease *coordinationv1.Lease, now time.Time) Beat {
	var b Beat
	if lease.Spec.HolderIdentity != nil {
		b.Holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.RenewTime != nil {
		b.At = lease.Spec.RenewTime.UTC()
	}
	from, began := lease.Annotations[crier.AnnotationGapFrom]
	to, ended := lease.Annotations[crier.AnnotationGapTo]
	b.Ledger = lease.Annotations[crier.AnnotationLedger]
	b.Released = lease.Annotations[crier.AnnotationReleaseGap]
	if !began && !ended {
		return b
	}
	gap, err := ParseGap(from, to)
	if err != nil {
		gap = Gap{To: second(now)}
	}
	b.Gap = &gap
	return b
}

// Into writes the heartbeat into its Lease. Other annotations stay.
func (b Beat) Into(lease *coordinationv1.Lease) {
	lease.Spec.HolderIdentity = &b.Holder
	lease.Spec.RenewTime = &metav1.MicroTime{Time: b.At}
	seconds := int32(Interval / time.Second)
	lease.Spec.LeaseDurationSeconds = &seconds
	if lease.Annotations == nil {
		lease.Annotations = map[string]string{}
	}
	for _, key := range []string{crier.AnnotationLedger, crier.AnnotationGapFrom, crier.AnnotationGapTo, crier.AnnotationReleaseGap} {
		delete(lease.Annotations, key)
	}
	if b.Ledger != "" {
		lease.Annotations[crier.AnnotationLedger] = b.Ledger
	}
	if b.Gap == nil {
		return
	}
	from, to := b.Gap.Format()
	lease.Annotations[crier.AnnotationGapFrom], lease.Annotations[crier.AnnotationGapTo] = from, to
	if b.Released != "" {
		lease.Annotations[crier.AnnotationReleaseGap] = b.Released
	}
}
