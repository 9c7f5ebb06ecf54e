package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// BroadcastSpec declares one message to everybody on a list. It can be
// edited until it is sealed, which happens just before the first recipient
// is frozen; from then on only suspend, priority, resend and test can change.
//
// +kubebuilder:validation:XValidation:rule="has(self.notAfter) || has(self.sendAt)",message="say when the message becomes too late: give notAfter, or sendAt (then three days after it unless notAfter is given)"
// +kubebuilder:validation:XValidation:rule="!has(self.notAfter) || !has(self.sendAt) || self.notAfter > self.sendAt",message="notAfter must be later than sendAt"
// +kubebuilder:validation:XValidation:rule="!has(self.notAfter) || !has(self.sendAt) || self.notAfter <= self.sendAt + duration('2160h')",message="notAfter must be within 90 days after sendAt"
// +kubebuilder:validation:XValidation:rule="has(self.listRef) != has(self.listRefs)",message="give exactly one of listRef and listRefs"
type BroadcastSpec struct {
	// listRef names the MailingList.
	// +optional
	ListRef *LocalReference `json:"listRef,omitempty"`

	// listRefs names several MailingLists of one Relay and purpose. Somebody
	// who is on several of them gets one copy, as a member of the first of
	// these; author and replies are those of the first list.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	ListRefs []LocalReference `json:"listRefs,omitempty"`

	// subject of the message, a Go template over the subscriber's fields:
	// "{{ .Name }}, open enrollment starts Monday".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=998
	Subject string `json:"subject"`

	// content of the message.
	// +required
	Content BroadcastContent `json:"content"`

	// fromName is shown instead of the list's name of the author.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\r\n\x00]+$`
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="fromName is the same for everybody: fields such as {{ .Name }} can't stand in it"
	FromName string `json:"fromName,omitempty"`

	// replyTo is where replies go instead of the list's replyTo.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	ReplyTo []Mailbox `json:"replyTo,omitempty"`

	// sendAt is the earliest time of sending; at once unless given.
	// +optional
	SendAt *metav1.Time `json:"sendAt,omitempty"`

	// notAfter is when the message becomes too late: from then on nothing
	// is sent. Three days after sendAt unless given, and at most 90 days
	// after sendAt or after Crier first saw the Broadcast.
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`

	// audience bounds hold the Broadcast back, besides those of the list.
	// +optional
	Audience *BroadcastAudience `json:"audience,omitempty"`

	// filter selects some of the list's subscribers: a CEL expression over
	// subscriber.email, .name, .domain and .attributes, such as
	// subscriber.attributes.branch == "executive".
	// +optional
	Filter SubscriberFilter `json:"filter,omitempty"`

	// priority Urgent goes before everything else of the Relay, which must
	// grant it. It can change at any time, and isn't part of the content.
	// +optional
	// +kubebuilder:default=Normal
	Priority Priority `json:"priority,omitempty"`

	// maxDeferral is how long recipients that are refused for now are tried
	// again. From 1 minute to 7 days; notAfter ends it too.
	// +optional
	// +kubebuilder:default="24h"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('168h')",message="maxDeferral must be from 1m to 168h"
	MaxDeferral *metav1.Duration `json:"maxDeferral,omitempty"`

	// onUnknown says what to do with recipients for whom it is unknown whether
	// they got the message; the list's policy unless given.
	// +optional
	OnUnknown UnknownPolicy `json:"onUnknown,omitempty"`

	// onRecreate says what to do when the Broadcast is deleted and created
	// again while it is being sent.
	// +optional
	// +kubebuilder:default=Hold
	OnRecreate RecreatePolicy `json:"onRecreate,omitempty"`

	// suspend stops sending until it is false again.
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// resend sends to some of the recipients of a finished, cancelled or
	// held Broadcast once more.
	// +optional
	Resend *Resend `json:"resend,omitempty"`

	// test sends a copy to a few addresses before anything else is sent.
	// +optional
	Test *BroadcastTest `json:"test,omitempty"`
}

// BroadcastAudience narrows the audience of the list.
type BroadcastAudience struct {
	// exclude leaves out everybody who stands in certain sets.
	// +optional
	Exclude *AudienceExclusion `json:"exclude,omitempty"`

	AudienceBounds `json:",inline"`
}

// BroadcastTest asks for a copy to a few addresses, once per token: marked in
// the subject, accounted for in status.test, without effect on the Broadcast.
type BroadcastTest struct {
	// token makes the request one: it is carried out once, and again only
	// under another token.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	Token string `json:"token"`

	// recipients of the copy.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Recipients []MailAddress `json:"recipients"`

	// as is the subscriber whose name and attributes the copy shows; the
	// first of the audience unless given.
	// +optional
	As MailAddress `json:"as,omitempty"`
}

// BroadcastContent holds the bodies of the message: Go templates over the
// fields .Name, .Email and .Attributes.<name>. The part that is not given is
// derived: text from HTML, both from Markdown.
//
// +kubebuilder:validation:XValidation:rule="has(self.text) || has(self.html) || has(self.markdown) || has(self.templateRef)",message="give markdown, html, text or a templateRef"
// +kubebuilder:validation:XValidation:rule="!has(self.markdown) || !(has(self.html) || has(self.text))",message="give markdown, or html and text: both parts are made of markdown"
// +kubebuilder:validation:XValidation:rule="has(self.templateRef) || !(has(self.values) || has(self.sections))",message="values and sections need a templateRef"
type BroadcastContent struct {
	// markdown is the body as CommonMark, of which both parts are made.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	Markdown string `json:"markdown,omitempty"`

	// templateRef names the layout around the body.
	// +optional
	TemplateRef *TemplateReference `json:"templateRef,omitempty"`

	// values of the parameters of the template, by name.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Values map[string]TemplateValue `json:"values,omitempty"`

	// sections of the message, for templates that have them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=40
	Sections []ContentSection `json:"sections,omitempty"`

	// attachments of the message, and images that its HTML shows.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=20
	Attachments []ContentAttachment `json:"attachments,omitempty"`

	// event adds a calendar entry (RFC 5545).
	// +optional
	Event *CalendarEvent `json:"event,omitempty"`

	// language of the message (RFC 5646); en unless given.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=35
	// +kubebuilder:validation:Pattern=`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`
	Language string `json:"language,omitempty"`

	// text is the plain body.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	Text string `json:"text,omitempty"`

	// html is the HTML body. Values are escaped for the place they stand in.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	HTML string `json:"html,omitempty"`
}

// Priority says which messages of a Relay go first.
//
// +kubebuilder:validation:Enum=Normal;Urgent
type Priority string

const (
	// PriorityNormal shares the Relay equally.
	PriorityNormal Priority = "Normal"
	// PriorityUrgent gets most of the Relay.
	PriorityUrgent Priority = "Urgent"
)

// ResendSelection says who is sent to once more.
//
// +kubebuilder:validation:Enum=Remaining;Failed;Unknown;All
type ResendSelection string

const (
	// ResendRemaining selects those that were never tried, deferred, expired or
	// suppressed; those who still are suppressed are left out again.
	ResendRemaining ResendSelection = "Remaining"
	// ResendFailed selects those that were refused permanently.
	ResendFailed ResendSelection = "Failed"
	// ResendUnknown selects those for whom the outcome is unknown.
	ResendUnknown ResendSelection = "Unknown"
	// ResendAll selects everybody, as a new message with new Message-IDs.
	ResendAll ResendSelection = "All"
)

// Resend asks for another pass over some recipients, once per token.
type Resend struct {
	// token makes the request one: it is carried out once, and again only
	// under another token.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	Token string `json:"token"`

	// only says who is sent to.
	// +required
	Only ResendSelection `json:"only"`

	// notAfter is when the resend becomes too late.
	// +required
	NotAfter metav1.Time `json:"notAfter"`
}

// Broadcast is one message to everybody on a list, sent once.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=bc,categories=crier
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="the name of a Broadcast has at most 63 characters"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.listRef) == has(oldSelf.spec.listRef) && (!has(self.spec.listRef) || self.spec.listRef == oldSelf.spec.listRef) && has(self.spec.listRefs) == has(oldSelf.spec.listRefs) && (!has(self.spec.listRefs) || self.spec.listRefs.map(l, l.name) == oldSelf.spec.listRefs.map(l, l.name)) && self.spec.subject == oldSelf.spec.subject && has(self.spec.filter) == has(oldSelf.spec.filter) && (!has(self.spec.filter) || self.spec.filter == oldSelf.spec.filter))",message="this Broadcast is sealed: it is being sent or was sent; only suspend, priority, resend and test can change. To send something else, create a Broadcast with a new name"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.content.text) == has(oldSelf.spec.content.text) && (!has(self.spec.content.text) || self.spec.content.text == oldSelf.spec.content.text) && has(self.spec.content.html) == has(oldSelf.spec.content.html) && (!has(self.spec.content.html) || self.spec.content.html == oldSelf.spec.content.html) && has(self.spec.content.markdown) == has(oldSelf.spec.content.markdown) && (!has(self.spec.content.markdown) || self.spec.content.markdown == oldSelf.spec.content.markdown) && has(self.spec.content.language) == has(oldSelf.spec.content.language) && (!has(self.spec.content.language) || self.spec.content.language == oldSelf.spec.content.language))",message="this Broadcast is sealed: it is being sent or was sent, and its content can't change. To send something else, create a Broadcast with a new name"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.content.templateRef) == has(oldSelf.spec.content.templateRef) && (!has(self.spec.content.templateRef) || self.spec.content.templateRef == oldSelf.spec.content.templateRef) && has(self.spec.content.values) == has(oldSelf.spec.content.values) && (!has(self.spec.content.values) || self.spec.content.values == oldSelf.spec.content.values) && has(self.spec.content.sections) == has(oldSelf.spec.content.sections) && (!has(self.spec.content.sections) || self.spec.content.sections == oldSelf.spec.content.sections))",message="this Broadcast is sealed: its template, values and sections can't change. To send something else, create a Broadcast with a new name"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.content.attachments) == has(oldSelf.spec.content.attachments) && (!has(self.spec.content.attachments) || (self.spec.content.attachments == oldSelf.spec.content.attachments && self.spec.content.attachments.map(a, a.name) == oldSelf.spec.content.attachments.map(a, a.name))) && has(self.spec.content.event) == has(oldSelf.spec.content.event) && (!has(self.spec.content.event) || self.spec.content.event == oldSelf.spec.content.event))",message="this Broadcast is sealed: its attachments and event can't change. To send something else, create a Broadcast with a new name"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.fromName) == has(oldSelf.spec.fromName) && (!has(self.spec.fromName) || self.spec.fromName == oldSelf.spec.fromName) && has(self.spec.replyTo) == has(oldSelf.spec.replyTo) && (!has(self.spec.replyTo) || self.spec.replyTo == oldSelf.spec.replyTo))",message="this Broadcast is sealed: fromName and replyTo can't change. To send something else, create a Broadcast with a new name"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.sendAt) == has(oldSelf.spec.sendAt) && (!has(self.spec.sendAt) || self.spec.sendAt == oldSelf.spec.sendAt) && has(self.spec.notAfter) == has(oldSelf.spec.notAfter) && (!has(self.spec.notAfter) || self.spec.notAfter == oldSelf.spec.notAfter))",message="this Broadcast is sealed: sendAt and notAfter can't change. A resend has a notAfter of its own"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.sealed) || (has(self.spec.audience) == has(oldSelf.spec.audience) && (!has(self.spec.audience) || self.spec.audience == oldSelf.spec.audience) && has(self.spec.maxDeferral) == has(oldSelf.spec.maxDeferral) && (!has(self.spec.maxDeferral) || duration(self.spec.maxDeferral) == duration(oldSelf.spec.maxDeferral)) && has(self.spec.onUnknown) == has(oldSelf.spec.onUnknown) && (!has(self.spec.onUnknown) || self.spec.onUnknown == oldSelf.spec.onUnknown) && has(self.spec.onRecreate) == has(oldSelf.spec.onRecreate) && (!has(self.spec.onRecreate) || self.spec.onRecreate == oldSelf.spec.onRecreate))",message="this Broadcast is sealed: audience, maxDeferral, onUnknown and onRecreate can't change"
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.progress`
// +kubebuilder:printcolumn:name="Accepted",type=string,JSONPath=`.status.accepted`
// +kubebuilder:printcolumn:name="Received",type=string,JSONPath=`.status.received`,priority=1
// +kubebuilder:printcolumn:name="Failed",type=integer,JSONPath=`.status.totals.failed`
// +kubebuilder:printcolumn:name="List",type=string,JSONPath=`.spec.listRef.name`,priority=1
// +kubebuilder:printcolumn:name="Rate",type=string,JSONPath=`.status.rate`,priority=1
// +kubebuilder:printcolumn:name="ETA",type=string,JSONPath=`.status.eta`,priority=1
// +kubebuilder:printcolumn:name="Unknown",type=integer,JSONPath=`.status.totals.unknown`,priority=1
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Broadcast struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares the message.
	// +required
	Spec BroadcastSpec `json:"spec"`

	// status is what became of it so far.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status BroadcastStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// BroadcastList is a list of Broadcasts.
//
// +kubebuilder:object:root=true
type BroadcastList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Broadcast `json:"items"`
}
