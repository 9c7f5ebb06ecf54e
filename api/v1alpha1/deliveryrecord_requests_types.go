package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RecordResend is the last resend that was asked for.
type RecordResend struct {
	// token of the request.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Token string `json:"token"`

	// only says who is sent to.
	// +required
	Only ResendSelection `json:"only"`

	// at is when it was carried out.
	// +required
	At metav1.Time `json:"at"`

	// afterPass is the number of the last pass before it.
	// +optional
	AfterPass int32 `json:"afterPass,omitempty"`
}

// UsedToken is the token of a request that must not be carried out again.
type UsedToken struct {
	// digest of the token: the first 32 hexadecimal digits of its SHA-256.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Digest string `json:"digest"`

	// at is when it was noted.
	// +required
	At metav1.Time `json:"at"`

	// copies that a test with this token is for.
	// +optional
	Copies int32 `json:"copies,omitempty"`
}
