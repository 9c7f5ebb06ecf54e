package sender

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/delivery/share"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/smtptest"
	"crier.dev/crier/internal/writing/message"
)

const (
	record  = "b-test"
	attempt = "a1"
)

// fixture is a frozen record, a relay, and the options of its sender pods.
type fixture struct {
	t       *testing.T
	store   *memory
	relay   *smtptest.Server
	options Options
	conn    handout.Relay
	log     *logBuffer
	size    int // recipients per shard
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func address(shard, index int) string { return fmt.Sprintf("p%02d-%04d@example.net", shard, index) }

func newFixture(t *testing.T, shards, size int, script smtptest.Script) *fixture {
	t.Helper()
	return newFixtureAt(t, shards, size, smtptest.Config{Script: script})
}

// virtual runs a test in a bubble of virtual time: whatever waits there costs
// none, and what has to happen within a second can't come late because the
// machine is busy.
func virtual(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func newFixtureAt(t *testing.T, shards, size int, config smtptest.Config) *fixture {
	t.Helper()
	server, dial := smtptest.StartInMemory(t, config)
	return fixtureOf(t, shards, size, server, dial)
}

// newRealFixture has a server on a real port. It is for tests whose sender is
// another process: virtual time and memory end where the process does.
func newRealFixture(t *testing.T, shards, size int, script smtptest.Script) *fixture {
	t.Helper()
	return fixtureOf(t, shards, size, smtptest.Start(t, script), nil)
}

// uptimeOf is the clock of the machine, which in virtual time is virtual too.
func uptimeOf(dial dialer) func() time.Duration {
	if dial == nil {
		return nil // the default
	}
	started := time.Now()
	return func() time.Duration { return time.Second + time.Since(started) }
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

func fixtureOf(t *testing.T, shards, size int, server *smtptest.Server, dial dialer) *fixture {
	t.Helper()
	f := &fixture{
		t: t, size: size, log: &logBuffer{}, relay: server,
		store: &memory{shards: map[string]*crier.DeliveryShard{}, secrets: map[string]*corev1.Secret{}},
	}
	f.store.connection = names.HandoutSecretName(record, attempt)
	f.ration(share.Limit{Connections: 100})
	f.options = Options{
		Record: record, Attempt: attempt, Pass: ledger.Pass{Number: 1}, Shards: shards, Workers: 1, Connections: 2,
		Deadline: time.Now().Add(time.Hour), Journal: t.TempDir(),
		Holder: ledger.Holder{PodUID: "uid-0", PodName: "pod-0"}, Dial: dial,
		Uptime: uptimeOf(dial),
		Timing: Timing{
			Lease: 10 * time.Second, Renew: 50 * time.Millisecond, Refresh: 20 * time.Millisecond, Poll: 20 * time.Millisecond,
			RelayMin: 10 * time.Millisecond, RelayMax: 50 * time.Millisecond,
			Tick: 5 * time.Millisecond, Judge: 50 * time.Millisecond,
			APIMin: 5 * time.Millisecond, APIMax: 20 * time.Millisecond, Call: 5 * time.Second, Grace: 20 * time.Second,
		},
	}
	f.freeze(message.Frozen{
		Version: message.FrozenVersion, Subject: "News", Text: "Dear {{ .Name }}", From: message.Mailbox{Address: "hr@example.gov"},
		MessageIDDomain: "lists.example.gov", BounceDomain: "example.gov", BounceTag: "b", BounceMode: message.BounceFixed,
		Key: bytes.Repeat([]byte{7}, message.KeySize),
	})
	for s := range shards {
		f.shard(s)
	}
	f.conn = handout.Relay{
		Allowed: true, Host: "127.0.0.1", Port: max(f.relay.Port(), 25), HELO: "crier.test", TLS: "None", Version: "1",
		MessagesPerConnection: 30, PrivateAddresses: true,
	}
	f.connect(f.conn)
	t.Cleanup(func() {
		if dial != nil {
			synctest.Wait() // the last file may be on its way to the journal's folder, which goes next
		}
		if strings.Contains(f.log.text.String(), "@") {
			t.Errorf("an address was logged: %s", f.log.text.String())
		}
	})
	return f
}

// ration gives every pod that many connections and messages a second, anew at
// each look.
func (f *fixture) ration(limit share.Limit) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	f.store.rations = func() share.Rations {
		f.store.seq++
		all := share.Rations{}
		for _, uid := range []string{"uid-0", "uid-1", "uid-2", "uid-new"} {
			all[uid] = share.Ration{Seq: f.store.seq, Limit: limit}
		}
		return all
	}
}

func (f *fixture) secret(name, key string, data []byte) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	f.store.secrets[name] = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string][]byte{key: data}}
}

func (f *fixture) freeze(frozen message.Frozen) {
	text, err := json.Marshal(frozen)
	if err != nil {
		f.t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(text) // into memory
	_ = z.Close()
	f.secret(names.MessageSecretName(record, attempt), names.MessageKey, packed.Bytes())
}

func (f *fixture) shard(index int) {
	people := make([]roster.Subscriber, f.size)
	for i := range people {
		people[i] = roster.Subscriber{Email: address(index, i), Name: "P"}
	}
	f.people(index, people)
}

func (f *fixture) people(index int, people []roster.Subscriber) {
	parts, _, err := roster.Encode(people, 1<<20)
	if err != nil || len(parts) != 1 {
		f.t.Fatalf("%d parts, %v", len(parts), err)
	}
	name := names.ShardName(record, attempt, int32(index))
	f.secret(name, names.RecipientsKey, parts[0])
	f.store.put(&crier.DeliveryShard{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: crier.DeliveryShardSpec{
			Packed: true,
			Record: record, Attempt: attempt, Index: int32(index), Recipients: int32(len(people)), Secret: name,
		},
		State: ledger.NewShardState(len(people)),
	})
}

func (f *fixture) connect(c handout.Relay) {
	data, err := c.Encode()
	if err != nil {
		f.t.Fatal(err)
	}
	f.secret(names.HandoutSecretName(record, attempt), names.HandoutKey, data)
}

func (f *fixture) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return Run(ctx, f.store, f.options, slog.New(slog.NewJSONHandler(f.log, nil)))
}

func (f *fixture) mustRun() {
	f.t.Helper()
	if err := f.run(f.t.Context()); err != nil {
		f.t.Fatalf("run: %v\n%s", err, f.log.text.String())
	}
}

func (f *fixture) state(index int) crier.DeliveryShardState {
	f.t.Helper()
	s, err := f.store.GetShard(f.t.Context(), names.ShardName(record, attempt, int32(index)))
	if err != nil {
		f.t.Fatal(err)
	}
	return s.State
}

func (f *fixture) totals() crier.DeliveryTotals {
	var all []crier.DeliveryTotals
	for s := range f.options.Shards {
		all = append(all, f.state(s).Totals)
	}
	return ledger.Sum(all...)
}

// letters are the outcomes of a shard, one letter each.
func (f *fixture) letters(index int) string {
	o, err := ledger.ParseOutcomes(f.state(index).Outcomes, f.size)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(o)
}

func (f *fixture) want(want crier.DeliveryTotals) {
	f.t.Helper()
	want.Intended = int64(f.size * f.options.Shards)
	if got := f.totals(); got != want {
		f.t.Errorf("totals %+v, want %+v\n%s", got, want, f.log.text.String())
	}
}

// truth holds the ledger against the relay: accepted means one message, not
// accepted none, unknown one at most.
func (f *fixture) truth() {
	f.t.Helper()
	got := f.relay.Stats().Accepted
	for s := range f.options.Shards {
		state := f.state(s)
		if state.Claim.PodUID != "" || state.Intent != nil {
			f.t.Errorf("shard %d is held: %+v, %+v", s, state.Claim, state.Intent)
		}
		for i, letter := range f.letters(s) {
			n := got[address(s, i)]
			if letter == 'a' && n != 1 || letter != 'a' && letter != 'u' && n != 0 || n > 1 {
				f.t.Errorf("%s is %c and got %d messages", address(s, i), letter, n)
			}
		}
	}
}

func (f *fixture) noJournals() {
	f.t.Helper()
	files, err := filepath.Glob(filepath.Join(f.options.Journal, "*.journal"))
	if err != nil || len(files) > 0 {
		f.t.Errorf("journals are left: %v, %v", files, err)
	}
}

// header of the message that a recipient got.
func (f *fixture) header(shard, index int) mail.Header {
	f.t.Helper()
	list := f.relay.Messages(address(shard, index))
	if len(list) == 0 {
		f.t.Fatalf("no message for %s", address(shard, index))
	}
	m, err := mail.ReadMessage(bytes.NewReader(list[0].Data))
	if err != nil {
		f.t.Fatal(err)
	}
	return m.Header
}

// until waits for something that another goroutine brings about.
func (f *fixture) until(what string, ok func() bool) {
	f.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	f.t.Fatalf("never: %s\n%s", what, f.log.text.String())
}
