package sender

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/smtp/outcome"
)

// relay is what is known of the relay: how to reach it, whether we may, and
// whether it works.
type relay struct {
	timing Timing
	files  Files
	known  atomic.Pointer[handout.Relay]
	// ill says that there is trouble; it is looked at for every message.
	ill atomic.Bool

	mu      sync.Mutex
	readAt  time.Time
	trouble *crier.RelayTrouble
	backoff backoff
	retryAt time.Time
	refused string
	keys    error // why messages can't be signed
}

// loginRefused is the file with the version whose login was refused: a
// restarted container must not go on trying until the account is locked.
const loginRefused = "login-refused"

func newRelay(timing Timing, files Files) *relay {
	r := &relay{
		timing: timing, files: files,
		backoff: backoff{min: timing.RelayMin, max: timing.RelayMax},
	}
	r.known.Store(&handout.Relay{})
	if version, err := files.Read(loginRefused); err == nil {
		r.refused = string(version)
	}
	return r
}

// learn takes in what the manager says, at a time before it was read, and
// whether messages can be signed with it.
func (r *relay) learn(c handout.Relay, keys error, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Version != r.current().Version {
		r.retryAt = time.Time{} // other settings may well work
	}
	r.known.Store(&c)
	r.readAt = at
	if r.keys != nil && keys == nil {
		r.clear()
	}
	if r.keys = keys; keys != nil {
		r.show(outcome.CauseMisconfigured, keys.Error())
	}
}

// signs says whether the keys that were last read were good to sign with.
func (r *relay) signs() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.readAt.IsZero() && r.keys == nil
}

// current is what was last read; wait says whether it may be relied upon.
func (r *relay) current() *handout.Relay { return r.known.Load() }

// failed notes that nothing could be handed over.
func (r *relay) failed(o outcome.Outcome, version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.show(o.Cause, o.Reply.String())
	r.retryAt = time.Now().Add(r.backoff.next())
	if o.Cause == outcome.CauseAuthenticationFailed && o.Phase == outcome.PhaseAuth && version != "" &&
		o.Reply.Code >= 500 {
		r.refused, r.trouble.Settings = version, version
		_ = r.files.Write(loginRefused, []byte(version)) // without it, a restart tries once more
	}
}

func (r *relay) show(cause outcome.Cause, words string) {
	if r.trouble == nil || r.trouble.Cause != string(cause) {
		r.trouble = troubleOf(cause, words)
	}
	r.ill.Store(true)
}

// worked notes that something was handed over. It says whether that is news.
func (r *relay) worked() bool {
	if !r.ill.Load() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	return true
}

func (r *relay) clear() {
	r.trouble, r.retryAt = nil, time.Time{}
	r.ill.Store(false)
	r.backoff.reset()
}

func (r *relay) troubled() bool { return r.ill.Load() }

// state is the trouble to show, if any.
func (r *relay) state() *crier.RelayTrouble {
	if !r.ill.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trouble.DeepCopy()
}

// wait is how long not to try. A refused login waits for other settings.
func (r *relay) wait() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !younger(r.readAt, r.timing.Lease):
		return r.timing.Poll
	case r.keys != nil:
		return r.timing.Refresh
	case r.loginRefused():
		r.show(outcome.CauseAuthenticationFailed, "")
		r.trouble.Settings = r.current().Version
		return r.timing.Refresh
	}
	return max(0, time.Until(r.retryAt))
}

// loginRefused says whether the present login was refused, to this pod or to
// another one.
func (r *relay) loginRefused() bool {
	c := r.current()
	return c.Auth != "" && c.Version != "" && (c.Version == r.refused || c.Version == c.LoginRefused)
}

// younger says whether less than d has passed since t, both by the monotonic
// clock, which stands still while a machine is suspended, and by the wall
// clock, which may be set.
func younger(t time.Time, d time.Duration) bool {
	now := time.Now()
	return now.Sub(t) < d && now.Round(0).Sub(t.Round(0)) < d
}

// backoff doubles from min to max, with jitter.
type backoff struct {
	min, max time.Duration
	tries    int
}

func (b *backoff) next() time.Duration {
	d := b.min << min(b.tries, 16)
	if d > b.max || d <= 0 {
		d = b.max
	}
	b.tries++
	return d/2 + rand.N(d/2+1)
}

func (b *backoff) reset() { b.tries = 0 }
