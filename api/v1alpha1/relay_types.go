package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RelaySpec declares how mail leaves, and who may use it.
type RelaySpec struct {
	// host name or address of the submission server.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$`
	Host string `json:"host"`

	// port of the submission server; 587 unless given (RFC 6409).
	// +optional
	// +kubebuilder:default=587
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// tls says how the connection is secured.
	// +optional
	// +kubebuilder:default={mode: StartTLS}
	TLS RelayTLS `json:"tls,omitempty,omitzero"`

	// heloName is the name given in EHLO; bounceDomain unless given, and
	// never the name of a pod.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`
	HeloName string `json:"heloName,omitempty"`

	// auth is how Crier logs in. Without it, it doesn't.
	// +optional
	Auth *RelayAuth `json:"auth,omitempty"`

	// bounceDomain is the domain of envelope senders (RFC 5321, section 2.3.7).
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=190
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`
	BounceDomain string `json:"bounceDomain"`

	// bounces says how envelope senders are formed.
	// +optional
	// +kubebuilder:default={mode: Fixed, localPart: bounces}
	Bounces RelayBounces `json:"bounces,omitempty,omitzero"`

	// grants say which namespaces may use the Relay, and as whom. Nobody
	// may unless granted, the Relay's own namespace included.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Grants []RelayGrant `json:"grants,omitempty"`

	// dkim are the keys that sign messages here. The one of the author's
	// domain is used; messages of authors without one leave unsigned. What
	// was begun with a key waits when that is taken away.
	// +optional
	// +listType=map
	// +listMapKey=domain
	// +listMapKey=selector
	// +kubebuilder:validation:MaxItems=16
	DKIM []RelayDKIM `json:"dkim,omitempty"`

	// limits that the relay's operator asks for.
	// +optional
	// +kubebuilder:default={maxConnections: 10}
	Limits RelayLimits `json:"limits,omitempty,omitzero"`
}

// TLSMode says how a connection is secured.
//
// +kubebuilder:validation:Enum=StartTLS;Implicit;None
type TLSMode string

const (
	// TLSStartTLS upgrades the connection and gives up when it can't (RFC 3207).
	TLSStartTLS TLSMode = "StartTLS"
	// TLSImplicit speaks TLS from the first octet (RFC 8314).
	TLSImplicit TLSMode = "Implicit"
	// TLSNone sends in the clear, and never logs in.
	TLSNone TLSMode = "None"
)

// RelayTLS says how the connection is secured and whom to trust.
//
// +kubebuilder:validation:XValidation:rule="!has(self.mode) || self.mode != 'None' || !(has(self.caBundle) || has(self.clientCertificateSecretRef) || has(self.serverName))",message="mode None uses no serverName, caBundle or client certificate"
type RelayTLS struct {
	// mode is StartTLS unless given.
	// +optional
	// +kubebuilder:default=StartTLS
	Mode TLSMode `json:"mode,omitempty"`

	// serverName that the certificate must carry; host unless given.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	ServerName string `json:"serverName,omitempty"`

	// caBundle holds the certificate authorities to trust, PEM; the ones of
	// Crier's image unless given.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	CABundle string `json:"caBundle,omitempty"`

	// clientCertificateSecretRef names a Secret of type kubernetes.io/tls in
	// the Relay's namespace, labeled crier.dev/use: relay.
	// +optional
	ClientCertificateSecretRef *LocalReference `json:"clientCertificateSecretRef,omitempty"`
}

// AuthMechanism is a SASL mechanism (RFC 4954).
//
// +kubebuilder:validation:Enum=Auto;Plain;Login;ScramSHA256;XOAuth2;External
type AuthMechanism string

// The SASL mechanisms. Auto takes the strongest that the server offers.
const (
	AuthAuto        AuthMechanism = "Auto"
	AuthPlain       AuthMechanism = "Plain"
	AuthLogin       AuthMechanism = "Login"
	AuthScramSHA256 AuthMechanism = "ScramSHA256"
	AuthXOAuth2     AuthMechanism = "XOAuth2"
	AuthExternal    AuthMechanism = "External"
)

// RelayAuth is how Crier logs in.
//
// +kubebuilder:validation:XValidation:rule="has(self.secretRef) || (has(self.mechanism) && self.mechanism == 'External')",message="secretRef is required but for mechanism External"
type RelayAuth struct {
	// mechanism is Auto unless given.
	// +optional
	// +kubebuilder:default=Auto
	Mechanism AuthMechanism `json:"mechanism,omitempty"`

	// secretRef names a Secret with the keys username and password (for
	// XOAuth2 the password is the token) in the Relay's namespace, labeled
	// crier.dev/use: relay.
	// +optional
	SecretRef *LocalReference `json:"secretRef,omitempty"`
}

// BounceMode says how envelope senders are formed.
//
// +kubebuilder:validation:Enum=Fixed;VERP
type BounceMode string

const (
	// BounceFixed uses one envelope sender for everybody.
	BounceFixed BounceMode = "Fixed"
	// BounceVERP uses an envelope sender per recipient, so that a bounce
	// names the recipient by itself.
	BounceVERP BounceMode = "VERP"
)

// RelayBounces says how envelope senders are formed.
type RelayBounces struct {
	// mode is Fixed unless given.
	// +optional
	// +kubebuilder:default=Fixed
	Mode BounceMode `json:"mode,omitempty"`

	// localPart of envelope senders, before any token.
	// +optional
	// +kubebuilder:default=bounces
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	LocalPart string `json:"localPart,omitempty"`
}

// RelayGrant lets namespaces send through the Relay with certain senders.
//
// +kubebuilder:validation:XValidation:rule="has(self.namespaces) != has(self.namespaceSelector)",message="give exactly one of namespaces and namespaceSelector"
// +kubebuilder:validation:XValidation:rule="has(self.domains) || has(self.addresses)",message="a grant without domains or addresses lets nobody send: give domains, addresses or both"
type RelayGrant struct {
	// namespaces by name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	Namespaces []string `json:"namespaces,omitempty"`

	// namespaceSelector selects namespaces by label; an empty selector
	// selects all of them.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`

	// domains that From addresses may have, without subdomains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Domains []string `json:"domains,omitempty"`

	// addresses that may be used as From.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Addresses []MailAddress `json:"addresses,omitempty"`

	// listDomains that addresses of lists may have, without subdomains.
	// Unless given, they are domains, those of addresses, and all that are
	// below one of them. A list with another address isn't sent to, and
	// takes it from nobody.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[^@*\s]+$`
	ListDomains []string `json:"listDomains,omitempty"`

	// maxRecipients of one Broadcast; no bound unless given.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000000
	MaxRecipients *int64 `json:"maxRecipients,omitempty"`

	// urgent lets them send with priority Urgent. While any grant does, a
	// tenth of the Relay is kept free for that, at least one connection
	// where maxConnections is more than one.
	// +optional
	Urgent bool `json:"urgent,omitempty"`
}

// RelayLimits are what the relay's operator asks for. All hold for all
// sender pods of all Broadcasts together.
type RelayLimits struct {
	// maxConnections is how many connections may be open at a time.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxConnections int32 `json:"maxConnections,omitempty"`

	// messagesPerConnection is how many messages one connection carries
	// before it is closed.
	// +optional
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	MessagesPerConnection int32 `json:"messagesPerConnection,omitempty"`

	// rate at which messages may be handed over; as fast as the relay takes
	// them unless given.
	// +optional
	Rate *Rate `json:"rate,omitempty"`

	// maxMessageBytes is the size of the largest message, in octets; what
	// the server announces (RFC 1870) unless given.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=1073741824
	MaxMessageBytes *int64 `json:"maxMessageBytes,omitempty"`

	// maxBroadcastBytes holds a Broadcast back whose messages together are
	// larger, in octets; 50 GiB unless given.
	// +optional
	// +kubebuilder:default=53687091200
	// +kubebuilder:validation:Minimum=1048576
	// +kubebuilder:validation:Maximum=1125899906842624
	MaxBroadcastBytes int64 `json:"maxBroadcastBytes,omitempty"`

	// daily is how many messages may be handed over in any 24 hours. A
	// message counts until the end of the hour, a day after it was sent.
	// Broadcasts wait for the rest of their recipients then.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	Daily *int64 `json:"daily,omitempty"`

	// destinations are limits for certain domains of recipients, within
	// those of the Relay.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Destinations []DestinationLimits `json:"destinations,omitempty"`
}

// DestinationLimits are the limits for certain domains of recipients.
type DestinationLimits struct {
	// name of the destination, for people.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// domains of recipients, without subdomains.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Domains []string `json:"domains,omitempty"`

	// rate at which messages for them may be handed over.
	// +optional
	Rate *Rate `json:"rate,omitempty"`

	// maxConnections that carry messages for them at a time.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxConnections *int32 `json:"maxConnections,omitempty"`
}

// Rate is a number of messages in a time.
type Rate struct {
	// messages in that time.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	Messages int64 `json:"messages"`

	// per is the unit of time; a second unless given.
	// +optional
	Per RatePeriod `json:"per,omitempty"`
}

// RatePeriod is a unit of time.
//
// +kubebuilder:validation:Enum=Second;Minute;Hour
type RatePeriod string

// The units of time of a Rate.
const (
	PerSecond RatePeriod = "Second"
	PerMinute RatePeriod = "Minute"
	PerHour   RatePeriod = "Hour"
)

// RelayStatus is what the last probe found.
type RelayStatus struct {
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

	// capabilities are the keywords that the server offered in EHLO, after TLS.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=128
	Capabilities []string `json:"capabilities,omitempty"`

	// maxMessageBytes is the size that the server announced, in octets; 0
	// when it announced none.
	// +optional
	MaxMessageBytes int64 `json:"maxMessageBytes,omitempty"`

	// probe is what was last tried, and what came of it.
	// +optional
	Probe *RelayProbe `json:"probe,omitempty"`
}

// RelayProbe is an attempt to reach the server and log in. The same settings
// are probed at most every 5 minutes, and refused credentials not again
// until they change.
type RelayProbe struct {
	// time of the probe.
	// +required
	Time metav1.Time `json:"time"`

	// settings is a digest of the settings and credentials that were tried.
	// +required
	// +kubebuilder:validation:MaxLength=80
	Settings string `json:"settings"`

	// reason is the reason of the Ready condition that came of it.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`

	// message tells what came of it.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}

// Relay is a server that takes mail, how to talk to it, and who may.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=crier
// +kubebuilder:validation:XValidation:rule="!has(self.spec.auth) || !has(self.spec.tls) || !has(self.spec.tls.mode) || self.spec.tls.mode != 'None'",message="auth needs TLS: a password is never sent in the clear"
// +kubebuilder:printcolumn:name="Host",type=string,JSONPath=`.spec.host`
// +kubebuilder:printcolumn:name="Port",type=integer,JSONPath=`.spec.port`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Probed",type=date,JSONPath=`.status.probe.time`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Relay struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares how mail leaves.
	// +required
	Spec RelaySpec `json:"spec"`

	// status is what the last probe found.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status RelayStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// RelayList is a list of Relays.
//
// +kubebuilder:object:root=true
type RelayList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Relay `json:"items"`
}
