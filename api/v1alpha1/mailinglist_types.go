package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Purpose says why people get the mail of a list.
//
// +kubebuilder:validation:Enum=Mandatory;Subscribed
type Purpose string

const (
	// PurposeMandatory is mail that nobody can leave: employees, legal notices.
	PurposeMandatory Purpose = "Mandatory"
	// PurposeSubscribed is mail that people asked for and can leave.
	PurposeSubscribed Purpose = "Subscribed"
)

// AddressVisibility says how recipients' addresses are shown.
//
// +kubebuilder:validation:Enum=Full;Masked
type AddressVisibility string

const (
	// AddressesFull shows addresses as they are.
	AddressesFull AddressVisibility = "Full"
	// AddressesMasked shows the first letter and the domain in status and
	// report ConfigMap; the report mail has them in full.
	AddressesMasked AddressVisibility = "Masked"
)

// MailingListSpec declares a list: its identity, who it reaches, who may
// speak through which relay, and who is told what became of it.
//
// +kubebuilder:validation:XValidation:rule="self.from.address != self.address",message="from.address must differ from address: replies and out-of-office notes of every recipient would go to the list"
type MailingListSpec struct {
	// address of the list. It names the List-Id (RFC 2919) and belongs to
	// one MailingList of the cluster: the oldest whose Relay grants it. It
	// can't be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="address can't be changed: mail programs and filters know the list by it; create another MailingList"
	Address MailAddress `json:"address"`

	// displayName is the list's name for people; it stands in List-Id.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\r\n\x00]+$`
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="displayName is the same for everybody: fields such as {{ .Name }} can't stand in it"
	DisplayName string `json:"displayName,omitempty"`

	// owners answer for the list. The first is the default Reply-To and the
	// default addressee of reports.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Owners []MailAddress `json:"owners"`

	// from is the author that recipients see. The Relay must grant its
	// domain or address to this namespace.
	// +required
	From Mailbox `json:"from"`

	// replyTo is where replies go; the first owner unless given.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	ReplyTo []Mailbox `json:"replyTo,omitempty"`

	// purpose says whether people can leave the list.
	// +required
	Purpose Purpose `json:"purpose"`

	// unsubscribe says how people leave a list of purpose Subscribed.
	// +optional
	Unsubscribe *Unsubscribe `json:"unsubscribe,omitempty"`

	// postalAddress of the sender, shown in the footer. Lists of purpose
	// Subscribed need one.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="postalAddress is the same for everybody: fields such as {{ .Name }} can't stand in it"
	PostalAddress string `json:"postalAddress,omitempty"`

	// footer says to recipients why they get this mail; a sentence that
	// names the list unless given.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="footer is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Footer string `json:"footer,omitempty"`

	// audience says who gets the mail of this list.
	// +required
	Audience Audience `json:"audience"`

	// relayRef names the Relay that mail leaves through.
	// +required
	RelayRef NamespacedReference `json:"relayRef"`

	// report says who is told what became of each Broadcast, and how.
	// +optional
	Report ReportOptions `json:"report,omitempty,omitzero"`

	// onUnknown is the default of the Broadcasts' policy of that name.
	// +optional
	// +kubebuilder:default=Report
	OnUnknown UnknownPolicy `json:"onUnknown,omitempty"`
}

// Unsubscribe holds the ways to leave a list (RFC 2369, RFC 8058).
//
// +kubebuilder:validation:XValidation:rule="has(self.url) || has(self.mailto)",message="give url, mailto or both"
type Unsubscribe struct {
	// url that takes a person off the list. It can say who that is:
	// "https://example.gov/leave?u={{ .Email }}" or
	// "https://example.gov/leave/{{ .Attributes.token }}". Then mail programs
	// offer it for one click, and it must honor a POST (RFC 8058). Values are
	// percent-encoded; a person who lacks one is offered mailto, or gets no
	// message if there is none. A url that is the same for everybody is a page
	// to open.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=900
	// +kubebuilder:validation:Pattern=`^https://([^\s<>{}]|\{\{[^<>{}\r\n]*\}\})+$`
	// +kubebuilder:validation:XValidation:rule=`!self.contains('{{') || self.matches(r'^https://[^/?#{}]+[/?]([^#{}]|\{\{ *(urlquery +)?(\.Email|\.Attributes\.[A-Za-z_][A-Za-z0-9_]*|index +\.Attributes +"[^"{}]+") *(\| *urlquery *)?\}\})*(#[^{}]*)?$')`,message="in url only {{ .Email }} and {{ .Attributes.<name> }} can be used, after the host and before any #"
	URL string `json:"url,omitempty"`

	// mailto is the address that takes requests to leave by mail: who asks is in
	// their From.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="mailto is the same for everybody: fields such as {{ .Email }} can't stand in it"
	Mailto MailAddress `json:"mailto,omitempty"`
}

// Audience selects SubscriberSets of the list's namespace. The list reaches
// the union of all that are named or selected.
//
// +kubebuilder:validation:XValidation:rule="has(self.subscriberSets) || has(self.selector)",message="name subscriberSets, give a selector, or both"
type Audience struct {
	// subscriberSets names sets. A Broadcast waits until each is ready.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	SubscriberSets []LocalReference `json:"subscriberSets,omitempty"`

	// selector selects sets by label. A Broadcast waits until it selects one,
	// and until the selection has not changed for 30 seconds.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`

	// exclude leaves out everybody who stands in certain sets.
	// +optional
	Exclude *AudienceExclusion `json:"exclude,omitempty"`

	// filter selects some of the subscribers: a CEL expression over
	// subscriber.email, .name, .domain and .attributes, such as
	// subscriber.attributes.branch == "executive".
	// +optional
	Filter SubscriberFilter `json:"filter,omitempty"`

	AudienceBounds `json:",inline"`
}

// ReportOptions says who is told what became of each Broadcast.
type ReportOptions struct {
	// to are the addressees of report mails; the first owner unless given.
	// Never the list's own address.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	To []MailAddress `json:"to,omitempty"`

	// after is how long after the start a preliminary report is sent when
	// recipients are still deferred. From 1 minute to 7 days.
	// +optional
	// +kubebuilder:default="1h"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('168h')",message="after must be from 1m to 168h"
	After *metav1.Duration `json:"after,omitempty"`

	// addresses says how recipients are shown in status and ConfigMap.
	// +optional
	// +kubebuilder:default=Full
	Addresses AddressVisibility `json:"addresses,omitempty"`
}

// MailingListStatus is what Crier found out about a list.
type MailingListStatus struct {
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

	// subscribers is the size of the sets together, before duplicates
	// between sets are removed.
	// +optional
	Subscribers int64 `json:"subscribers"`

	// subscriberSets is how many sets are named or selected.
	// +optional
	SubscriberSets int32 `json:"subscriberSets"`

	// listID is the List-Id of the list's messages (RFC 2919).
	// +optional
	// +kubebuilder:validation:MaxLength=512
	ListID string `json:"listID,omitempty"`
}

// MailingList is an audience with an identity: whom it reaches, in whose
// name, and through which Relay.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ml,categories=crier
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.spec.address`
// +kubebuilder:printcolumn:name="Subscribers",type=integer,JSONPath=`.status.subscribers`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Relay",type=string,JSONPath=`.spec.relayRef.name`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type MailingList struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares the list.
	// +required
	Spec MailingListSpec `json:"spec"`

	// status is what Crier found out about the list.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status MailingListStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// MailingListList is a list of MailingLists.
//
// +kubebuilder:object:root=true
type MailingListList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MailingList `json:"items"`
}
