package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SubscriberSetSpec declares where subscribers come from.
type SubscriberSetSpec struct {
	// source of the subscribers.
	// +required
	Source SubscriberSource `json:"source"`
}

// SubscriberSource is one of its members.
//
// +kubebuilder:validation:XValidation:rule="[has(self.inline), has(self.csv)].filter(x, x).size() == 1",message="give exactly one of inline and csv"
type SubscriberSource struct {
	// inline subscribers, for small sets and tests.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	Inline []Subscriber `json:"inline,omitempty"`

	// csv reads comma-separated values (RFC 4180) out of ConfigMaps and Secrets.
	// +optional
	CSV *CSVSource `json:"csv,omitempty"`
}

// Subscriber is one person on a list.
type Subscriber struct {
	// email is the subscriber's address, without a name. An entry that is
	// no address is rejected and counted; it never stops the others.
	// +required
	// +kubebuilder:validation:MaxLength=320
	Email string `json:"email"`

	// name of the subscriber.
	// +optional
	// +kubebuilder:validation:MaxLength=200
	Name string `json:"name,omitempty"`

	// attributes are free fields for personalised content, such as an
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

// SubscriberSetStatus is what Crier read out of the source.
type SubscriberSetStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	// +kubebuilder:default=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling and Stalled.
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

	// attributes that at least one subscriber has; content can use them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=64
	Attributes []string `json:"attributes,omitempty"`

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
// +kubebuilder:printcolumn:name="Synced",type=date,JSONPath=`.status.roster.syncedAt`
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
}

// SubscriberSetList is a list of SubscriberSets.
//
// +kubebuilder:object:root=true
type SubscriberSetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SubscriberSet `json:"items"`
}
