package v1alpha1

// RelayDKIM is a key that signs messages (RFC 6376). Every key of the domain
// that signs for an author signs each message: one Ed25519 and one RSA key
// together reach receivers that know only one of both.
type RelayDKIM struct {
	// domain that signs, the d= tag, in lower case and with A-labels. It signs
	// for authors of this domain, and of its subdomains unless the Relay has a
	// key of a domain that is nearer.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$')",message="domain must be a domain name in lower case, with A-labels (xn--...) for other letters, as in example.gov"
	Domain string `json:"domain"`

	// selector is the s= tag: the public key is published as the TXT record
	// <selector>._domainkey.<domain>.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$')",message="selector must be lower-case letters, digits and hyphens, with dots between, as in crier-2026"
	Selector string `json:"selector"`

	// privateKeySecretRef names a Secret with the private key in the Relay's
	// namespace, labeled crier.dev/use: relay.
	// +required
	PrivateKeySecretRef SecretKeyReference `json:"privateKeySecretRef,omitzero"`
}

// SecretKeyReference names a key of a Secret in the same namespace.
type SecretKeyReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// key within the Secret that holds the private key in PEM (PKCS #8 or
	// PKCS #1, RSA of 2048 bits or more, or Ed25519); tls.key unless given,
	// which is what cert-manager writes.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="key must be the name of a key of a Secret: letters, digits, hyphens, dots and underscores"
	Key string `json:"key,omitempty"`
}
