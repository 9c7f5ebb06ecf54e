package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DeliveryPass is one pass of sender pods over the recipients.
type DeliveryPass struct {
	// number of the pass, from 1.
	// +required
	Number int32 `json:"number"`

	// job is what the names of the pass's Jobs begin with, one Job for each
	// sender, written here before they are created. A missing Job is never a
	// reason to create one.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Job string `json:"job"`

	// selects the states of the recipients that are sent to; those that
	// are pending always are.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=7
	Selects []DeliveryState `json:"selects,omitempty"`

	// workers is how many pods send.
	// +required
	Workers int32 `json:"workers"`

	// connections that each of them may open.
	// +required
	Connections int32 `json:"connections"`

	// budget is how many messages the pass may send in all, of the daily
	// limit of its Relay; 0 without a limit.
	// +optional
	Budget int64 `json:"budget,omitempty"`

	// charged is how many of them it has sent as of the last roll-up.
	// +optional
	Charged int64 `json:"charged,omitempty"`

	// reached is how far the shards were when the Jobs were to be created; it
	// tells whether they got anywhere.
	// +optional
	Reached int64 `json:"reached,omitempty"`

	// stalled is how many times in a row the Jobs of the pass ended without
	// getting any further. The pauses between them grow with it.
	// +optional
	Stalled int32 `json:"stalled,omitempty"`

	// startedAt is when the pass was written here.
	// +required
	StartedAt metav1.Time `json:"startedAt"`

	// created says that the Jobs were created.
	// +optional
	Created bool `json:"created,omitempty"`

	// endedAt is when no pod of the pass was left and no claim open.
	// +optional
	EndedAt *metav1.Time `json:"endedAt,omitempty"`

	// marks say how many recipients were left at two times, some 30 seconds
	// apart, the last not longer ago than that: the pace is taken from them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=2
	Marks []PassMark `json:"marks,omitempty"`
}

// PassMark is how far a pass was at a time.
type PassMark struct {
	// at is the time.
	// +required
	At metav1.Time `json:"at"`

	// left is the number of recipients that the pass selects and that were
	// not settled then.
	// +required
	Left int64 `json:"left"`
}

// NextPass is a pass that is due.
type NextPass struct {
	// at is when it is due.
	// +required
	At metav1.Time `json:"at"`

	// selects the states of the recipients that are sent to.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=7
	Selects []DeliveryState `json:"selects,omitempty"`
}
