package sender

import (
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/testing/smtptest"
)

// rationTo gives the first pod a ration with that share of the destination.
func (f *fixture) rationTo(name string, limit share.Limit) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	before := f.store.rations
	f.store.rations = func() share.Rations {
		all := before()
		g := all["uid-0"]
		g.Destinations = map[string]share.Limit{name: limit}
		return share.Rations{"uid-0": g}
	}
}

// Recipients of a destination that may not be sent to wait, and go as all
// others do when the Relay doesn't limit the destination any longer.
func TestDestinationIsForgottenWhileItsRecipientsWait(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 40, smtptest.Script{})
		limited := f.conn
		limited.Destinations = []handout.Destination{{Name: "net", Domains: []string{"example.net"}}}
		f.connect(limited)
		f.rationTo("net", share.Limit{})
		done := f.start(t.Context())
		f.until("some are intended", func() bool { return f.state(0).Intent != nil })
		time.Sleep(200 * time.Millisecond)
		if n := f.totals().Accepted; n != 0 {
			t.Fatalf("%d were sent to a destination without a share", n)
		}
		f.connect(f.conn)
		f.ration(share.Limit{Connections: 100})
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("they wait for ever: %+v", f.totals())
		}
		f.want(crier.DeliveryTotals{Accepted: 40})
		f.truth()
	})
}

// A pod says which ration it keeps to when nothing beyond it is open any more.
func TestKeepsToLess(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 100, smtptest.Script{Rules: []smtptest.Rule{
			{Phase: smtptest.Dot, Delay: smtptest.Duration(100 * time.Millisecond)},
		}})
		f.options.Connections = 4
		f.options.Timing.Renew = time.Minute
		done := f.start(t.Context())
		f.until("four connections", func() bool { return f.relay.Stats().Open == 4 })
		f.store.mu.Lock()
		before := f.store.seq
		f.store.mu.Unlock()
		f.ration(share.Limit{Connections: 1})
		f.until("it is said", func() bool { return f.state(0).Claim.Grant > before })
		if open := f.relay.Stats().Open; open > 1 {
			t.Errorf("%d connections are open", open)
		}
		f.ration(share.Limit{Connections: 4})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.want(crier.DeliveryTotals{Accepted: 100})
		f.truth()
	})
}
