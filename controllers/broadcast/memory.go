package broadcast

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/message"
)

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

// planKey is a digest of all that a plan depends on: who is reached, and what
// is written to them.
func (s *scope) planKey(frozen message.Frozen) (string, error) {
	// What the hash covers; a calendar has the time when it was written.
	frozen.Attachments, frozen.Calendar = nil, nil
	sum := sha256.New()
	encoder := json.NewEncoder(sum)
	err := errors.Join(encoder.Encode(s.audienceKey(true)), encoder.Encode(frozen))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// audienceKey is a digest of all that decides about recipients: the sets of
// each list, in which order they count, who is excluded and selected. With
// rosters it is also about who the subscribers are, and who is suppressed.
func (s *scope) audienceKey(rosters bool) string {
	sum := sha256.New()
	encoder := json.NewEncoder(sum)
	for i := range s.reaches {
		r := &s.reaches[i]
		// Parts of specs always can be encoded.
		_ = encoder.Encode([]any{r.list.Name, digests(r.sets, rosters), digests(r.exclude, rosters), digests(r.narrow, rosters),
			r.list.Spec.Audience.Filter, s.broadcast.Spec.Filter, declared(r.sets)})
	}
	if rosters {
		_ = encoder.Encode(s.suppressed.Digest())
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// digests names sets, and their subscribers.
func digests(sets []crier.SubscriberSet, rosters bool) [][]any {
	out := make([][]any, 0, len(sets))
	for i := range sets {
		one := []any{sets[i].Name, sets[i].UID}
		if rosters {
			one = append(one, sets[i].Status.Roster.Digest, sets[i].Status.Roster.Parts)
		}
		out = append(out, one)
	}
	return out
}

// declared are the attributes that are declared, each with its type.
func declared(sets []crier.SubscriberSet) []map[string]crier.AttributeDeclaration {
	out := make([]map[string]crier.AttributeDeclaration, 0, len(sets))
	for i := range sets {
		out = append(out, crier.Declared(sets[i].Spec.Attributes))
	}
	return out
}
