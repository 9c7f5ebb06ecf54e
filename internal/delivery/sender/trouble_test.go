package sender

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/smtp/outcome"
)

// The API takes 600 octets, and refuses the shard with more.
func TestTroubleFitsIntoAShard(t *testing.T) {
	for _, words := range []string{"", "421 4.7.0 later", strings.Repeat("é ", 400), strings.Repeat("{recipient} ", 80)} {
		got := troubleOf(outcome.CauseQuota, words)
		if len(got.Message) > maxTrouble || len(words) <= maxTrouble && got.Message != words || got.Cause != string(outcome.CauseQuota) {
			t.Errorf("%d octets: %+v", len(words), got)
		}
	}
}
