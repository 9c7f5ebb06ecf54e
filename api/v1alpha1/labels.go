package v1alpha1

// Labels and annotations.
const (
	// LabelUse on a Secret of a user says what Crier may read it for; one
	// without the fitting value is not read.
	LabelUse = "crier.dev/use"
	// LabelRecord on machine-owned objects names their DeliveryRecord.
	LabelRecord = "crier.dev/record"
	// LabelAttempt on frozen objects names the attempt that wrote them.
	LabelAttempt = "crier.dev/attempt"
	// LabelPass on Jobs and pods is the number of the pass.
	LabelPass = "crier.dev/pass"
	// LabelWorker on Jobs and pods is which of the senders of the pass it is,
	// from 0.
	LabelWorker = "crier.dev/worker"
	// LabelIdentity on machine-owned objects is a digest of the user's
	// object that they belong to.
	LabelIdentity = "crier.dev/identity"
	// LabelComponent on machine-owned objects says what they are for.
	LabelComponent = "crier.dev/component"
	// LabelBroadcast on report ConfigMaps names the Broadcast.
	LabelBroadcast = "crier.dev/broadcast"
	// AnnotationRevision on a Broadcast is the Git revision that reports
	// name, if it is given.
	AnnotationRevision = "crier.dev/git-revision"
	// AnnotationAcceptSync on a SubscriberSet lets the held sync with this
	// digest through.
	AnnotationAcceptSync = "crier.dev/accept-sync"
	// LabelRestored is the label of Velero on what it restored: the name of the
	// restore. A Broadcast with it that would be sent is held.
	LabelRestored = "velero.io/restore-name"
	// AnnotationReleaseRestored on a Broadcast lets go on what the restore of
	// this name brought back.
	AnnotationReleaseRestored = "crier.dev/release-restored"
	// AnnotationLedger on the heartbeat is the UID of the kind of records: a
	// ledger that was made anew has another.
	AnnotationLedger = "crier.dev/ledger"
	// AnnotationReleaseSetBack on a Broadcast lets it go on by a ledger that was
	// seen to be set back at this time (state.setBack.at of its record).
	AnnotationReleaseSetBack = "crier.dev/release-set-back"
	// AnnotationGapFrom on the heartbeat is when the ledger was written last
	// before a time of which isn't known what was sent in it.
	AnnotationGapFrom = "crier.dev/gap-from"
	// AnnotationGapTo on the heartbeat is when that time was found out. What
	// could have been sent in it is held.
	AnnotationGapTo = "crier.dev/gap-to"
	// AnnotationReleaseGap on the heartbeat lets go on what is held for the gap
	// with this end.
	AnnotationReleaseGap = "crier.dev/release-gap"
)

// Values of LabelUse.
const (
	UseRelay       = "relay"
	UseRoster      = "roster"
	UseSource      = "source"
	UseAttachment  = "attachment"
	UseSuppression = "suppression"
)

// Values of LabelComponent.
const (
	ComponentRoster     = "roster"
	ComponentRecipients = "recipients"
	ComponentMessage    = "message"
	ComponentShard      = "shard"
	ComponentConnection = "connection"
	ComponentSender     = "sender"
	ComponentReport     = "report"
	ComponentShares     = "shares"
	ComponentFile       = "file"

	// ComponentSuppression are the addresses of a Suppression.
	ComponentSuppression = "suppression"
	// ComponentSuppressionChanges are the last changes of the addresses of a
	// Suppression.
	ComponentSuppressionChanges = "suppression-changes"
	// ComponentIndex says in which shard of a record an address is.
	ComponentIndex = "index"
	// ComponentMarks says which recipients of a record are suppressed by now.
	ComponentMarks = "marks"
)
