package deliveryrecord

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"crier.dev/crier/internal/cluster/gather"
)

// bearable is how long what was read of a Suppression is heeded after it has
// changed: about as long as a change may go unseen anyhow, between two looks.
const bearable = whileSending

// lagging knows since when Suppressions lag behind. Somebody who changes one all
// the time would otherwise stop all the mail that it is about, since at any
// moment the last change isn't read yet. Whenever a change has been read, the
// time begins anew: so no change is unread for longer than that, and reading
// takes. A manager that has just begun knows nothing and begins to count.
type lagging struct {
	mu    sync.Mutex
	since map[types.UID]lag
}

type lag struct {
	read int64
	at   time.Time // when it was first seen to lag behind with that
	seen time.Time // when it was last
}

// bears says whether whatever isn't known yet may be waited for: what was read
// before still counts.
func (p *lagging) bears(all *gather.Suppressions, now time.Time) bool {
	lags, others := all.Lags()
	if others {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since == nil {
		p.since = map[types.UID]lag{}
	}
	for of, l := range p.since {
		if now.Sub(l.seen) > time.Hour {
			delete(p.since, of)
		}
	}
	bears := true
	for _, l := range lags {
		known, there := p.since[l.Of]
		if !there || known.read != l.Read { // with the same one it has lagged behind all the while
			known = lag{read: l.Read, at: now}
		}
		known.seen = now
		p.since[l.Of] = known
		bears = bears && now.Sub(known.at) < bearable
	}
	return bears
}
