package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"crier.dev/crier/controllers/deliveryrecord"
	"crier.dev/crier/controllers/relayshare"
	"crier.dev/crier/internal/cluster/ledgerstore"
)

// manager runs the real controller of records, and crashes now and then.
type manager struct {
	w    *world
	name string
	dice *dice

	mu   sync.Mutex
	dead bool
}

var errManagerDead = errors.New("this manager is dead")

// gate is where a manager crashes, or freezes for longer than any lease.
func (m *manager) gate() error {
	w := m.w
	if m.isDead() {
		return errManagerDead
	}
	if w.calm() || !m.dice.chance(w.plan.managerCrashes) {
		return nil
	}
	if m.dice.chance(0.3) {
		w.tell(m.name, "freezes")
		time.Sleep(m.dice.between(time.Second, 3*time.Minute))
		w.tell(m.name, "wakes up")
		return nil
	}
	w.tell(m.name, "crashes")
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()
	return errManagerDead
}

// build makes a new process of the manager: its controllers of records, of shares
// and of Broadcasts.
func (m *manager) build() (records, shares, broadcasts reconciler) {
	c := &managerClient{caller: &caller{
		w: m.w, name: m.name, dice: m.dice, gate: m.gate, cutOff: func() bool { return false }, patience: time.Minute,
	}}
	now := newNodeClock(newDice(m.w.seed, m.name+" clock"), m.w.plan.managerSkew)
	store := &ledgerstore.Store{Client: c, Reader: c, Namespace: system, Clock: now}
	records = &deliveryrecord.Reconciler{
		Client: c, Reader: c, Store: store, Namespace: system, Image: "crier", AllowPrivateRelays: true, Clock: now,
	}
	return records, &relayshare.Reconciler{Client: c, Reader: c, Namespace: system, Clock: now}, requests{c, now}
}

type reconciler interface {
	Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error)
}

// run works until the world stops. A second manager is one that hasn't
// noticed that it no longer leads.
func (m *manager) run(second bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m.w.background.Go(func() {
		<-m.w.stop
		cancel()
	})
	for n := 0; ctx.Err() == nil; n++ {
		if second {
			if m.w.calm() {
				return
			}
			sleep(ctx, m.dice.between(time.Second, 5*time.Minute))
		}
		m.mu.Lock()
		m.dead = false
		m.mu.Unlock()
		m.name = fmt.Sprintf("%.8s.%d", m.name, n)
		m.lead(ctx, second)
		sleep(ctx, m.dice.between(time.Second, 40*time.Second))
	}
}

// lead reconciles until the manager crashes, or has noticed that it is not
// the leader.
func (m *manager) lead(ctx context.Context, second bool) {
	until := time.Now().Add(90 * 24 * time.Hour)
	if second {
		until = time.Now().Add(m.dice.between(10*time.Second, 10*time.Minute))
	}
	records, shares, broadcasts := m.build()
	var all sync.WaitGroup
	all.Go(func() { m.loop(ctx, broadcasts, client.ObjectKey{Namespace: tenant, Name: broadcast}, until) })
	all.Go(func() { m.loop(ctx, records, client.ObjectKey{Name: record}, until) })
	all.Go(func() { m.loop(ctx, shares, client.ObjectKey{Namespace: tenant, Name: "relay"}, until) })
	all.Wait()
}

func (m *manager) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// loop is what a work queue does.
func (m *manager) loop(ctx context.Context, r reconciler, key client.ObjectKey, until time.Time) {
	trouble := time.Second
	for ctx.Err() == nil && time.Now().Before(until) {
		result, err := r.Reconcile(ctx, ctrl.Request{NamespacedName: key})
		if m.isDead() {
			return
		}
		wait := result.RequeueAfter
		switch {
		case err != nil:
			m.w.tell(m.name, "error: %v", err)
			wait, trouble = trouble, min(2*trouble, time.Minute)
		case wait == 0:
			wait = 30 * time.Second // an event would come
		default:
			trouble = time.Second
		}
		// Changes of others wake the controller as well, until there are none.
		most := m.dice.between(20*time.Second, 40*time.Second)
		if m.w.still() {
			most = m.dice.between(5*time.Hour, 7*time.Hour)
			wait = most
		}
		sleep(ctx, min(wait, most))
	}
}
