package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SourceTLS says whom to trust.
type SourceTLS struct {
	// serverName that the certificate must carry; the host unless given.
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
}

// LDAPSource reads a directory (RFC 4511). What is read is asked for in pages
// (RFC 2696); referrals are not followed.
type LDAPSource struct {
	// url of the server: ldaps:// for TLS from the first octet, ldap:// for
	// StartTLS (RFC 4513), without which nothing is read.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^ldaps?://[^/?#@\s]+/?$`
	URL string `json:"url"`

	// tls says whom to trust.
	// +optional
	TLS SourceTLS `json:"tls,omitempty,omitzero"`

	// secretRef names a Secret of the set's namespace with the keys bindDN and
	// password, labeled crier.dev/use: source. Without it the directory is
	// read anonymously.
	// +optional
	SecretRef *LocalReference `json:"secretRef,omitempty"`

	// baseDN is where the search begins (RFC 4514).
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	BaseDN string `json:"baseDN"`

	// filter selects entries (RFC 4515).
	// +optional
	// +kubebuilder:default="(objectClass=person)"
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=4096
	Filter string `json:"filter,omitempty"`

	// scope of the search; Subtree unless given.
	// +optional
	// +kubebuilder:default=Subtree
	Scope LDAPScope `json:"scope,omitempty"`

	// attributes says which LDAP attribute becomes which field of a
	// subscriber. email and name are fields by themselves (mail and
	// displayName unless given), all others are attributes. Of several values
	// the first is taken, of an attribute that is declared as a List all.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Attributes map[string]LDAPAttributeName `json:"attributes,omitempty"`

	// memberOf keeps only members of certain groups.
	// +optional
	MemberOf *LDAPMemberOf `json:"memberOf,omitempty"`

	// pageSize is how many entries one page has.
	// +optional
	// +kubebuilder:default=1000
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=10000
	PageSize int32 `json:"pageSize,omitempty"`

	// timeout of the whole read. From 1 second to 1 hour; 5 minutes unless given.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="timeout must be from 1s to 1h"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// LDAPAttributeName is the name of an attribute in a directory.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9.;-]*$`
type LDAPAttributeName string

// LDAPScope says how deep a search goes.
//
// +kubebuilder:validation:Enum=Base;OneLevel;Subtree
type LDAPScope string

// The scopes of RFC 4511, section 4.5.1.2.
const (
	LDAPScopeBase     LDAPScope = "Base"
	LDAPScopeOneLevel LDAPScope = "OneLevel"
	LDAPScopeSubtree  LDAPScope = "Subtree"
)

// LDAPMemberOf keeps only members of certain groups.
type LDAPMemberOf struct {
	// groups by their DN; members of any of them are kept.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=3
	// +kubebuilder:validation:items:MaxLength=1024
	Groups []string `json:"groups"`

	// lookup says where membership is read.
	// +optional
	// +kubebuilder:default=MemberOf
	Lookup LDAPMembership `json:"lookup,omitempty"`
}

// LDAPMembership says where membership is read.
//
// +kubebuilder:validation:Enum=MemberOf;Nested;Group
type LDAPMembership string

const (
	// LDAPMembershipMemberOf asks for entries whose memberOf has the group.
	LDAPMembershipMemberOf LDAPMembership = "MemberOf"
	// LDAPMembershipNested also follows groups in groups, which Active
	// Directory does by itself.
	LDAPMembershipNested LDAPMembership = "Nested"
	// LDAPMembershipGroup reads the members out of the group: for servers
	// without memberOf.
	LDAPMembershipGroup LDAPMembership = "Group"
)

// SQLDriver is a kind of database.
//
// +kubebuilder:validation:Enum=PostgreSQL
type SQLDriver string

// SQLPostgreSQL is PostgreSQL.
const SQLPostgreSQL SQLDriver = "PostgreSQL"

// SQLSource reads the answer of a query, in a transaction that can only read.
type SQLSource struct {
	// driver of the database.
	// +optional
	// +kubebuilder:default=PostgreSQL
	Driver SQLDriver `json:"driver,omitempty"`

	// host name or address of the server.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$`
	Host string `json:"host"`

	// port of the server; 5432 unless given.
	// +optional
	// +kubebuilder:default=5432
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// database to connect to.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Database string `json:"database"`

	// tls says whom to trust. The connection always uses TLS.
	// +optional
	TLS SourceTLS `json:"tls,omitempty,omitzero"`

	// secretRef names a Secret of the set's namespace with the keys username
	// and password, labeled crier.dev/use: source.
	// +required
	SecretRef LocalReference `json:"secretRef"`

	// query that gives one row for each subscriber. Its columns become the
	// fields of a subscriber by their names.
	// +required
	// +kubebuilder:validation:MinLength=6
	// +kubebuilder:validation:MaxLength=16384
	Query string `json:"query"`

	// parameters for $1, $2, ... of the query, as texts.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=1024
	Parameters []string `json:"parameters,omitempty"`

	// columns says which column holds what.
	// +optional
	Columns CSVColumns `json:"columns,omitempty,omitzero"`

	// statementTimeout ends a query that takes longer. From 1 second to 1
	// hour; 5 minutes unless given.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="statementTimeout must be from 1s to 1h"
	StatementTimeout *metav1.Duration `json:"statementTimeout,omitempty"`
}

// FileFormat is how a file lists subscribers.
//
// +kubebuilder:validation:Enum=CSV;JSONLines
type FileFormat string

const (
	// FormatCSV is comma-separated values with a header line (RFC 4180).
	FormatCSV FileFormat = "CSV"
	// FormatJSONLines is one JSON object a line.
	FormatJSONLines FileFormat = "JSONLines"
)

// HTTPSSource fetches a file. It is only fetched again when it changed, where
// the server tells (RFC 9110, section 13.1).
type HTTPSSource struct {
	// url of the file.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https://[^/?#@\s]+([/?][^\s#]*)?$`
	URL string `json:"url"`

	// format of the file; by its media type unless given.
	// +optional
	Format FileFormat `json:"format,omitempty"`

	// tls says whom to trust.
	// +optional
	TLS SourceTLS `json:"tls,omitempty,omitzero"`

	// secretRef names a Secret of the set's namespace, labeled
	// crier.dev/use: source, with the key token (RFC 6750) or the keys
	// username and password (RFC 7617).
	// +optional
	SecretRef *LocalReference `json:"secretRef,omitempty"`

	// columns says which column, or member of an object, holds what.
	// +optional
	Columns CSVColumns `json:"columns,omitempty,omitzero"`

	// delimiter between fields of CSV. Found out unless given.
	// +optional
	// +kubebuilder:validation:Enum=",";";";"\t";"|"
	Delimiter string `json:"delimiter,omitempty"`

	// maxBytes bounds the file, unpacked, in octets; 512 MiB unless given.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=4294967296
	MaxBytes *int64 `json:"maxBytes,omitempty"`

	// timeout of the whole fetch. From 1 second to 1 hour; 5 minutes unless given.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="timeout must be from 1s to 1h"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// UnionSource are the subscribers of other sets of the namespace together.
// Who stands in several counts as in the first of them.
type UnionSource struct {
	// subscriberSets in their order of precedence.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	SubscriberSets []LocalReference `json:"subscriberSets"`
}
