package simulation

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/message"
)

const (
	system    = "crier-system"
	tenant    = "agency"
	broadcast = "news"
	attempt   = "a1"
)

var record = names.RecordName(tenant, broadcast)

// world is one seed: a record that is frozen, and everything around it.
type world struct {
	seed  uint64
	start time.Time
	plan  plan
	*dice
	api   *apiServer
	relay *relay
	jobs  *jobs
	// background are all goroutines but the first.
	background sync.WaitGroup
	stop       chan struct{}

	mu              sync.Mutex
	story           []event
	errors          []string
	crashesLeft     int
	misfortunesLeft int
	gone            map[string]chan struct{} // closed when the Job of that UID is deleted
	books           books
	took            time.Duration // until the last end
	resent          int
	tokens          map[string]int // how often each was carried out
	suppressed      int
	resting         bool                      // only retention is left to do
	seen            int                       // the newest version of a shard that a manager has seen
	restored        bool                      // the ledger was set back
	secretsRestored bool                      // its Secrets were
	rosters         []*corev1.Secret          // of those who left
	secrets         map[string]*corev1.Secret // as they were frozen
	lost            int                       // Secrets that were lost
	lostShards      []int                     // whose addresses were
}

// event is a line of the story.
type event struct {
	at   time.Time
	who  string
	what string
}

func (w *world) now() time.Time { return time.Now() }

func (w *world) tell(who, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, event{time.Now(), who, fmt.Sprintf(format, args...)})
}

// wrong notes that something happened that must never happen.
func (w *world) wrong(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.tell("", "WRONG: %s", text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, text)
}

func (w *world) spend(budget *int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	*budget--
	return *budget >= 0
}

// still says that there is only retention left to be done.
func (w *world) still() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.resting
}

func (w *world) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resting = true
}

// wrongs are the errors so far.
func (w *world) wrongs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.errors)
}

// calm says that nothing goes wrong any more but what is wrong with single
// recipients.
func (w *world) calm() bool { return w.now().Sub(w.start) > w.plan.peace }

func (w *world) during(outages []outage) bool {
	for _, o := range outages {
		if o.covers(w.now()) {
			return true
		}
	}
	return false
}

func (w *world) outage() bool { return w.during(w.plan.apiOutages) }

// denied says that the relay refuses everybody, because somebody has
// misconfigured it.
func (w *world) denied() bool { return w.plan.deniedAlways || w.during(w.plan.denials) }

func newWorld(seed uint64) *world {
	w := &world{
		seed: seed, start: time.Now(), dice: newDice(seed, "world"), stop: make(chan struct{}),
		gone: map[string]chan struct{}{}, secrets: map[string]*corev1.Secret{}, tokens: map[string]int{}, books: newBooks(),
	}
	w.plan = newPlan(w.dice, w.start)
	if w.plan.onUnknown == crier.UnknownResend {
		w.books.requests = 1
	}
	w.plan.leavers = of(newDice(seed, "leavers"), 0, 0, 1, 4, 12)
	w.plan.addSetBack(newDice(seed, "backups"))
	w.plan.addSecretsSetBack(newDice(seed, "backups of Secrets"))
	w.plan.managerSkew = of(newDice(seed, "clocks of managers"), 0, 0, 0, 10*time.Second, 10*time.Minute, time.Hour)
	w.plan.repeats = of(newDice(seed, "repeats"), 0, 0.5)
	w.plan.addLosses(newDice(seed, "losses"))
	w.crashesLeft, w.misfortunesLeft = w.plan.crashBudget, w.plan.misfortuneBudget
	w.api = &apiServer{objects: map[string]client.Object{}, observe: w.observe}
	w.jobs = &jobs{w: w}
	w.relay = &relay{w: w, dice: newDice(seed, "relay"), people: map[string]*person{}}
	w.tell("", "%v", &w.plan)
	w.declare()
	return w
}

func (w *world) create(obj client.Object) {
	if _, err := w.api.create(obj); err != nil {
		panic(err)
	}
}

// declare makes what a Broadcast is when it has been frozen.
func (w *world) declare() {
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: tenant, Name: name} }
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant, UID: "uid-tenant"}})
	broadcastMeta := meta(broadcast)
	broadcastMeta.UID = "uid-broadcast"
	about := crier.BroadcastSpec{Resend: w.request(standing, crier.ResendAll)}
	w.create(&crier.Broadcast{ObjectMeta: broadcastMeta, Spec: about})
	limits := crier.RelayLimits{MaxConnections: w.plan.maxConnections, MessagesPerConnection: int32(of(w.dice, 3, 20, 100))}
	if w.plan.rate > 0 {
		limits.Rate = &crier.Rate{Messages: w.plan.rate, Per: crier.PerSecond}
	}
	w.create(&crier.Relay{ObjectMeta: meta("relay"), Spec: crier.RelaySpec{
		Host: "relay.example", Port: 25, TLS: crier.RelayTLS{Mode: crier.TLSNone}, BounceDomain: "bounces.example", HeloName: "crier.example",
		Grants: []crier.RelayGrant{{Namespaces: []string{tenant}, Domains: []string{"agency.example"}}}, Limits: limits,
	}})
	deadline, now := metav1.NewTime(w.start.Add(w.plan.deadline).Truncate(time.Second)), metav1.NewTime(w.start)
	frozen := &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{Name: record},
		Spec:       crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: tenant, Broadcast: broadcast},
		State: crier.DeliveryRecordState{
			ContentHash: lifecycle.ContentHash(about),
			FirstSeen:   now, NamespaceUID: "uid-tenant", BroadcastUID: "uid-broadcast", Run: 1, Deadline: &deadline,
			Stage: crier.RecordFrozen,
			Route: &crier.RecordRoute{Relay: crier.NamespacedReference{Namespace: tenant, Name: "relay"}, From: "hr@agency.example"},
			Frozen: &crier.FrozenDelivery{
				Attempt: attempt, Recipients: int64(w.plan.recipients), Shards: int32(w.plan.shards), At: now,
			},
			Lists:              &crier.RecordLists{Names: []string{"staff"}, Purpose: crier.PurposeSubscribed},
			MaxDeferralSeconds: int64(w.plan.maxDeferral / time.Second), OnUnknown: w.plan.onUnknown,
			Totals:  crier.DeliveryTotals{Intended: int64(w.plan.recipients), Pending: int64(w.plan.recipients)},
			Reports: []crier.ReportKind{crier.ReportPreliminary, crier.ReportFinal},
		},
	}
	lifecycle.PassOver(&frozen.State, about.Resend, w.start)
	w.create(frozen)
	w.freeze()
}

func (w *world) secret(component, name string, data map[string][]byte) {
	w.secrets[name] = &corev1.Secret{ObjectMeta: w.owned(component, name), Data: data}
	w.create(w.secrets[name])
}

func packed(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text) // into memory
	_ = z.Close()
	return out.Bytes()
}

func (w *world) owned(component, name string) metav1.ObjectMeta {
	obj, err := w.api.get("DeliveryRecord", "", record)
	if err != nil {
		panic(err)
	}
	return metav1.ObjectMeta{
		Namespace: system, Name: name,
		Labels: map[string]string{crier.LabelRecord: record, crier.LabelAttempt: attempt, crier.LabelComponent: component},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: crier.GroupVersion.String(), Kind: "DeliveryRecord", Name: record, UID: obj.GetUID(),
		}},
	}
}

// freeze writes message, recipients and shards.
func (w *world) freeze() {
	text, err := json.Marshal(message.Frozen{
		Version: message.FrozenVersion, Subject: "News for {{ .Name }}", Text: "This is for {{ .Email }}.\n.\n..\nMAIL FROM:<x>\n",
		From: message.Mailbox{Address: "hr@agency.example"}, MessageIDDomain: "lists.example",
		BounceDomain: "bounces.example", BounceTag: "b", BounceMode: message.BounceFixed, Key: bytes.Repeat([]byte{7}, message.KeySize),
	})
	if err != nil {
		panic(err)
	}
	plan, err := json.Marshal(ledgerstore.ReportPlan{List: "staff", ListAddress: "staff@agency.example", To: []string{"hr@agency.example"}})
	if err != nil {
		panic(err)
	}
	w.secret(crier.ComponentMessage, names.MessageSecretName(record, attempt), map[string][]byte{names.MessageKey: packed(text), "report": packed(plan)})
	left := w.plan.recipients
	for s := range w.plan.shards {
		n := left / (w.plan.shards - s)
		left -= n
		w.freezeShard(s, n)
	}
}

func (w *world) freezeShard(s, n int) {
	people := make([]roster.Subscriber, n)
	for i := range people {
		address := fmt.Sprintf("p%d-%03d@dest.example", s, i)
		people[i] = roster.Subscriber{Email: address, Name: "P"}
		w.relay.people[address] = &person{address: address, shard: s, index: i, fate: fateOf(w.dice), bodies: map[int32]*body{}}
	}
	parts, _, err := roster.Encode(people, 1<<20)
	if err != nil || len(parts) != 1 {
		panic(fmt.Sprintf("%d parts, %v", len(parts), err))
	}
	name := names.ShardName(record, attempt, int32(s))
	w.secret(crier.ComponentRecipients, name, map[string][]byte{names.RecipientsKey: parts[0]})
	w.create(&crier.DeliveryShard{
		ObjectMeta: w.owned(crier.ComponentShard, name),
		Spec:       crier.DeliveryShardSpec{Record: record, Attempt: attempt, Index: int32(s), Recipients: int32(n), Secret: name},
		State:      ledger.NewShardState(n),
	})
}

// observe is told of every change to an object. The server waits meanwhile.
func (w *world) observe(kind string, before, after client.Object) {
	switch kind {
	case "Job":
		w.observeJob(before, after)
	case "Secret":
		w.observeBoard(before, after)
	case "DeliveryShard":
		if before != nil && after != nil {
			w.books.shard(w, before.(*crier.DeliveryShard), after.(*crier.DeliveryShard))
		}
	case "DeliveryRecord":
		if before != nil && after != nil {
			w.books.record(w, &before.(*crier.DeliveryRecord).State, &after.(*crier.DeliveryRecord).State)
		}
	}
}

func (w *world) observeJob(before, after client.Object) {
	switch {
	case before == nil:
		job := copyOf(after).(*batchv1.Job)
		gone := make(chan struct{})
		w.gone[string(job.UID)] = gone
		w.tell("", "Job %s", job.Name)
		w.background.Go(func() { w.jobs.start(job, gone) })
	case after == nil:
		w.tell("", "Job %s is deleted", before.GetName())
		close(w.gone[string(before.GetUID())])
	}
}

// tale is the story as text.
func (w *world) tale() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, e := range w.story {
		fmt.Fprintf(&b, "%14v %-12s %s\n", e.at.Sub(w.start).Round(10*time.Microsecond), e.who, e.what)
	}
	return b.String()
}
