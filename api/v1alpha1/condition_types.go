package v1alpha1

// Condition types. Ready is always present; Reconciling and Stalled only
// while True, and never both (kstatus).
const (
	// ConditionReady is True when the object is accepted and nothing is to
	// be done now: for a Broadcast scheduled, suspended, or finished.
	ConditionReady = "Ready"
	// ConditionReconciling is True while work goes on, or while a cause
	// that goes away by itself is waited for.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when a person must do something.
	ConditionStalled = "Stalled"
	// ConditionFinished is True in every terminal state of a Broadcast.
	ConditionFinished = "Finished"
	// ConditionComplete is True when a Broadcast was sent and everybody is
	// settled; False in the other terminal states.
	ConditionComplete = "Complete"
	// ConditionSynced on a SubscriberSet is True when the last read of the
	// source is what Broadcasts use; False when they use an older one.
	ConditionSynced = "Synced"
	// ConditionReported is True when the last report mail is settled.
	ConditionReported = "Reported"
	// ConditionLedgerIntact is False on a Broadcast when a part of what was
	// written down to be sent was deleted or set back; absent as long as all is
	// there.
	ConditionLedgerIntact = "LedgerIntact"
	// ConditionClocksAgree is False on a Broadcast while it is sent from a node
	// whose clock is off; absent otherwise.
	ConditionClocksAgree = "ClocksAgree"
	// ConditionDKIMPublished says of a Relay with DKIM keys whether the DNS
	// has their public halves: a warning, which Ready doesn't depend on.
	ConditionDKIMPublished = "DKIMPublished"
)

// Reasons of all kinds.
const (
	ReasonReady    = "Ready"
	ReasonInternal = "InternalError"
	// ReasonFieldUnreadable says that a field, of the object or of one that it
	// refers to, can't be decoded: an older CustomResourceDefinition let it in.
	ReasonFieldUnreadable = "FieldUnreadable"
)

// Reasons of a SubscriberSet.
const (
	ReasonSourceNotFound    = "SourceNotFound"
	ReasonSecretNotLabeled  = "SecretNotLabeled"
	ReasonSourceUnreadable  = "SourceUnreadable"
	ReasonSourceTooLarge    = "SourceTooLarge"
	ReasonSourceUnavailable = "SourceUnavailable"
	ReasonSourceRefused     = "SourceRefused"
	ReasonInvalidSource     = "InvalidSource"
	ReasonSyncHeld          = "SyncHeld"
	ReasonSynced            = "Synced"
	ReasonSyncPending       = "SyncPending"
	ReasonRosterTooOld      = "RosterTooOld"
)

// Reasons of a Relay.
const (
	ReasonRelayReachable        = "Reachable"
	ReasonRelayUnreachable      = "Unreachable"
	ReasonRelayRefused          = "Refused"
	ReasonTLSFailed             = "TLSFailed"
	ReasonAuthenticationFailed  = "AuthenticationFailed"
	ReasonCredentialsMissing    = "CredentialsMissing"
	ReasonAddressNotAllowed     = "AddressNotAllowed"
	ReasonProbePending          = "ProbePending"
	ReasonInvalidCertificate    = "InvalidCertificate"
	ReasonMechanismNotAvailable = "MechanismNotAvailable"
	ReasonInvalidDKIMKey        = "InvalidDKIMKey"
	ReasonDKIMMatches           = "DKIMMatches"
	ReasonDKIMNotPublished      = "DKIMNotPublished"
	ReasonDKIMMismatch          = "DKIMMismatch"
	ReasonDKIMUnresolved        = "DKIMUnresolved"
)

// Reasons of a Suppression.
const (
	ReasonScopeNotAllowed = "ScopeNotAllowed"
	// ReasonSuppressionNotReady on a Broadcast says that nothing is sent until
	// it is known who may not be written to.
	ReasonSuppressionNotReady = "SuppressionNotReady"
)

// Reasons of a MailingList, also shown by its Broadcasts.
const (
	ReasonAddressTaken     = "AddressTaken"
	ReasonSenderNotAllowed = "SenderNotAllowed"
	// ReasonListAddressNotAllowed says that the author may send, but no grant
	// covers the domain of the list's address.
	ReasonListAddressNotAllowed = "ListAddressNotAllowed"
	ReasonRelayNotReady         = "RelayNotReady"
	ReasonSubscribersNotReady   = "SubscribersNotReady"
	ReasonAudienceEmpty         = "AudienceEmpty"
	ReasonUnsubscribeMissing    = "UnsubscribeMissing"
	ReasonInvalidUnsubscribe    = "InvalidUnsubscribe"
	ReasonInvalidText           = "InvalidText"
	ReasonInvalidSelector       = "InvalidSelector"
	ReasonInvalidReportTo       = "InvalidReportTo"
	ReasonInvalidAddress        = "InvalidAddress"
)

// Reasons of a Broadcast.
const (
	ReasonListNotFound       = "ListNotFound"
	ReasonListNotReady       = "ListNotReady"
	ReasonInvalidTemplate    = "InvalidTemplate"
	ReasonInvalidFilter      = "InvalidFilter"
	ReasonTemplateNotFound   = "TemplateNotFound"
	ReasonTemplateNotReady   = "TemplateNotReady"
	ReasonAttachmentNotFound = "AttachmentNotFound"
	ReasonInvalidAttachment  = "InvalidAttachment"
	ReasonListsDiffer        = "ListsDiffer"
	ReasonInvalidDeadline    = "InvalidDeadline"
	ReasonScheduled          = "Scheduled"
	ReasonSuspended          = "Suspended"
	ReasonAudienceSettling   = "AudienceSettling"
	ReasonAudienceSize       = "AudienceSize"
	ReasonMessageTooLarge    = "MessageTooLarge"
	ReasonInvalidMessage     = "InvalidMessage"
	ReasonPlanning           = "Planning"
	ReasonSending            = "Sending"
	ReasonRetrying           = "Retrying"
	ReasonRelayBusy          = "RelayBusy"
	ReasonDailyLimit         = "DailyLimit"
	ReasonPriorityNotAllowed = "PriorityNotAllowed"
	ReasonRelayTrouble       = "RelayTrouble"
	ReasonSent               = "Sent"
	ReasonSentWithFailures   = "SentWithFailures"
	ReasonCancelled          = "Cancelled"
	ReasonDeadlinePassed     = "DeadlinePassed"
	ReasonDeadlineMissed     = "DeadlineMissed"
	ReasonNotSent            = "NotSent"
	ReasonRecreatedWhileSend = "RecreatedWhileSending"
	ReasonNameReused         = "NameReused"
	ReasonChangedAfterStart  = "ChangedAfterStart"
	ReasonMessageChanged     = "MessageChanged"
	ReasonLedgerLost         = "LedgerLost"
	// ReasonRecipientsLost says that addresses of recipients were deleted.
	ReasonRecipientsLost = "RecipientsLost"
	// ReasonLedgerSetBack says that the ledger is in a state that it was in before.
	ReasonLedgerSetBack = "LedgerSetBack"
	// ReasonClockSkewed says that the clock of a node is off.
	ReasonClockSkewed = "ClockSkewed"
	// ReasonNoProgress says that sender pods end again and again and get nowhere.
	ReasonNoProgress   = "NoProgress"
	ReasonOperatorHold = "OperatorHold"
	ReasonLedgerStale  = "LedgerStale"
	ReasonRestored     = "Restored"
	// ReasonNewerRelease says that what is to be sent was frozen by a release
	// that came after the one that runs.
	ReasonNewerRelease = "NewerRelease"
	// ReasonTooManyBroadcasts says that Crier keeps as many records of the
	// namespace as it keeps of one.
	ReasonTooManyBroadcasts = "TooManyBroadcasts"
	ReasonInvalidResend     = "InvalidResend"
	ReasonReportPending     = "ReportPending"
	ReasonReportSent        = "ReportSent"
	ReasonReportFailed      = "ReportFailed"
	ReasonConfigMapNotOurs  = "ConfigMapNotOurs"
)
