package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecordSetBack says that the ledger was set back.
type RecordSetBack struct {
	// at is when that was seen.
	// +required
	At metav1.Time `json:"at"`

	// message says what of it.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
}

// ClockSkew is the difference between the clock of a node and the manager's.
type ClockSkew struct {
	// node whose clock it is; empty if its pod was gone by then.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Node string `json:"node,omitempty"`

	// seconds by which it is ahead, or behind if negative: at least as many.
	// +required
	Seconds int64 `json:"seconds"`

	// seenAt is when that was seen last, give or take a minute.
	// +required
	SeenAt metav1.Time `json:"seenAt"`
}
