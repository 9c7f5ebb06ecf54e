package grant

import crier "crier.dev/crier/api/v1alpha1"

// SizeLimit is the size of the largest message that the Relay takes, in
// octets; 0 when nobody said.
func SizeLimit(relay *crier.Relay) int64 {
	limit := relay.Status.MaxMessageBytes
	if own := relay.Spec.Limits.MaxMessageBytes; own != nil && (limit == 0 || *own < limit) {
		limit = *own
	}
	return limit
}
