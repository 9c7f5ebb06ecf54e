package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"crier.dev/crier/internal/delivery/breaker"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/smtp/transport"
)

// Options say what one sender pod works on.
type Options struct {
	// Record and Attempt name the frozen objects.
	Record, Attempt string
	// Pass to work on.
	Pass ledger.Pass
	// Shards of the record, and Workers that share them.
	Shards, Workers int
	// Connections that this pod may open at a time.
	Connections int
	// Deadline after which nothing more is sent, by the clock of the API server.
	Deadline time.Time
	// Journal is a directory that survives the container, not the pod.
	Journal string
	// Holder is this pod.
	Holder ledger.Holder

	// Timing is for tests; zero fields take their defaults.
	Timing Timing
	// Dial, Files, Uptime and Boot are for tests: how the relay is reached, the
	// pod's disk in the place of Journal, the time since the machine was
	// started, and the id of that start. UnknownBoot is that of none.
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) `json:"-"`
	Files  Files                                                                `json:"-"`
	Uptime func() time.Duration                                                 `json:"-"`
	Boot   string
	// Timeouts of the relay session; zero fields take their defaults.
	Timeouts transport.Timeouts
}

// UnknownBoot is an Options.Boot for a machine that doesn't say.
const UnknownBoot = "unknown"

// Timing is how long things take.
type Timing struct {
	// Lease is how old the last successful write may be while sending.
	Lease time.Duration
	// Renew is how often the claim is renewed: 15 s.
	Renew time.Duration
	// Refresh is how often the connection and the ration are read again: 3 s.
	Refresh time.Duration
	// Poll is the least time before a shard is looked at again: 2 s, and up
	// to two and a half times that.
	Poll time.Duration
	// RelayMin and RelayMax are the back-off while the relay is in trouble:
	// 1 s and 60 s.
	RelayMin, RelayMax time.Duration
	// APIMin and APIMax are the back-off while the API server is: 250 ms and 10 s.
	APIMin, APIMax time.Duration
	// Call is the longest that one request to it may take: 10 s.
	Call time.Duration
	// Tick is how often the end of a job is looked at: 100 ms.
	Tick time.Duration
	// Judge is how long a canary that nobody can join waits: 2 s.
	Judge time.Duration
	// Breaker are the settings of the breakers; its zero value the defaults.
	Breaker breaker.Settings
	// Grace is how long open replies are waited for after a signal: 280 s.
	Grace time.Duration
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&t.Lease, ledger.Lease)
	set(&t.Renew, 15*time.Second)
	set(&t.Refresh, 3*time.Second)
	set(&t.Poll, 2*time.Second)
	set(&t.RelayMin, time.Second)
	set(&t.RelayMax, time.Minute)
	set(&t.APIMin, 250*time.Millisecond)
	set(&t.APIMax, 10*time.Second)
	set(&t.Call, 10*time.Second)
	set(&t.Tick, 100*time.Millisecond)
	set(&t.Judge, 2*time.Second)
	set(&t.Grace, 280*time.Second)
	if t.Breaker == (breaker.Settings{}) {
		t.Breaker = breaker.Defaults
	}
	return t
}

func (o Options) withDefaults() Options {
	o.Timing = o.Timing.withDefaults()
	if o.Files == nil {
		o.Files = directory(o.Journal)
	}
	if o.Uptime == nil {
		o.Uptime = uptime
	}
	switch o.Boot {
	case "":
		o.Boot = bootID()
	case UnknownBoot:
		o.Boot = ""
	}
	return o
}

// Check finds options that can't be meant.
func (o Options) Check() error {
	for _, given := range []struct{ name, value string }{
		{"record", o.Record}, {"attempt", o.Attempt}, {"journal", o.Journal},
		{"pod UID", o.Holder.PodUID}, {"pod name", o.Holder.PodName},
	} {
		if given.value == "" {
			return fmt.Errorf("%s is missing", given.name)
		}
	}
	switch {
	case o.Pass.Number < 1:
		return errors.New("pass must be at least 1")
	case o.Pass.Generation < 0:
		return errors.New("generation must not be negative")
	case o.Shards < 1, o.Workers < 1, o.Connections < 1:
		return errors.New("shards, workers and connections must be at least 1")
	case o.Holder.Worker < 0 || int(o.Holder.Worker) >= o.Workers:
		return fmt.Errorf("worker %d is not one of %d", o.Holder.Worker, o.Workers)
	case o.Deadline.IsZero():
		return errors.New("deadline is missing")
	}
	return nil
}
