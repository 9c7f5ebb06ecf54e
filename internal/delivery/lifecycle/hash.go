// Package lifecycle decides about Broadcasts: what they are, when they are
// too late, what a record of an earlier life means, and what comes after a
// pass. It reads and writes nothing.
package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	crier "crier.dev/crier/api/v1alpha1"
)

// HashVersion is the version of the projection that new hashes are made with.
const HashVersion = "v1"

// ContentHash is the identity of what a Broadcast says and to whom: a
// version, a colon and the SHA-256 of a canonical projection of the spec.
// Policies, suspend and resend are not part of it.
func ContentHash(spec crier.BroadcastSpec) string {
	return HashVersion + ":" + digest(projectV1(spec))
}

// SameContent says whether spec is what hash was made of, compared under the
// version that hash was made with: a release that adds a field does not turn
// Broadcasts into strangers. A version that this release doesn't know is
// never the same.
func SameContent(hash string, spec crier.BroadcastSpec) bool {
	return hash == ContentHash(spec) // begins with the only version so far
}

func digest(projection any) string {
	// Structs of strings always marshal.
	data, _ := json.Marshal(projection)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
