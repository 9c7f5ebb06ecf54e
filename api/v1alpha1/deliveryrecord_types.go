package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecordPurpose says what a record accounts for.
//
// +kubebuilder:validation:Enum=Broadcast;Report;Test
type RecordPurpose string

const (
	// RecordBroadcast accounts for the recipients of a Broadcast.
	RecordBroadcast RecordPurpose = "Broadcast"
	// RecordReport accounts for the addressees of a report mail.
	RecordReport RecordPurpose = "Report"
	// RecordTest accounts for the recipients of a test copy.
	RecordTest RecordPurpose = "Test"
)

// DeliveryRecordSpec is the identity of what is sent.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the identity of a record can't change"
type DeliveryRecordSpec struct {
	// purpose says what the record accounts for.
	// +required
	Purpose RecordPurpose `json:"purpose"`

	// namespace of the Broadcast.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`

	// broadcast is the name of the Broadcast. With its namespace it is the
	// identity: a Broadcast that is deleted and created again is the same.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Broadcast string `json:"broadcast"`

	// report is the kind of the report, where purpose is Report.
	// +optional
	Report ReportKind `json:"report,omitempty"`

	// run of the Broadcast that a report is about.
	// +optional
	Run int32 `json:"run,omitempty"`

	// test is the token of a test copy, where purpose is Test.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Test string `json:"test,omitempty"`
}

// RecordStage is how far a record has come. It never goes back but for a
// new run.
//
// +kubebuilder:validation:Enum=Registered;Sealed;Frozen;Finished
type RecordStage string

const (
	// RecordRegistered means that the Broadcast was seen.
	RecordRegistered RecordStage = "Registered"
	// RecordSealed means that the content can't change anymore.
	RecordSealed RecordStage = "Sealed"
	// RecordFrozen means that recipients and message are written down and
	// may be sent to.
	RecordFrozen RecordStage = "Frozen"
	// RecordFinished means that nothing is left to do.
	RecordFinished RecordStage = "Finished"
)

// FreezeAttempt is an attempt to write recipients and message down. All
// objects of an attempt carry its id in their names.
type FreezeAttempt struct {
	// id is random.
	// +required
	// +kubebuilder:validation:MaxLength=32
	ID string `json:"id"`

	// startedAt is when the attempt was written to the record, before any
	// of its objects.
	// +required
	StartedAt metav1.Time `json:"startedAt"`
}

// FrozenDelivery is the attempt that senders obey; all others are garbage.
type FrozenDelivery struct {
	// attempt is the id of the attempt.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Attempt string `json:"attempt"`

	// digest of the recipients.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Digest string `json:"digest"`

	// recipients that were frozen.
	// +required
	Recipients int64 `json:"recipients"`

	// shards that they are spread over.
	// +required
	Shards int32 `json:"shards"`

	// files are the attachments of the message that may be kept beside it.
	// +optional
	Files int32 `json:"files,omitempty"`

	// format is the version of what was frozen: message, recipients, shards. A
	// release that doesn't know it sends nothing. 0 is the first.
	// +optional
	Format int32 `json:"format,omitempty"`

	// at is when the record was turned Frozen.
	// +required
	At metav1.Time `json:"at"`
}

// RecordRoute is the way the mail takes. It holds no credentials.
type RecordRoute struct {
	// relay that the mail leaves through.
	// +required
	Relay NamespacedReference `json:"relay"`

	// from is the author's address, which the Relay must go on granting.
	// +required
	From MailAddress `json:"from"`
}

// RecordLists are the MailingLists that a message is for. What people are
// suppressed for goes by them as long as it is sent, also when they are gone.
type RecordLists struct {
	// names of the lists in the namespace of the Broadcast, in its order.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Names []string `json:"names"`

	// purpose of them all.
	// +required
	Purpose Purpose `json:"purpose"`
}

// RecordSuppressions are the suppressions that recipients were chosen with.
type RecordSuppressions struct {
	// digest of them: "sha256:" and 64 hexadecimal digits.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Digest string `json:"digest"`

	// at is when the recipients were chosen.
	// +required
	At metav1.Time `json:"at"`
}

// SentInHour is how many messages were sent in an hour.
type SentInHour struct {
	// hour is its beginning.
	// +required
	Hour metav1.Time `json:"hour"`

	// messages that were accepted, or of which nobody knows.
	// +required
	Messages int64 `json:"messages"`
}

// RecordStop says that nothing may be sent now, and why.
type RecordStop struct {
	// reason is a reason of the Ready condition.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`

	// message for people.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// at is when it was asked for.
	// +required
	At metav1.Time `json:"at"`

	// final says that it is the end: cancelled or too late.
	// +optional
	Final bool `json:"final,omitempty"`
}

// RelayTrouble is what keeps senders from handing messages over.
type RelayTrouble struct {
	// cause as a constant of the outcome.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Cause string `json:"cause"`

	// message in the server's words.
	// +optional
	// +kubebuilder:validation:MaxLength=600
	Message string `json:"message,omitempty"`

	// settings is the version of the settings that a login was refused with.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Settings string `json:"settings,omitempty"`

	// since when.
	// +required
	Since metav1.Time `json:"since"`
}

// DeliveryRecordState is what is known for certain. It isn't a status
// subresource, because backups drop those.
type DeliveryRecordState struct {
	// sequence counts the writes of this state, from 1; absent in what older
	// releases wrote. A state with a lower one than was seen before was set
	// back, as by a backup that was restored.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Sequence int64 `json:"sequence,omitempty"`

	// firstSeen is when the Broadcast was first seen in this run.
	// +required
	FirstSeen metav1.Time `json:"firstSeen"`

	// namespaceUID of the namespace of the Broadcast.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	NamespaceUID string `json:"namespaceUID,omitempty"`

	// broadcastUID of the Broadcast that is obeyed.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	BroadcastUID string `json:"broadcastUID,omitempty"`

	// run counts the different contents sent under this name, from 1.
	// +required
	Run int32 `json:"run"`

	// contentHash that was sealed.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	ContentHash string `json:"contentHash,omitempty"`

	// messageHash of the message that was sealed; no other one is frozen.
	// Empty in records that are older than the hash.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	MessageHash string `json:"messageHash,omitempty"`

	// deadline is when nothing more is sent: that of the Broadcast, or of the
	// last resend.
	// +optional
	Deadline *metav1.Time `json:"deadline,omitempty"`

	// latestDeadline is the latest that deadline ever was in this run, if it
	// was later than it is now. Until then the name is taken.
	// +optional
	LatestDeadline *metav1.Time `json:"latestDeadline,omitempty"`

	// stage is how far the record has come.
	// +required
	Stage RecordStage `json:"stage"`

	// route that the mail takes.
	// +optional
	Route *RecordRoute `json:"route,omitempty"`

	// lists that the message is for.
	// +optional
	Lists *RecordLists `json:"lists,omitempty"`

	// suppressions that the recipients were chosen with. People who were
	// suppressed since get no message.
	// +optional
	Suppressions *RecordSuppressions `json:"suppressions,omitempty"`

	// attempt to freeze that is under way or was the last.
	// +optional
	Attempt *FreezeAttempt `json:"attempt,omitempty"`

	// frozen is the attempt that senders obey.
	// +optional
	Frozen *FrozenDelivery `json:"frozen,omitempty"`

	// audience as it was planned.
	// +optional
	Audience *PlannedAudience `json:"audience,omitempty"`

	// generation of Message-IDs, from 0; a resend to all starts a new one.
	// +optional
	Generation int32 `json:"generation,omitempty"`

	// maxDeferralSeconds is how long deferred recipients are tried again.
	// +optional
	MaxDeferralSeconds int64 `json:"maxDeferralSeconds,omitempty"`

	// onUnknown is the policy for unknown recipients.
	// +optional
	OnUnknown UnknownPolicy `json:"onUnknown,omitempty"`

	// unknownResent says that the policy for unknown recipients was carried out.
	// +optional
	UnknownResent bool `json:"unknownResent,omitempty"`

	// pass that is under way or was the last.
	// +optional
	Pass *DeliveryPass `json:"pass,omitempty"`

	// nextPass is what comes after the last one.
	// +optional
	NextPass *NextPass `json:"nextPass,omitempty"`

	// totals as of the last roll-up.
	// +optional
	Totals DeliveryTotals `json:"totals,omitempty,omitzero"`

	// lost are recipients whose addresses were deleted.
	// +optional
	Lost *LostRecipients `json:"lost,omitempty"`

	// setBack says that the record or a shard of it isn't in the state that it
	// was in before, as after the restore of a backup: it isn't known who got
	// the message since. Nothing is sent as long as it is there, and only a
	// person takes it away.
	// +optional
	SetBack *RecordSetBack `json:"setBack,omitempty"`

	// skew is how far the clock of a node is off that sends.
	// +optional
	Skew *ClockSkew `json:"skew,omitempty"`

	// stop says that nothing may be sent now.
	// +optional
	Stop *RecordStop `json:"stop,omitempty"`

	// stopped says that no pod of the record is left that could send.
	// +optional
	Stopped bool `json:"stopped,omitempty"`

	// trouble with the relay.
	// +optional
	Trouble *RelayTrouble `json:"trouble,omitempty"`

	// resend is the last one that was carried out.
	// +optional
	Resend *RecordResend `json:"resend,omitempty"`

	// resendTokens are those of this run that have no effect any more: they were
	// carried out, or stood in the Broadcast before its recipients were frozen.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	ResendTokens []UsedToken `json:"resendTokens,omitempty"`

	// testTokens are those that a test copy was made for.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	TestTokens []UsedToken `json:"testTokens,omitempty"`

	// priority as it is carried out: what the Broadcast asks for, and the
	// Relay grants.
	// +optional
	Priority Priority `json:"priority,omitempty"`

	// sent is how many messages were sent in each of the last 24 hours.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=26
	Sent []SentInHour `json:"sent,omitempty"`

	// waitsUntil is when a wait for a limit of the Relay ends.
	// +optional
	WaitsUntil *metav1.Time `json:"waitsUntil,omitempty"`

	// startedAt is when the first pass started.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// triedAt is when everybody had been tried once.
	// +optional
	TriedAt *metav1.Time `json:"triedAt,omitempty"`

	// finishedAt is when nothing was left to do.
	// +optional
	FinishedAt *metav1.Time `json:"finishedAt,omitempty"`

	// result is the reason of the Finished condition.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Result string `json:"result,omitempty"`

	// reports whose mail was frozen in this run, each once.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=4
	Reports []ReportKind `json:"reports,omitempty"`

	// goneAt is when the Broadcast was first found missing.
	// +optional
	GoneAt *metav1.Time `json:"goneAt,omitempty"`

	// compactedAt is when the detail per recipient was deleted.
	// +optional
	CompactedAt *metav1.Time `json:"compactedAt,omitempty"`
}

// DeliveryRecord is Crier's memory of what was sent under the name of a
// Broadcast. It outlives the Broadcast, so that one that is created again
// is not sent again. It holds no recipient's address.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,shortName=drec,categories=crier-internal
// +kubebuilder:printcolumn:name="Namespace",type=string,JSONPath=`.spec.namespace`
// +kubebuilder:printcolumn:name="Broadcast",type=string,JSONPath=`.spec.broadcast`
// +kubebuilder:printcolumn:name="Report",type=string,JSONPath=`.spec.report`
// +kubebuilder:printcolumn:name="Stage",type=string,JSONPath=`.state.stage`
// +kubebuilder:printcolumn:name="Accepted",type=integer,JSONPath=`.state.totals.accepted`
// +kubebuilder:printcolumn:name="Intended",type=integer,JSONPath=`.state.totals.intended`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type DeliveryRecord struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the identity of what is sent.
	// +required
	Spec DeliveryRecordSpec `json:"spec"`

	// state is what is known for certain.
	// +required
	State DeliveryRecordState `json:"state"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// DeliveryRecordList is a list of DeliveryRecords.
//
// +kubebuilder:object:root=true
type DeliveryRecordList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DeliveryRecord `json:"items"`
}
