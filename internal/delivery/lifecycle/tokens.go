package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

const (
	// MaxResendTokens is how many tokens of resends a record remembers; more
	// aren't heeded, since one that was forgotten would act again.
	MaxResendTokens = 64
	// MaxTestTokens is how many tokens of test copies a record remembers.
	MaxTestTokens = 128
	// testsPerDay is how many test copies of a Broadcast are made in a day at
	// most. Each is a record, a Job and up to 20 mails.
	testsPerDay = 20
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

// TestRefusal says why no test copy is made for a token.
type TestRefusal struct {
	// Why is for people, and says what to do.
	Why string
	// Until is when the copy is made after all; zero for never.
	Until time.Time
}

// RefuseTest says why no test copy to that many addresses is made for a token
// that was not used, or nil. most is how many recipients the Relay's grant
// allows a message, nil for any number: what a message may not reach, its tests
// of one day don't reach either.
func RefuseTest(tests []crier.UsedToken, copies int, most *int64, now time.Time) *TestRefusal {
	recent := RecentTests(tests, now)
	sum := int64(copies)
	for _, t := range recent {
		sum += int64(t.Copies)
	}
	switch {
	case len(tests) >= MaxTestTokens:
		return &TestRefusal{Why: fmt.Sprintf("%d test copies were asked for, and no more can be remembered: create a new Broadcast", MaxTestTokens)}
	case most != nil && int64(copies) > *most:
		return &TestRefusal{Why: fmt.Sprintf("the Relay's grant allows %s: name no more in spec.test.recipients", words.Count(*most, "recipient"))}
	case most != nil && sum > *most:
		return later(recent[0], fmt.Sprintf("test copies of one day may go to %s, as many as the Relay's grant allows a message", words.Count(*most, "address")))
	case len(recent) >= testsPerDay:
		return later(recent[0], fmt.Sprintf("%d test copies were made within a day, which is the most", testsPerDay))
	}
	return nil
}

// later refuses until the first of the tests of a day is older than that.
func later(first crier.UsedToken, why string) *TestRefusal {
	until := first.At.Add(testDay)
	return &TestRefusal{Why: fmt.Sprintf("%s: this one is tried again at %s", why, until.UTC().Format(time.RFC3339)), Until: until}
}

// RecentTests are the tokens of tests of the last day, the oldest first. A new
// run of a name begins with them.
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
