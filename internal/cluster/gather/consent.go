package gather

import (
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// Named is the digest that a value of the annotation crier.dev/accept-sync
// names. What follows it makes the value another one, for a digest that was
// accepted before.
func Named(annotation string) string {
	digest, _, _ := strings.Cut(annotation, "@")
	return digest
}

// Consent is the value of the annotation of a set, unless it was used up.
func Consent(set *crier.SubscriberSet) string {
	value := set.Annotations[crier.AnnotationAcceptSync]
	if sync := set.Status.Sync; sync != nil && sync.Accepted == value {
		return ""
	}
	return value
}

// Expected is the consent to what is held of a set, if there is one.
func Expected(set *crier.SubscriberSet) string {
	value := Consent(set)
	if held := set.Status.Held; held == nil || value == "" || Named(value) != held.Digest {
		return ""
	}
	return value
}
