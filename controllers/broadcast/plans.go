package broadcast

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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

// suppressed is how many subscribers are, for whatever reason.
func (p *plan) suppressed() (n int64) {
	for _, of := range p.Suppressed {
		n += of
	}
	return n
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
// each set are, in which order the sets count, who of them is selected, and
// what is written to them.
func (s *scope) planKey(frozen message.Frozen) (string, error) {
	frozen.Key = nil // is another every time
	files := make([]string, 0, len(frozen.Attachments))
	for _, file := range frozen.Attachments {
		sum := sha256.Sum256(file.Data)
		files = append(files, fmt.Sprint(file.Name, file.ContentType, file.ContentID, hex.EncodeToString(sum[:])))
	}
	frozen.Attachments = nil // may be large
	sum := sha256.New()
	encoder := json.NewEncoder(sum)
	for i := range s.reaches {
		r := &s.reaches[i]
		err := encoder.Encode([]any{r.list.Name, digests(r.sets), digests(r.exclude), r.list.Spec.Audience.Filter, s.broadcast.Spec.Filter,
			declared(r.sets)})
		if err != nil {
			return "", err
		}
	}
	err := errors.Join(encoder.Encode(s.suppressed.Digest()), encoder.Encode(files), encoder.Encode(frozen))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// digests names sets and their subscribers.
func digests(sets []crier.SubscriberSet) [][]any {
	out := make([][]any, 0, len(sets))
	for i := range sets {
		out = append(out, []any{sets[i].Name, sets[i].Status.Roster.Digest, sets[i].Status.Roster.Parts})
	}
	return out
}

// declared are the types of the attributes that are declared.
func declared(sets []crier.SubscriberSet) []map[string]crier.AttributeDeclaration {
	out := make([]map[string]crier.AttributeDeclaration, 0, len(sets))
	for i := range sets {
		out = append(out, sets[i].Spec.Attributes)
	}
	return out
}
