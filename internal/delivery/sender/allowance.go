package sender

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"crier.dev/crier/internal/delivery/share"
)

// seenRations is the file by which a restarted container knows which rations of
// its pod are new.
const seenRations = "grants"

// allowance is what the pod may use of the relay, for a time.
type allowance struct {
	uptime func() time.Duration
	boot   string
	files  Files
	until  atomic.Int64 // by uptime; 0 for none

	mu   sync.Mutex
	held *share.Held
	// kept is the last ration of which nothing before it is used any more, and
	// less the Seq of the last of those that allowed less than the one before.
	kept share.Ration
	less int64
}

func newAllowance(o Options) *allowance {
	a := &allowance{uptime: o.Uptime, boot: o.Boot, files: o.Files, held: &share.Held{}}
	if data, err := o.Files.Read(seenRations); err == nil {
		a.held = share.Recall(data, o.Boot, o.Uptime())
	}
	return a
}

// observe takes in what a look that began at a time found.
func (a *allowance) observe(at time.Duration, found share.Ration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held.Observe(at, found)
	if until, ok := a.held.Until(); ok {
		a.until.Store(int64(until))
	}
	if data, err := a.held.Remember(a.boot); err == nil {
		_ = a.files.Write(seenRations, data) // without it, a restart waits for one ration more
	}
}

// good says whether there is a ration that isn't over.
func (a *allowance) good() bool {
	until := a.until.Load()
	return until > 0 && int64(a.uptime()) < until
}

// ration is what may be used; nothing once it is over.
func (a *allowance) ration() share.Ration {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, ok := a.held.Current(a.uptime())
	if !ok {
		return share.Ration{}
	}
	return g
}

// keep notes that nothing is used that this ration doesn't allow.
func (a *allowance) keep(g share.Ration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g.Seq <= a.kept.Seq {
		return
	}
	if !g.Covers(a.kept) {
		a.less = g.Seq
	}
	a.kept = g
}

// keeps is the Seq of the last ration that is kept to, and that of the last one
// with which there was less than before: others may be waiting for that.
func (a *allowance) keeps() (seq, less int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept.Seq, a.less
}

// domainOf is the domain of an address, in lower case.
func domainOf(addr string) string {
	return strings.ToLower(addr[strings.LastIndexByte(addr, '@')+1:])
}
