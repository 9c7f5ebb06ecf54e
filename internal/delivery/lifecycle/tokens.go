package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

const (
	// MaxResendTokens is how many tokens of resends a record remembers; more
	// aren't heeded, since one that was forgotten would act again.
	MaxResendTokens = 64
	// MaxTestTokens is how many tokens of test copies a record remembers.
	MaxTestTokens = 128
	// testDay is how long a test counts for the day in which it was made.
	testDay = 24 * time.Hour
)

// Used says whether a token is among those that must not act again.
func Used(tokens []crier.UsedToken, token string) bool {
	digest := tokenDigest(token)
	return slices.ContainsFunc(tokens, func(t crier.UsedToken) bool { return t.Digest == digest })
}

// Use notes a token, which is for that many copies if it is one of a test.
// Whoever notes one has looked whether there is room.
func Use(tokens []crier.UsedToken, token string, copies int, now time.Time) []crier.UsedToken {
	if Used(tokens, token) {
		return tokens
	}
	return append(slices.Clone(tokens), crier.UsedToken{Digest: tokenDigest(token), At: metav1.NewTime(now), Copies: int32(copies)})
}

// RefuseTest says why no test copy is made for a token that was not used, and
// what to do, or is empty.
func RefuseTest(state *crier.DeliveryRecordState, token string) string {
	if Used(state.TestTokens, token) || len(state.TestTokens) < MaxTestTokens {
		return ""
	}
	return fmt.Sprintf("%d test copies were made of this Broadcast, and no more can be remembered: create a new Broadcast", MaxTestTokens)
}

// RecentTests are the tokens of tests that a new run of a name begins with.
func RecentTests(tests []crier.UsedToken, now time.Time) (recent []crier.UsedToken) {
	for _, t := range tests {
		if now.Before(t.At.Add(testDay)) {
			recent = append(recent, t)
		}
	}
	return recent
}

func tokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:16])
}
