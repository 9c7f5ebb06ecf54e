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
	// ComponentMarks says which recipients of a record are suppressed by now.
	ComponentMarks = "marks"
)
