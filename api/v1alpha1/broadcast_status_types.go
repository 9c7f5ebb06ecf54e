package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// BroadcastPhase is a word for people and printer columns; programs read
// the conditions.
//
// +kubebuilder:validation:Enum=Pending;Waiting;Scheduled;Suspended;Planning;Sending;Retrying;Sent;SentWithFailures;Held;Cancelled;Missed;NotSent
type BroadcastPhase string

// The phases of a Broadcast.
const (
	PhasePending          BroadcastPhase = "Pending"
	PhaseWaiting          BroadcastPhase = "Waiting"
	PhaseScheduled        BroadcastPhase = "Scheduled"
	PhaseSuspended        BroadcastPhase = "Suspended"
	PhasePlanning         BroadcastPhase = "Planning"
	PhaseSending          BroadcastPhase = "Sending"
	PhaseRetrying         BroadcastPhase = "Retrying"
	PhaseSent             BroadcastPhase = "Sent"
	PhaseSentWithFailures BroadcastPhase = "SentWithFailures"
	PhaseHeld             BroadcastPhase = "Held"
	PhaseCancelled        BroadcastPhase = "Cancelled"
	PhaseMissed           BroadcastPhase = "Missed"
	PhaseNotSent          BroadcastPhase = "NotSent"
)

// SealedContent is the content that is frozen from now on.
type SealedContent struct {
	// generation of the spec that was sealed.
	// +required
	Generation int64 `json:"generation"`

	// contentHash of that spec.
	// +required
	// +kubebuilder:validation:MaxLength=80
	ContentHash string `json:"contentHash"`

	// messageHash of the message that was made of that spec, and of what it
	// refers to. Another message than that one is not sent.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	MessageHash string `json:"messageHash,omitempty"`
}

// AudienceSet is one set of the audience as it was planned.
type AudienceSet struct {
	// name of the SubscriberSet.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// subscribers of the set.
	// +required
	Subscribers int64 `json:"subscribers"`

	// rejected rows of the set.
	// +optional
	Rejected int64 `json:"rejected,omitempty"`

	// syncedAt is how old the roster was.
	// +optional
	SyncedAt metav1.Time `json:"syncedAt,omitempty,omitzero"`
}

// AudienceList is what one of the lists of a Broadcast came to. Each subscriber
// of its sets is in one of recipients, duplicates, excluded, notSelected,
// undecided and suppressed.
type AudienceList struct {
	// name of the MailingList.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// reached is how many people the list reaches by itself: its sets without
	// its exclusion and filter, whatever the Broadcast narrows, and before
	// suppressions. minRecipients and maxRecipients of the list are about it.
	// +optional
	Reached int64 `json:"reached"`

	// recipients who get the message as members of this list.
	// +optional
	Recipients int64 `json:"recipients"`

	// subscribers of its sets.
	// +optional
	Subscribers int64 `json:"subscribers"`

	// rejected rows of its sets.
	// +optional
	Rejected int64 `json:"rejected,omitempty"`

	// duplicates is the number of subscribers who stand in several of its
	// sets, or get the message as members of another list.
	// +optional
	Duplicates int64 `json:"duplicates,omitempty"`

	// excluded is the number of subscribers who stand in an excluded set.
	// +optional
	Excluded int64 `json:"excluded,omitempty"`

	// notSelected is the number for whom the filter is false.
	// +optional
	NotSelected int64 `json:"notSelected,omitempty"`

	// undecided is the number for whom the filter is neither true nor false.
	// +optional
	Undecided int64 `json:"undecided,omitempty"`

	// suppressed is the number that would be recipients, but are suppressed.
	// +optional
	Suppressed int64 `json:"suppressed,omitempty"`

	// setCount is how many sets it is made of.
	// +optional
	SetCount int64 `json:"setCount,omitempty"`
}

// PlannedAudience is who a Broadcast goes to; known before anything is sent.
// Each subscriber is in one of recipients, duplicates, excluded, notSelected,
// undecided and suppressed.
type PlannedAudience struct {
	// recipients is the number of unique recipients.
	// +required
	Recipients int64 `json:"recipients"`

	// digest of the recipients: "sha256:" and 64 hexadecimal digits.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Digest string `json:"digest"`

	// subscribers of all sets, each set counted once, though several lists
	// have it. Older records don't know it.
	// +optional
	Subscribers int64 `json:"subscribers,omitempty"`

	// rejected rows of all sets.
	// +optional
	Rejected int64 `json:"rejected,omitempty"`

	// setCount is how many sets there are, also those that sets leaves out.
	// +optional
	SetCount int64 `json:"setCount,omitempty"`

	// duplicates is the number of subscribers that stand in several sets.
	// +optional
	Duplicates int64 `json:"duplicates,omitempty"`

	// filters that selected the recipients, those of the lists first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=17
	// +kubebuilder:validation:items:MaxLength=4096
	Filters []string `json:"filters,omitempty"`

	// excluded is the number of subscribers who stand in an excluded set.
	// +optional
	Excluded int64 `json:"excluded,omitempty"`

	// notSelected is the number for whom the filter is false.
	// +optional
	NotSelected int64 `json:"notSelected,omitempty"`

	// undecided is the number for whom the filter is neither true nor false,
	// because they lack a number or a date that it compares. They are not
	// sent to.
	// +optional
	Undecided int64 `json:"undecided,omitempty"`

	// suppressed subscribers who would be recipients, by reason.
	// +optional
	// +listType=map
	// +listMapKey=reason
	// +kubebuilder:validation:MaxItems=8
	Suppressed []SuppressedCount `json:"suppressed,omitempty"`

	// lists of the Broadcast, in their order, with the figures of each.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Lists []AudienceList `json:"lists,omitempty"`

	// sets that the audience was made of, the first 64 of them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Sets []AudienceSet `json:"sets,omitempty"`
}

// LostRecipients are those whose addresses were deleted while the message was
// being sent: the Secrets with their shards are gone, or can't be read.
type LostRecipients struct {
	// shards that they are in, by index, as ranges: "0-3,7". A long list is cut,
	// and ends in "...".
	// +required
	// +kubebuilder:validation:MaxLength=256
	Shards string `json:"shards"`

	// totals of all recipients of these shards. Those who are pending or
	// deferred get nothing any more, unless the Secrets are restored.
	// +required
	Totals DeliveryTotals `json:"totals"`
}

// DeliveryState is what became of one recipient.
//
// +kubebuilder:validation:Enum=Pending;Accepted;Failed;Deferred;Unknown;Expired;Suppressed
type DeliveryState string

// The states of a recipient.
const (
	DeliveryPending  DeliveryState = "Pending"
	DeliveryAccepted DeliveryState = "Accepted"
	DeliveryFailed   DeliveryState = "Failed"
	DeliveryDeferred DeliveryState = "Deferred"
	DeliveryUnknown  DeliveryState = "Unknown"
	DeliveryExpired  DeliveryState = "Expired"
	// DeliverySuppressed is a recipient who was suppressed after recipients
	// were written down, before their message was sent.
	DeliverySuppressed DeliveryState = "Suppressed"
)

// Delivery is what became of one recipient.
type Delivery struct {
	// recipient is the address; masked when the list says so.
	// +required
	// +kubebuilder:validation:MaxLength=320
	Recipient string `json:"recipient"`

	// state of the delivery.
	// +required
	State DeliveryState `json:"state"`

	// attempts that the relay answered.
	// +optional
	Attempts int32 `json:"attempts,omitempty"`

	// reply is the server's last word, cut.
	// +optional
	// +kubebuilder:validation:MaxLength=160
	Reply string `json:"reply,omitempty"`
}

// ReportKind says when in the life of a Broadcast a report is made.
//
// +kubebuilder:validation:Enum=Preliminary;Final
type ReportKind string

const (
	// ReportPreliminary is made when everybody was tried once and some are deferred.
	ReportPreliminary ReportKind = "Preliminary"
	// ReportFinal is made at the end.
	ReportFinal ReportKind = "Final"
)

// ReportState is what became of a report mail.
//
// +kubebuilder:validation:Enum=Pending;Sent;Failed;Unknown;NotSent
type ReportState string

// The states of a report mail.
const (
	ReportPending ReportState = "Pending"
	ReportSent    ReportState = "Sent"
	ReportFailed  ReportState = "Failed"
	ReportUnknown ReportState = "Unknown"
	ReportNotSent ReportState = "NotSent"
)

// ReportStatus is what became of one report mail.
type ReportStatus struct {
	// kind of the report.
	// +required
	Kind ReportKind `json:"kind"`

	// run of the Broadcast that it is about.
	// +optional
	Run int32 `json:"run,omitempty"`

	// state of the mail. An unknown one is not sent again.
	// +required
	State ReportState `json:"state"`

	// totals of its addressees.
	// +optional
	Totals DeliveryTotals `json:"totals,omitempty,omitzero"`
}

// SuppressedCount counts subscribers that are not written to.
type SuppressedCount struct {
	// reason that they are not.
	// +required
	Reason SuppressionReason `json:"reason"`

	// subscribers with that reason.
	// +required
	Subscribers int64 `json:"subscribers"`
}

// TestStatus is what became of a test copy.
type TestStatus struct {
	// token of the request.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Token string `json:"token"`

	// state of the copy.
	// +required
	State ReportState `json:"state"`

	// messageHash of the message that it is a copy of.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	MessageHash string `json:"messageHash,omitempty"`

	// message says what is wrong, if anything is.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// totals of its recipients.
	// +optional
	Totals DeliveryTotals `json:"totals,omitempty,omitzero"`
}

// BroadcastStatus is what became of a Broadcast so far.
type BroadcastStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	// +kubebuilder:default=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling, Stalled, Finished, Complete, Reported,
	// LedgerIntact and ClocksAgree.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// phase is a word for people.
	// +optional
	Phase BroadcastPhase `json:"phase,omitempty"`

	// contentHash of the spec as it stands: what it says, and to whom.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	ContentHash string `json:"contentHash,omitempty"`

	// messageHash of the message as it is, with all that the spec refers to:
	// template, attachments, and what the lists say of themselves. It stays
	// the same as long as recipients would read the same; crier preview shows
	// it too. Before the message is frozen it is that of the message as it
	// would be written now, and empty while none can be; then it is that of
	// what is sent.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	MessageHash string `json:"messageHash,omitempty"`

	// sealed is set once, just before recipients are frozen.
	// +optional
	Sealed *SealedContent `json:"sealed,omitempty"`

	// record is the name of the DeliveryRecord.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Record string `json:"record,omitempty"`

	// audience that was planned.
	// +optional
	Audience *PlannedAudience `json:"audience,omitempty"`

	// deadline is the effective notAfter.
	// +optional
	Deadline *metav1.Time `json:"deadline,omitempty"`

	// pass over the recipients: 1 is the first, later ones try again.
	// +optional
	Pass int32 `json:"pass,omitempty"`

	// totals of recipients by what became of them.
	// +optional
	Totals *DeliveryTotals `json:"totals,omitempty"`

	// lost are recipients, of those in totals, whose addresses were deleted.
	// +optional
	Lost *LostRecipients `json:"lost,omitempty"`

	// progress for people: recipients that are settled, of all ("812k/1.0M").
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Progress string `json:"progress,omitempty"`

	// accepted for people: the share that the relay took responsibility
	// for, rounded down to a tenth of a percent ("99.2%").
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Accepted string `json:"accepted,omitempty"`

	// received for people: accepted without what bounced. Empty unless
	// bounces can be read.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Received string `json:"received,omitempty"`

	// rate for people: messages per second of the last minute ("420/s").
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Rate string `json:"rate,omitempty"`

	// eta for people: the time left at that rate ("3m10s").
	// +optional
	// +kubebuilder:validation:MaxLength=16
	ETA string `json:"eta,omitempty"`

	// startedAt is when sending started.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// finishedAt is when nothing was left to do.
	// +optional
	FinishedAt *metav1.Time `json:"finishedAt,omitempty"`

	// deliveries per recipient: all of them while the list fits into 64 kB,
	// else those that need attention.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=500
	Deliveries []Delivery `json:"deliveries,omitempty"`

	// deliveriesTruncated says that deliveries is not complete.
	// +optional
	DeliveriesTruncated bool `json:"deliveriesTruncated,omitempty"`

	// reports that were mailed, and what became of them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	Reports []ReportStatus `json:"reports,omitempty"`

	// reportConfigMaps hold the report.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=253
	ReportConfigMaps []string `json:"reportConfigMaps,omitempty"`

	// test is what became of the last test copy.
	// +optional
	Test *TestStatus `json:"test,omitempty"`

	// resendToken is the last one that was carried out.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	ResendToken string `json:"resendToken,omitempty"`
}
