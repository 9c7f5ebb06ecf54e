package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LocalReference names an object of a known kind in the same namespace.
type LocalReference struct {
	// name of the object, a DNS subdomain of up to 253 octets.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// NamespacedReference names an object of a known kind in any namespace.
type NamespacedReference struct {
	// name of the object, a DNS subdomain of up to 253 octets.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// namespace of the object. Empty means the namespace of the object that
	// holds this reference.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
}

// Mailbox is an address with the name that mail programs show beside it
// (RFC 5322, section 3.4).
type Mailbox struct {
	// address is an addr-spec: local part, "@" and domain, without a name.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern=`^[^\s@<>,;:"\\]+@[^\s@<>,;:"\\]+$`
	Address string `json:"address"`

	// name that mail programs show. No line breaks.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\r\n\x00]+$`
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="name is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Name string `json:"name,omitempty"`
}

// MailAddress is an addr-spec: local part, "@" and domain, without a name
// (RFC 5322, section 3.4.1).
//
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=254
// +kubebuilder:validation:Pattern=`^[^\s@<>,;:"\\]+@[^\s@<>,;:"\\]+$`
type MailAddress string

// AudienceBounds hold a Broadcast back whose audience is smaller or larger
// than expected. Those of a list are about whom the list reaches by itself: its
// sets without its exclusion and filter, whatever a Broadcast narrows, before
// suppressions, and apart from other lists. Those of a Broadcast are about all
// who get it.
//
// +kubebuilder:validation:XValidation:rule="!has(self.minRecipients) || !has(self.maxRecipients) || self.minRecipients <= self.maxRecipients",message="minRecipients must not be larger than maxRecipients"
type AudienceBounds struct {
	// minRecipients is the smallest audience that may be sent to.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000000
	MinRecipients *int64 `json:"minRecipients,omitempty"`

	// maxRecipients is the largest audience that may be sent to.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000000
	MaxRecipients *int64 `json:"maxRecipients,omitempty"`
}

// AudienceExclusion leaves out everybody who stands in certain sets of the
// namespace.
//
// +kubebuilder:validation:XValidation:rule="has(self.subscriberSets) || has(self.selector)",message="name subscriberSets, give a selector, or both"
// +kubebuilder:validation:XValidation:rule="!has(self.optional) || !self.optional || has(self.selector)",message="optional is about the selector: give one. Sets that are named must be there"
type AudienceExclusion struct {
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

	// optional lets the selector select no set at all: then it leaves out
	// nobody. Otherwise a Broadcast waits, since a label that is misspelled, or
	// not there yet, would leave out nobody, too.
	// +optional
	Optional bool `json:"optional,omitempty"`
}

// SubscriberFilter is a CEL expression over a subscriber that is true or
// false. Of subscribers for whom it is neither, because they lack a number or
// a date that it compares, status says how many there are; they are not
// selected.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=4096
type SubscriberFilter string

// UnknownPolicy says what to do with recipients for whom it is unknown
// whether they got the message, because a connection or a pod was lost
// between the end of the message and the relay's reply.
//
// +kubebuilder:validation:Enum=Report;Resend
type UnknownPolicy string

const (
	// UnknownReport counts and names them; nothing is sent twice.
	UnknownReport UnknownPolicy = "Report"
	// UnknownResend sends to them once more: for notices where twice is
	// better than never.
	UnknownResend UnknownPolicy = "Resend"
)

// RecreatePolicy says what to do with a Broadcast that was deleted and
// created again while it was being sent.
//
// +kubebuilder:validation:Enum=Hold;Resume
type RecreatePolicy string

const (
	// RecreateHold waits for a person: deleting is how people stop a Broadcast.
	RecreateHold RecreatePolicy = "Hold"
	// RecreateResume continues with the recipients that remain.
	RecreateResume RecreatePolicy = "Resume"
)

// DeliveryTotals counts recipients by what became of them. The sum of all
// but intended equals intended.
type DeliveryTotals struct {
	// intended is the number of unique, valid recipients that were selected.
	// +optional
	Intended int64 `json:"intended"`

	// accepted is the number for whom the relay took responsibility.
	// +optional
	Accepted int64 `json:"accepted"`

	// failed is the number that was refused permanently.
	// +optional
	Failed int64 `json:"failed"`

	// deferred is the number that was refused for now and will be tried again.
	// +optional
	Deferred int64 `json:"deferred"`

	// unknown is the number for whom it is unknown whether they got the message.
	// +optional
	Unknown int64 `json:"unknown"`

	// expired is the number that was still deferred when time ran out.
	// +optional
	Expired int64 `json:"expired"`

	// suppressed is the number that was suppressed after the recipients had
	// been written down, and so not sent to.
	// +optional
	Suppressed int64 `json:"suppressed,omitempty"`

	// pending is the number that was not tried.
	// +optional
	Pending int64 `json:"pending"`
}
