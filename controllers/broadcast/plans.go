package broadcast

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/audience"
	"crier.dev/crier/internal/message"
)

// plan is what is known of an audience and of its messages.
type plan struct {
	audience.Summary

	sizes sizes
}

// plans remembers the plans of Broadcasts that wait, so that not every change
// of a set, a list or a Relay means that rosters are read again. A manager
// that restarts plans once more.
type plans struct {
	mu    sync.Mutex
	plans map[types.NamespacedName]remembered
}

type remembered struct {
	key  string
	plan plan
}

// known returns the plan that was made of just this.
func (p *plans) known(broadcast types.NamespacedName, key string) (plan, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.plans[broadcast]
	return found.plan, ok && found.key == key
}

func (p *plans) remember(broadcast types.NamespacedName, key string, made plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plans == nil {
		p.plans = map[types.NamespacedName]remembered{}
	}
	p.plans[broadcast] = remembered{key: key, plan: made}
}

func (p *plans) forget(broadcast types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.plans, broadcast)
}

// planKey is a digest of all that a plan depends on: who the subscribers of
// each set are, in which order the sets count, and what is written to them.
func planKey(sets []crier.SubscriberSet, frozen message.Frozen) (string, error) {
	frozen.Key = nil // is another every time
	sum := sha256.New()
	encoder := json.NewEncoder(sum)
	for i := range sets {
		if err := encoder.Encode([]any{sets[i].Name, sets[i].Status.Roster.Digest, sets[i].Status.Roster.Parts}); err != nil {
			return "", err
		}
	}
	err := encoder.Encode(frozen)
	return hex.EncodeToString(sum.Sum(nil)), err
}
