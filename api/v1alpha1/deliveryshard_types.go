package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DeliveryShardSpec is the part of the recipients that a shard accounts for.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="what a shard accounts for can't change"
type DeliveryShardSpec struct {
	// record is the name of the DeliveryRecord.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Record string `json:"record"`

	// attempt that froze the shard.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Attempt string `json:"attempt"`

	// index of the shard, from 0.
	// +required
	Index int32 `json:"index"`

	// recipients of the shard.
	// +required
	Recipients int32 `json:"recipients"`

	// secret that holds the recipients.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Secret string `json:"secret"`

	// packed says that exceptions are written as state.noted: the API server
	// takes twenty times as long for thousands of them as for a text. Shards
	// that an earlier release froze keep the list, which its senders read.
	// +optional
	Packed bool `json:"packed,omitempty"`
}

// ShardClaim is a sender's right to work on a shard.
type ShardClaim struct {
	// epoch counts the claims of this shard. A sender whose epoch has
	// passed writes nothing, and so sends nothing.
	// +required
	Epoch int64 `json:"epoch"`

	// podUID of the holder; empty when nobody holds the shard.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	PodUID string `json:"podUID,omitempty"`

	// podName of the holder.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	PodName string `json:"podName,omitempty"`

	// worker is the completion index of the holder.
	// +optional
	Worker int32 `json:"worker,omitempty"`

	// grant is the number of the last share of the Relay that the holder keeps
	// to: it uses nothing of an earlier one anymore.
	// +optional
	Grant int64 `json:"grant,omitempty"`

	// renewTime is when the holder last wrote.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$`
	RenewTime *metav1.MicroTime `json:"renewTime,omitempty"`
}

// ShardIntent are the recipients that a sender may be sending to right now.
// It is written before the first of them is sent to.
type ShardIntent struct {
	// recipients by their index in the shard, as ranges: "0-99,120".
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Recipients string `json:"recipients"`

	// at is when it was written.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$`
	At metav1.MicroTime `json:"at"`
}

// ShardReply is a reply that recipients got; stored once for all of them.
type ShardReply struct {
	// phase of the SMTP dialogue.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Phase string `json:"phase,omitempty"`

	// code of the reply (RFC 5321, section 4.2); 0 when none came.
	// +optional
	Code int32 `json:"code,omitempty"`

	// enhanced status code (RFC 3463).
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Enhanced string `json:"enhanced,omitempty"`

	// text in the server's words, without control characters.
	// +optional
	// +kubebuilder:validation:MaxLength=600
	Text string `json:"text,omitempty"`

	// cause as a constant of the outcome.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Cause string `json:"cause,omitempty"`

	// scope that the reply is about.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Scope string `json:"scope,omitempty"`
}

// ShardException is what is known of a recipient beyond its state.
type ShardException struct {
	// index of the recipient in the shard.
	// +required
	Index int32 `json:"i"`

	// attempts that the relay answered.
	// +optional
	Attempts int32 `json:"n,omitempty"`

	// reply is the index of the last reply in replies.
	// +optional
	Reply int32 `json:"r,omitempty"`

	// at is when it came, in seconds since 1970.
	// +optional
	At int64 `json:"t,omitempty"`
}

// DeliveryShardState is what is known for certain of a shard's recipients.
type DeliveryShardState struct {
	// sequence counts the writes of this state, from 1; absent in what older
	// releases wrote. A state with a lower one than was seen before was set
	// back, as by a backup that was restored.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Sequence int64 `json:"sequence,omitempty"`

	// claim of the sender that works on it.
	// +optional
	Claim ShardClaim `json:"claim,omitempty,omitzero"`

	// pass that last worked on it.
	// +optional
	Pass int32 `json:"pass,omitempty"`

	// cursor is the index up to which that pass has come.
	// +optional
	Cursor int32 `json:"cursor,omitempty"`

	// until is the index of the first recipient that has to wait for a later
	// day, by the daily limit of the Relay; without it, nobody has.
	// +optional
	Until *int32 `json:"until,omitempty"`

	// date of the messages: when the shard was first claimed.
	// +optional
	Date *metav1.Time `json:"date,omitempty"`

	// dateGeneration is the generation of Message-IDs that date belongs to.
	// +optional
	DateGeneration int32 `json:"dateGeneration,omitempty"`

	// intent of the holder.
	// +optional
	Intent *ShardIntent `json:"intent,omitempty"`

	// outcomes of the recipients in their order, run-length encoded: a
	// letter (p pending, a accepted, f failed, d deferred, u unknown,
	// x expired, s suppressed), then how many there are of it unless it is
	// one. A capital is the same state, of recipients whom the pass has to
	// come to again.
	// +required
	// +kubebuilder:validation:MaxLength=32768
	Outcomes string `json:"outcomes"`

	// totals of outcomes.
	// +required
	Totals DeliveryTotals `json:"totals"`

	// replies that exceptions refer to.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	Replies []ShardReply `json:"replies,omitempty"`

	// exceptions are recipients that were not simply accepted, by their index.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8192
	Exceptions []ShardException `json:"exceptions,omitempty"`

	// noted are the exceptions of a packed shard, which has no list of them:
	// one after the other, with ";" between, of each its index, less that of
	// the one before, its attempts, its reply, and its time, less that of the
	// one before, with "," between.
	// +optional
	// +kubebuilder:validation:MaxLength=393216
	Noted string `json:"noted,omitempty"`

	// trouble that keeps the holder from sending.
	// +optional
	Trouble *RelayTrouble `json:"trouble,omitempty"`
}

// DeliveryShard accounts for some thousands of recipients of a record. The
// recipients are in a Secret; here is what became of them, by index.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=dshard,categories=crier-internal
// +kubebuilder:printcolumn:name="Record",type=string,JSONPath=`.spec.record`
// +kubebuilder:printcolumn:name="Index",type=integer,JSONPath=`.spec.index`
// +kubebuilder:printcolumn:name="Recipients",type=integer,JSONPath=`.spec.recipients`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.state.totals.pending`
// +kubebuilder:printcolumn:name="Accepted",type=integer,JSONPath=`.state.totals.accepted`
// +kubebuilder:printcolumn:name="Holder",type=string,JSONPath=`.state.claim.podName`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type DeliveryShard struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the shard accounts for.
	// +required
	Spec DeliveryShardSpec `json:"spec"`

	// state is what is known for certain.
	// +required
	State DeliveryShardState `json:"state"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// DeliveryShardList is a list of DeliveryShards.
//
// +kubebuilder:object:root=true
type DeliveryShardList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DeliveryShard `json:"items"`
}
