package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SuppressionReason says why somebody is not written to.
//
// +kubebuilder:validation:Enum=Unsubscribed;HardBounce;Complaint;Manual;Legal
type SuppressionReason string

const (
	// SuppressedUnsubscribed left the list. It doesn't bind lists of purpose
	// Mandatory.
	SuppressedUnsubscribed SuppressionReason = "Unsubscribed"
	// SuppressedHardBounce has an address that doesn't exist. It binds all
	// mail in its scope.
	SuppressedHardBounce SuppressionReason = "HardBounce"
	// SuppressedComplaint marked a message as spam. It doesn't bind lists of
	// purpose Mandatory.
	SuppressedComplaint SuppressionReason = "Complaint"
	// SuppressedManual was entered by a person. It binds all mail in its scope.
	SuppressedManual SuppressionReason = "Manual"
	// SuppressedLegal must not be written to by law or court order. It binds
	// all mail in its scope.
	SuppressedLegal SuppressionReason = "Legal"
)

// SuppressionScopeKind says what a suppression is about.
//
// +kubebuilder:validation:Enum=List;Namespace;Relay;Global
type SuppressionScopeKind string

const (
	// ScopeList is one MailingList of the namespace.
	ScopeList SuppressionScopeKind = "List"
	// ScopeNamespace is all that the namespace sends.
	ScopeNamespace SuppressionScopeKind = "Namespace"
	// ScopeRelay is all that leaves through one Relay of the namespace.
	ScopeRelay SuppressionScopeKind = "Relay"
	// ScopeGlobal is all mail. It only counts in Crier's own namespace.
	ScopeGlobal SuppressionScopeKind = "Global"
)

// SuppressionScope says what a suppression is about.
//
// +kubebuilder:validation:XValidation:rule="(self.kind in ['List', 'Relay']) == has(self.name)",message="scopes List and Relay need a name, the others have none"
type SuppressionScope struct {
	// kind of the scope. The namespace of the object bounds it: List and
	// Namespace are about its namespace, Relay about a Relay of it, and
	// Global only counts in the namespace of Crier.
	// +required
	Kind SuppressionScopeKind `json:"kind"`

	// name of the list or Relay.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// SuppressionSpec declares who is not written to.
//
// +kubebuilder:validation:XValidation:rule="has(self.entries) || has(self.csv)",message="give entries, csv or both"
type SuppressionSpec struct {
	// scope of the suppression.
	// +required
	Scope SuppressionScope `json:"scope"`

	// reason of all entries that don't give their own.
	// +required
	Reason SuppressionReason `json:"reason"`

	// expires ends all entries that don't give their own end. They hold for
	// ever unless given.
	// +optional
	Expires *metav1.Time `json:"expires,omitempty"`

	// entries are addresses, for a few of them.
	// +optional
	// +listType=map
	// +listMapKey=address
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1000
	Entries []SuppressionEntry `json:"entries,omitempty"`

	// csv reads more out of ConfigMaps, and Secrets with the label
	// crier.dev/use: suppression: the column of addresses, and where there
	// are, the columns reason, since and expires.
	// +optional
	CSV *CSVSource `json:"csv,omitempty"`
}

// SuppressionEntry is an address that is not written to.
type SuppressionEntry struct {
	// address that is not written to.
	// +required
	Address MailAddress `json:"address"`

	// reason of this entry, where it isn't that of the whole.
	// +optional
	Reason SuppressionReason `json:"reason,omitempty"`

	// since is when it was recorded.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// expires is when it ends, where that isn't the end of the whole.
	// +optional
	Expires *metav1.Time `json:"expires,omitempty"`

	// note for people.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Note string `json:"note,omitempty"`
}

// SuppressionStatus is what Crier read.
type SuppressionStatus struct {
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

	// addresses that are suppressed, those that are over not among them.
	// +optional
	Addresses int64 `json:"addresses"`

	// rejected is the number of rows with a mistake. Those with an address
	// still suppress it, without an end.
	// +optional
	Rejected int64 `json:"rejected"`

	// roster is where the addresses are kept.
	// +optional
	Roster *RosterStatus `json:"roster,omitempty"`

	// read says of which files the roster is, and when they were read.
	// +optional
	Read *SuppressionRead `json:"read,omitempty"`
}

// SuppressionRead is the last read of files.
type SuppressionRead struct {
	// at is when it began.
	// +required
	At metav1.Time `json:"at"`

	// inputs is a digest of the versions of the objects that were read.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Inputs string `json:"inputs"`
}

// Suppression says who gets no mail, and why. Broadcasts check it when
// they are planned, and again just before each message.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=supp,categories=crier
// +kubebuilder:printcolumn:name="Scope",type=string,JSONPath=`.spec.scope.kind`
// +kubebuilder:printcolumn:name="Of",type=string,JSONPath=`.spec.scope.name`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.spec.reason`
// +kubebuilder:printcolumn:name="Addresses",type=integer,JSONPath=`.status.addresses`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Suppression struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares who is not written to.
	// +required
	Spec SuppressionSpec `json:"spec"`

	// status is what Crier read.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status SuppressionStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// SuppressionList is a list of Suppressions.
//
// +kubebuilder:object:root=true
type SuppressionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Suppression `json:"items"`
}
