package simulation

import (
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// plan is what a seed has in store.
type plan struct {
	recipients, shards int
	maxConnections     int32
	rate               int64 // messages per second, 0 for no limit

	onUnknown   crier.UnknownPolicy
	maxDeferral time.Duration
	deadline    time.Duration
	// peace is when people, machines and networks stop making trouble.
	peace time.Duration

	// apiFaults is the part of the requests to the API server that go wrong,
	// crashes that of a sender's effects before which it crashes, noise that
	// of SMTP commands that go wrong, managerCrashes as crashes.
	apiFaults, crashes, noise, managerCrashes float64
	crashBudget, misfortuneBudget             int
	misfortune                                time.Duration // mean time between two that befall a pod
	managers                                  int

	apiOutages   []outage
	relayOutages []outage
	quotas       []outage
	denials      []outage
	deniedAlways bool

	replyMin, replyMax time.Duration
	greylisting        time.Duration
	perConnection      int
	capabilities       []string

	suspends int
	cancel   bool
	resends  int
	repeats  float64 // how likely requests for a resend come again after each end
	leavers  int     // people who are suppressed in the middle

	// backup is when a backup is made, and restore when the ledger is set back to
	// it; 0 for never. ofOne says that only one shard is, which a pod holds.
	backup, restore time.Duration
	ofOne           bool
	// secretsBackup and secretsRestore are the same of Secrets alone.
	secretsBackup, secretsRestore time.Duration
	losses                        []loss
	// skew is how far the clocks of nodes are off at most, in either direction.
	skew time.Duration
	// managerSkew is the same of those of managers.
	managerSkew time.Duration
}

// outage is a time in which something doesn't work.
type outage struct {
	from, to time.Time
	how      string
}

func (o outage) covers(t time.Time) bool { return !t.Before(o.from) && t.Before(o.to) }

func newPlan(d *dice, start time.Time) plan {
	p := plan{
		recipients: of(d, d.n(40)+5, d.n(120)+20, d.n(250)+50), shards: d.n(3) + 1,
		maxConnections: int32(d.n(8) + 1),
		onUnknown:      of(d, crier.UnknownReport, crier.UnknownReport, crier.UnknownResend),
		maxDeferral:    d.between(30*time.Minute, 6*time.Hour),
		deadline:       of(d, 60*time.Hour, 60*time.Hour, 60*time.Hour, d.between(5*time.Minute, 2*time.Hour)),
		peace:          d.between(10*time.Minute, 2*time.Hour),
		apiFaults:      of(d, 0, 0.005, 0.02, 0.08), crashes: of(d, 0, 0.0005, 0.002, 0.008),
		noise: of(d, 0, 0, 0.003, 0.02), managerCrashes: of(d, 0, 0.002, 0.02),
		crashBudget: d.n(15), misfortuneBudget: d.n(8), misfortune: of(d, 2*time.Second, 10*time.Second, time.Minute),
		managers:    of(d, 1, 1, 2),
		greylisting: d.between(10*time.Second, 20*time.Minute), perConnection: of(d, 0, 0, 1, d.n(30)+1),
		resends: of(d, 0, 1, 1, 2),
	}
	p.replyMin = of(d, 100*time.Microsecond, time.Millisecond, 20*time.Millisecond)
	p.replyMax = p.replyMin * time.Duration(of(d, 2, 20, 100))
	if d.chance(0.25) {
		p.rate = int64(d.n(10) + 1)
	}
	p.capabilities = []string{"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 10000000"}
	if d.chance(0.3) {
		p.capabilities = p.capabilities[1:]
	}
	p.addOutages(d, start)
	switch d.n(10) {
	case 0, 1, 2:
		p.suspends = d.n(3) + 1
	case 3:
		p.cancel = true
	}
	return p
}

// addSetBack has the ledger set back in some worlds. The manager stays then: one
// that begins anew has nothing to compare with but what senders say.
func (p *plan) addSetBack(d *dice) {
	p.skew = of(d, 0, 0, 10*time.Second, 70*time.Second, time.Hour)
	if !d.chance(0.25) {
		return
	}
	p.managers, p.managerCrashes = 1, 0
	p.suspends, p.cancel = 0, false
	p.restore = d.between(10*time.Second, of(d, time.Minute, p.peace))
	p.backup = d.between(0, p.restore-time.Second)
	p.ofOne = d.chance(0.4)
}

// addSecretsSetBack has only the Secrets set back in some worlds.
func (p *plan) addSecretsSetBack(d *dice) {
	if p.restore > 0 || !d.chance(0.2) {
		return
	}
	p.secretsRestore = d.between(5*time.Second, of(d, 20*time.Second, time.Minute, p.peace))
	p.secretsBackup = d.between(0, p.secretsRestore-time.Second)
}

// addLosses has Secrets deleted or damaged in some worlds.
func (p *plan) addLosses(d *dice) {
	if p.restore > 0 || !d.chance(0.3) {
		return
	}
	for range of(d, 1, 1, 2, 3) {
		l := loss{
			at:   d.between(0, of(d, 20*time.Second, 2*time.Minute, p.peace)),
			what: of(d, someShard, someShard, someShard, theMessage, theBoard, theMarks, theRosters),
			back: of(d, 0, d.between(0, 5*time.Minute), d.between(0, 3*time.Hour)),
		}
		if l.what == someShard || l.what == theMessage {
			l.damaged = d.chance(0.3)
		}
		p.losses = append(p.losses, l)
	}
}

func (p *plan) addOutages(d *dice, start time.Time) {
	window := func(how string) outage {
		from := start.Add(of(d, 0, d.between(0, 30*time.Second), d.between(0, p.peace)))
		return outage{from: from, to: from.Add(of(d, d.between(time.Second, time.Minute), d.between(time.Minute, 10*time.Minute))), how: how}
	}
	for range of(d, 0, 0, 1, 3) {
		p.apiOutages = append(p.apiOutages, window("away"))
	}
	for range of(d, 0, 0, 1, 3) {
		p.relayOutages = append(p.relayOutages, window(of(d, "refused", "421", "554", "silent", "black hole")))
	}
	if d.chance(0.1) {
		p.quotas = append(p.quotas, window("quota"))
	}
	switch d.n(15) {
	case 0:
		p.denials = append(p.denials, window("denied"))
	case 1:
		p.deniedAlways = true
		p.deadline = d.between(10*time.Minute, 3*time.Hour)
	}
}

func (p *plan) String() string {
	text := fmt.Sprintf("%d recipients in %d shards, %d connections, rate %d; unknown: %s; deferral %v, deadline %v, peace at %v; ",
		p.recipients, p.shards, p.maxConnections, p.rate, p.onUnknown, p.maxDeferral, p.deadline, p.peace)
	if p.restore > 0 {
		text += fmt.Sprintf("backup at %v, restored at %v (of one: %v); ", p.backup, p.restore, p.ofOne)
	}
	if p.secretsRestore > 0 {
		text += fmt.Sprintf("backup of Secrets at %v, restored at %v; ", p.secretsBackup, p.secretsRestore)
	}
	if p.losses != nil {
		text += fmt.Sprintf("losses %v; ", p.losses)
	}
	text += fmt.Sprintf("clocks off by %v, of managers by %v; ", p.skew, p.managerSkew)
	text += fmt.Sprintf("faults: api %v, crashes %v (%d), noise %v, managers %d %v, misfortunes %d every %v; replies %v to %v; ",
		p.apiFaults, p.crashes, p.crashBudget, p.noise, p.managers, p.managerCrashes, p.misfortuneBudget, p.misfortune, p.replyMin, p.replyMax)
	return text + fmt.Sprintf("outages: %d of the API, %d of the relay, %d quotas, %d denials (always: %v); %d messages a connection; suspends %d, cancel %v, resends %d, leavers %d",
		len(p.apiOutages), len(p.relayOutages), len(p.quotas), len(p.denials), p.deniedAlways, p.perConnection, p.suspends, p.cancel, p.resends, p.leavers)
}

// fateOf draws what the relay does about one recipient.
func fateOf(d *dice) fate {
	switch d.n(24) {
	case 0:
		return nobody
	case 1:
		return full
	case 2:
		return of(d, busy, fine, fine, fine)
	case 3:
		return spam
	case 4, 5, 6:
		return greylisted
	case 7:
		return of(d, poison, fine, fine, fine)
	case 8:
		return of(d, mute, fine, fine)
	case 9:
		return of(d, dropped, fine, fine)
	}
	return fine
}
