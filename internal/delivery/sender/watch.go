package sender

import (
	"context"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
)

// granted says whether the pod may use the relay now.
func (w *worker) granted() bool { return w.allowance.good() }

// pause is how long nothing may be begun.
func (w *worker) pause() time.Duration {
	if wait := w.relay.wait(); wait > 0 {
		return wait
	}
	if !w.granted() || !w.knowsSuppressed() || w.dispatch.lanes() == 0 && !w.relay.troubled() {
		return w.Timing.Tick
	}
	return 0
}

// apply lets as much go on as is allowed now, and says so.
func (w *worker) apply() {
	g, lanes := w.permit()
	few := w.restrain(g.Connections)
	if lanes == 0 || !few {
		w.dropSpare()
	}
	if few && g.Seq > 0 && w.dispatch.within(g, time.Now()) {
		w.allowance.keep(g)
	}
}

// permit tells the lanes how many of them may work, and how fast.
func (w *worker) permit() (g share.Ration, lanes int) {
	w.permitting.Lock() // so that an older ration doesn't come after a newer one
	defer w.permitting.Unlock()
	g = w.allowance.ration()
	lanes = min(g.Connections, w.Connections, w.crowd.most())
	switch {
	case w.relay.wait() > 0:
		lanes = 0
	case w.relay.troubled():
		lanes = min(lanes, 1)
	}
	interval := time.Duration(0)
	if g.PerSecond > 0 && g.Connections > 0 {
		interval = time.Duration(float64(g.Connections) / g.PerSecond * float64(time.Second))
	}
	w.dispatch.allow(lanes, interval)
	w.dispatch.limit(g.Destinations)
	return g, lanes
}

// watch keeps what is known of the relay fresh, and the lanes to it.
func (w *worker) watch(ctx context.Context) {
	looked := time.Now()
	for {
		sleep(ctx, w.Timing.Tick)
		if ctx.Err() != nil {
			return
		}
		every := w.Timing.Refresh
		if !w.granted() || !w.knowsSuppressed() {
			every = min(every, time.Second)
		}
		if time.Since(looked) >= every {
			looked = time.Now()
			limited, cancel := context.WithTimeout(ctx, w.Timing.Call)
			if err := w.lookUp(limited); err != nil && ctx.Err() == nil {
				w.log.Warn("the connection can't be read", "error", err.Error())
			}
			cancel()
		}
		w.crowd.recover(time.Now())
		w.apply()
	}
}

// lookUp reads how to reach the relay, and what the pod may use of it. When
// that is gone, nothing may be sent.
func (w *worker) lookUp(ctx context.Context) error {
	at, up := time.Now(), w.Uptime()
	secret, err := w.store.GetSecret(ctx, names.HandoutSecretName(w.Record, w.Attempt))
	if apierrors.IsNotFound(err) {
		known := *w.relay.current()
		known.Allowed = false
		w.relay.learn(known, nil, at)
		return nil
	}
	if err != nil {
		return err
	}
	c, err := handout.Decode(secret.Data[names.HandoutKey])
	if err != nil {
		return err
	}
	rations, err := share.DecodeRations(secret.Data[names.RationsKey])
	if err != nil {
		return err
	}
	if err := w.readMarks(ctx, c.Suppressions); err != nil {
		return err
	}
	w.dispatch.destinations(c.Destinations)
	w.relay.learn(c, w.useKeys(c), at)
	w.allowance.observe(up, rations[w.Holder.PodUID])
	w.apply()
	return nil
}

// useKeys gives the composer the keys to sign with. Without a key that the
// message was frozen with nothing is sent: it would go unsigned.
func (w *worker) useKeys(c handout.Relay) error {
	if known := w.relay.current(); w.relay.signs() && reflect.DeepEqual(known.DKIM, c.DKIM) {
		return nil
	}
	keys, err := c.SigningKeys()
	if err != nil {
		return err
	}
	return w.composer.UseKeys(keys)
}
