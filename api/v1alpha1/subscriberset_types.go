package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SubscriberSetSpec declares where subscribers come from.
type SubscriberSetSpec struct {
	// source of the subscribers.
	// +required
	Source SubscriberSource `json:"source"`

	// refreshInterval is how often a source is read again that doesn't tell of
	// its changes: ldap, sql and https. From 1 minute to 7 days; an hour unless
	// given. ConfigMaps, Secrets and other sets are followed at once.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('168h')",message="refreshInterval must be from 1m to 168h"
	RefreshInterval *metav1.Duration `json:"refreshInterval,omitempty"`

	// guard holds a sync back that changes more than is plausible.
	// +optional
	Guard *SubscriberGuard `json:"guard,omitempty"`

	// attributes declares types, by the name of the attribute. Others are
	// texts. A row whose value doesn't fit is rejected and counted.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Attributes map[string]AttributeDeclaration `json:"attributes,omitempty"`

	// rejectedRows Hide keeps rejected rows out of the status; they are only
	// counted, by reason.
	// +optional
	// +kubebuilder:default=Show
	RejectedRows RejectedRowVisibility `json:"rejectedRows,omitempty"`
}

// RejectedRowVisibility says whether status shows the first rejected rows.
//
// +kubebuilder:validation:Enum=Show;Hide
type RejectedRowVisibility string

const (
	// RejectedRowsShow lists the first rejected rows with line and reason.
	RejectedRowsShow RejectedRowVisibility = "Show"
	// RejectedRowsHide only counts them.
	RejectedRowsHide RejectedRowVisibility = "Hide"
)

// AttributeType is what the values of an attribute are. All are kept as text.
//
// +kubebuilder:validation:Enum=String;Integer;Number;Boolean;Date;List
type AttributeType string

const (
	// AttributeString is any text.
	AttributeString AttributeType = "String"
	// AttributeInteger is a whole number of 64 bits.
	AttributeInteger AttributeType = "Integer"
	// AttributeNumber is a decimal number.
	AttributeNumber AttributeType = "Number"
	// AttributeBoolean is true or false.
	AttributeBoolean AttributeType = "Boolean"
	// AttributeDate is a date or a time as in RFC 3339.
	AttributeDate AttributeType = "Date"
	// AttributeList is several texts with semicolons between.
	AttributeList AttributeType = "List"
)

// AttributeDeclaration says what an attribute is.
type AttributeDeclaration struct {
	// type of its values; String unless given.
	// +optional
	Type AttributeType `json:"type,omitempty"`

	// description for those who write filters and messages.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Description string `json:"description,omitempty"`
}

// SubscriberGuard holds a sync back that changes more than is plausible: a
// directory that suddenly lost half of the staff is an outage, not a purge.
// The roster before it stays in use until the next plausible one, or until a
// person agrees by the annotation crier.dev/accept-sync. The first sync of a
// set is never held.
type SubscriberGuard struct {
	// maxShrinkPercent is the largest part of the subscribers that one sync
	// may remove, in percent of those before it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	MaxShrinkPercent *int32 `json:"maxShrinkPercent,omitempty"`

	// maxGrowPercent is the largest number of subscribers that one sync may
	// add, in percent of those before it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	MaxGrowPercent *int32 `json:"maxGrowPercent,omitempty"`

	// maxAge is how old the last successful sync may be while the source
	// can't be read. After that the set is not Ready, and Broadcasts wait.
	// Without it they go by the last good roster, however old.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('5m')",message="maxAge must be at least 5m"
	MaxAge *metav1.Duration `json:"maxAge,omitempty"`
}

// SubscriberSource is one of its members.
//
// +kubebuilder:validation:XValidation:rule="[has(self.inline), has(self.csv), has(self.ldap), has(self.sql), has(self.https), has(self.union)].filter(x, x).size() == 1",message="give exactly one of inline, csv, ldap, sql, https and union"
type SubscriberSource struct {
	// inline subscribers, for small sets and tests.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	Inline []Subscriber `json:"inline,omitempty"`

	// csv reads comma-separated values (RFC 4180) out of ConfigMaps and Secrets.
	// +optional
	CSV *CSVSource `json:"csv,omitempty"`

	// ldap reads a directory (RFC 4511), Active Directory among them.
	// +optional
	LDAP *LDAPSource `json:"ldap,omitempty"`

	// sql reads the answer of a query.
	// +optional
	SQL *SQLSource `json:"sql,omitempty"`

	// https fetches a file.
	// +optional
	HTTPS *HTTPSSource `json:"https,omitempty"`

	// union are the subscribers of other sets together.
	// +optional
	Union *UnionSource `json:"union,omitempty"`
}

// Subscriber is one person on a list.
type Subscriber struct {
	// email is the subscriber's address, without a name. An entry that
	// isn't an address is rejected and counted; it never stops the others.
	// +required
	// +kubebuilder:validation:MaxLength=320
	Email string `json:"email"`

	// name of the subscriber.
	// +optional
	// +kubebuilder:validation:MaxLength=200
	Name string `json:"name,omitempty"`

	// attributes are free fields for personalized content, such as an
	// agency: at most 64, values of at most 1024 octets.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Attributes map[string]string `json:"attributes,omitempty"`
}

// CSVSource reads CSV files out of ConfigMaps and Secrets of the set's
// namespace. Each file has a header line.
type CSVSource struct {
	// from lists the objects that hold the files, read in this order.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	From []CSVObject `json:"from"`

	// columns says which column holds what.
	// +optional
	Columns CSVColumns `json:"columns,omitempty,omitzero"`

	// delimiter between fields: a comma, semicolon, tab or bar. Found out
	// from the header line unless given.
	// +optional
	// +kubebuilder:validation:Enum=",";";";"\t";"|"
	Delimiter string `json:"delimiter,omitempty"`
}

// CSVObject is a ConfigMap or a Secret with CSV files as keys. A file may be
// compressed with gzip and unpacks to at most 64 MiB.
//
// +kubebuilder:validation:XValidation:rule="has(self.configMap) != has(self.secret)",message="give exactly one of configMap and secret"
type CSVObject struct {
	// configMap in the namespace of the set.
	// +optional
	ConfigMap *CSVKeys `json:"configMap,omitempty"`

	// secret in the namespace of the set. It must carry the label
	// crier.dev/use: roster, or Crier doesn't read it.
	// +optional
	Secret *CSVKeys `json:"secret,omitempty"`
}

// CSVKeys names an object and those of its keys that hold CSV files.
type CSVKeys struct {
	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// keys that hold files, read in this order; every key in the order of
	// their names unless given.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Keys []string `json:"keys,omitempty"`
}

// CSVColumns maps columns to the fields of a subscriber. Headers are
// compared without regard to case.
type CSVColumns struct {
	// email is the header of the column with addresses.
	// +optional
	// +kubebuilder:default=email
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Email string `json:"email,omitempty"`

	// name is the header of the column with names.
	// +optional
	// +kubebuilder:default=name
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// attributes maps the name of an attribute to the header of its column.
	// Unless given, every other column becomes an attribute under its header.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Attributes map[string]string `json:"attributes,omitempty"`
}

// RejectedRow is a row that is not used, and why.
type RejectedRow struct {
	// source is the object and key that the row is in, or "inline".
	// +required
	// +kubebuilder:validation:MaxLength=600
	Source string `json:"source"`

	// line number in that file, from 1; of an inline subscriber its position.
	// +optional
	Line int64 `json:"line,omitempty"`

	// reason in words.
	// +required
	// +kubebuilder:validation:MaxLength=512
	Reason string `json:"reason"`

	// excerpt of the row; never of a row of a Secret.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Excerpt string `json:"excerpt,omitempty"`
}

// RosterStatus is the roster that Broadcasts use: the last one that could be read.
type RosterStatus struct {
	// digest of the subscribers: "sha256:" and 64 hexadecimal digits.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Digest string `json:"digest"`

	// generation of the spec that the roster was read with.
	// +required
	Generation int64 `json:"generation"`

	// parts is the number of Secrets in Crier's namespace that hold it.
	// +required
	Parts int32 `json:"parts"`

	// syncedAt is when these subscribers were first read.
	// +required
	SyncedAt metav1.Time `json:"syncedAt"`
}

// RejectedReason counts rows that were rejected for one reason.
type RejectedReason struct {
	// reason in words.
	// +required
	// +kubebuilder:validation:MaxLength=512
	Reason string `json:"reason"`

	// rows that were rejected for it.
	// +required
	Rows int64 `json:"rows"`
}

// SyncStatus is what a read of the source came to.
type SyncStatus struct {
	// at is when the source was read, or said that nothing had changed.
	// +required
	At metav1.Time `json:"at"`

	// changedAt is when a sync last changed the roster; added and removed are
	// about that.
	// +optional
	ChangedAt *metav1.Time `json:"changedAt,omitempty"`

	// added subscribers, compared with the roster before.
	// +optional
	Added int64 `json:"added"`

	// removed subscribers, compared with the roster before.
	// +optional
	Removed int64 `json:"removed"`

	// mark is what the source is asked with whether anything changed: a digest
	// of settings and validators, no secret.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Mark string `json:"mark,omitempty"`

	// inputs is a digest of what the roster was read with: the spec, the
	// Secret's version, other rosters.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Inputs string `json:"inputs,omitempty"`

	// accepted is the value of the annotation crier.dev/accept-sync that let a
	// held sync through. It lets no other one through.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Accepted string `json:"accepted,omitempty"`
}

// SyncAttempt is a read of a remote source that the roster in use isn't of:
// it failed, or is held.
type SyncAttempt struct {
	// at is when the source was last tried.
	// +required
	At metav1.Time `json:"at"`

	// since is when that began: no try since then has succeeded.
	// +required
	Since metav1.Time `json:"since"`

	// next is when it is tried again, unless something changes before.
	// +required
	Next metav1.Time `json:"next"`

	// failures in a row.
	// +optional
	Failures int32 `json:"failures"`

	// reason in one word, as in the condition Synced.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`

	// message in words.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Message string `json:"message,omitempty"`

	// inputs is a digest of what it was tried with: another try with others
	// doesn't wait.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Inputs string `json:"inputs,omitempty"`
}

// HeldSync is a sync that the guard holds back.
type HeldSync struct {
	// digest of the roster that it would bring. The annotation
	// crier.dev/accept-sync with this value lets it through.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Digest string `json:"digest"`

	// subscribers that it would leave.
	// +required
	Subscribers int64 `json:"subscribers"`

	// added subscribers.
	// +optional
	Added int64 `json:"added"`

	// removed subscribers.
	// +optional
	Removed int64 `json:"removed"`

	// since is when it was first held.
	// +required
	Since metav1.Time `json:"since"`

	// readAt is when the source was last read.
	// +optional
	ReadAt *metav1.Time `json:"readAt,omitempty"`

	// inputs is a digest of the spec and of the versions of the objects that
	// it was last read from.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Inputs string `json:"inputs,omitempty"`
}

// SubscriberSetStatus is what Crier read out of the source.
type SubscriberSetStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	// +kubebuilder:default=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling, Stalled and Synced.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// subscribers is the number of unique, valid subscribers.
	// +optional
	Subscribers int64 `json:"subscribers"`

	// rejected is the number of rows that are not used, duplicates not among them.
	// +optional
	Rejected int64 `json:"rejected"`

	// duplicates is the number of rows whose address stood in an earlier row.
	// +optional
	Duplicates int64 `json:"duplicates"`

	// rejectedRows are the first rows that are not used.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	RejectedRows []RejectedRow `json:"rejectedRows,omitempty"`

	// rejectedByReason counts rejected rows by reason, the most frequent first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	RejectedByReason []RejectedReason `json:"rejectedByReason,omitempty"`

	// attributes that at least one subscriber has; content can use them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=64
	Attributes []string `json:"attributes,omitempty"`

	// sync is the last time that the source was read with success.
	// +optional
	Sync *SyncStatus `json:"sync,omitempty"`

	// attempt is the last read of a remote source, if it failed or is held.
	// +optional
	Attempt *SyncAttempt `json:"attempt,omitempty"`

	// held is a sync that the guard holds back.
	// +optional
	Held *HeldSync `json:"held,omitempty"`

	// roster is the last one that could be read.
	// +optional
	Roster *RosterStatus `json:"roster,omitempty"`
}

// SubscriberSet is a set of people, and where they come from.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=subset,categories=crier
// +kubebuilder:printcolumn:name="Subscribers",type=integer,JSONPath=`.status.subscribers`
// +kubebuilder:printcolumn:name="Rejected",type=integer,JSONPath=`.status.rejected`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Synced",type=date,JSONPath=`.status.sync.at`
// +kubebuilder:printcolumn:name="Added",type=integer,JSONPath=`.status.sync.added`,priority=1
// +kubebuilder:printcolumn:name="Removed",type=integer,JSONPath=`.status.sync.removed`,priority=1
// +kubebuilder:printcolumn:name="Sync",type=string,JSONPath=`.status.conditions[?(@.type=="Synced")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type SubscriberSet struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares where the subscribers come from.
	// +required
	Spec SubscriberSetSpec `json:"spec"`

	// status is what Crier read out of the source.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status SubscriberSetStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// SubscriberSetList is a list of SubscriberSets.
//
// +kubebuilder:object:root=true
type SubscriberSetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SubscriberSet `json:"items"`
}
