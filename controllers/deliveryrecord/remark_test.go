package deliveryrecord

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
)

const (
	hr       = "hr"
	platform = "platform"
	system   = "crier-system"
)

// model is a frozen record whose suppressions change at random.
type model struct {
	*testing.T
	*scope
	api    client.Client
	dice   *rand.Rand
	people []string // all keys, recipients and others
	rows   map[string]people
	scopes map[string]crier.SuppressionScope
	reads  int // of recipients
	whole  int
	by     int // difference
}

// people who are suppressed, with the end of each reason; zero for none.
type people map[string]map[crier.SuppressionReason]time.Time

var lists = []string{"staff", "news"}

func newModel(t *testing.T, seed uint64) *model {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(corev1.SchemeGroupVersion, &corev1.Secret{}, &corev1.SecretList{}) // all kinds would take most of the time
	if err := crier.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	m := &model{T: t, dice: rand.New(rand.NewPCG(seed, 7)), rows: map[string]people{}, scopes: map[string]crier.SuppressionScope{}}
	m.api = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&crier.Suppression{}).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, o ...client.GetOption) error {
			err := c.Get(ctx, key, obj, o...)
			if obj.GetLabels()[crier.LabelComponent] == crier.ComponentRecipients {
				m.reads++
			}
			return err
		},
	}).Build()
	at := metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	record := &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{Name: "b-abcdefghijklmnopqrst", UID: "uid-of-record"},
		Spec:       crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: hr, Broadcast: "b"},
		State: crier.DeliveryRecordState{
			Lists:  &crier.RecordLists{Names: lists, Purpose: crier.PurposeSubscribed},
			Route:  &crier.RecordRoute{Relay: crier.NamespacedReference{Namespace: platform, Name: "main"}},
			Frozen: &crier.FrozenDelivery{Attempt: "aaaaaaaaaa", Digest: "sha256:x"},
		},
	}
	m.scope = &scope{
		Reconciler: &Reconciler{Namespace: system, Store: &ledgerstore.Store{Client: m.api, Reader: m.api, Namespace: system}},
		Client:     m.api, Reader: m.api, record: record, state: &record.State, now: at.Time,
	}
	m.freeze()
	return m
}

// freeze cuts recipients into shards; between them are people who are none.
func (m *model) freeze() {
	var keys []string
	n := 0
	for range 2 + m.dice.IntN(12) {
		var subs []roster.Subscriber
		for range 1 + m.dice.IntN(6) {
			for range m.dice.IntN(3) {
				m.people = append(m.people, fmt.Sprintf("p%04d@example.gov", n))
				n++
			}
			email := fmt.Sprintf("p%04d@example.gov", n)
			n++
			m.people = append(m.people, email)
			subs = append(subs, roster.Subscriber{Email: email, List: m.dice.IntN(len(lists))})
		}
		m.shard(int32(len(keys)), subs)
		keys = append(keys, subs[0].Email)
		m.state.Frozen.Recipients += int64(len(subs))
	}
	m.people = append(m.people, "a@example.gov", "z@example.gov")
	m.state.Frozen.Shards = int32(len(keys))
	if m.dice.IntN(8) > 0 { // else as an older release froze it
		m.must(m.Store.WriteIndex(m.Context(), m.record, m.state.Frozen, keys))
	}
}

func (m *model) shard(index int32, subs []roster.Subscriber) {
	parts, _, err := roster.Encode(subs, 1<<20)
	m.must(err)
	name := names.ShardName(m.record.Name, m.state.Frozen.Attempt, index)
	m.must(m.api.Create(m.Context(), &corev1.Secret{
		ObjectMeta: ledgerstore.Meta(m.record, system, m.state.Frozen.Attempt, crier.ComponentRecipients, name),
		Data:       map[string][]byte{names.RecipientsKey: parts[0]},
	}))
	m.shards = append(m.shards, crier.DeliveryShard{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       crier.DeliveryShardSpec{Index: index, Recipients: int32(len(subs)), Secret: name},
	})
}

func (m *model) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *model) key(name string) client.ObjectKey {
	if m.scopes[name].Kind == crier.ScopeRelay {
		return client.ObjectKey{Namespace: platform, Name: name}
	}
	return client.ObjectKey{Namespace: hr, Name: name}
}

// edit changes a Suppression, which may come, go, or turn to something else.
func (m *model) edit() (name string) {
	scopes := map[string]crier.SuppressionScope{
		"all": {Kind: crier.ScopeNamespace}, "staff": {Kind: crier.ScopeList, Name: "staff"}, "news": {Kind: crier.ScopeList, Name: "news"},
		"other": {Kind: crier.ScopeList, Name: "other"}, "relay": {Kind: crier.ScopeRelay, Name: "main"},
	}
	name = []string{"all", "staff", "news", "other", "relay"}[m.dice.IntN(5)]
	rows := m.rows[name]
	switch {
	case rows == nil:
		m.rows[name], m.scopes[name] = people{}, scopes[name]
		m.must(m.api.Create(m.Context(), m.object(name)))
		rows = m.rows[name]
	case m.dice.IntN(40) == 0:
		m.must(m.api.Delete(m.Context(), m.object(name)))
		delete(m.rows, name)
		return ""
	case m.dice.IntN(30) == 0 && name == "staff":
		m.scopes[name] = crier.SuppressionScope{Kind: crier.ScopeList, Name: lists[m.dice.IntN(2)]}
		object := m.stored(name)
		object.Spec.Scope = m.scopes[name]
		m.must(m.api.Update(m.Context(), object))
	}
	for range 1 + m.dice.IntN(3) {
		who := m.people[m.dice.IntN(len(m.people))]
		if m.dice.IntN(3) == 0 {
			delete(rows, who)
			continue
		}
		if rows[who] == nil {
			rows[who] = map[crier.SuppressionReason]time.Time{}
		}
		var end time.Time
		if m.dice.IntN(3) == 0 {
			end = m.now.Add(time.Duration(m.dice.IntN(100)) * time.Second)
		}
		rows[who][suppression.Reasons[m.dice.IntN(len(suppression.Reasons))]] = end
	}
	return name
}

func (m *model) object(name string) *crier.Suppression {
	key := m.key(name)
	return &crier.Suppression{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
		Spec:       crier.SuppressionSpec{Scope: m.scopes[name], Reason: crier.SuppressedManual},
	}
}

func (m *model) stored(name string) *crier.Suppression {
	object := &crier.Suppression{}
	m.must(m.api.Get(m.Context(), m.key(name), object))
	return object
}

// of is what is stored of a Suppression: rows that have ended are left out.
func (m *model) of(name string) func() (roster.Rows, error) {
	var subs []roster.Subscriber
	for who, ends := range m.rows[name] {
		sub := roster.Subscriber{Email: who, Attributes: map[string]string{}}
		for reason, end := range ends {
			switch {
			case end.IsZero():
				sub.Attributes[string(reason)] = "always"
			case end.After(m.now):
				sub.Attributes[string(reason)] = end.Format(time.RFC3339)
			default:
				delete(ends, reason)
			}
		}
		if len(ends) > 0 {
			subs = append(subs, sub)
		}
	}
	return func() (roster.Rows, error) { return roster.Of(subs) }
}

// read does what the controller of Suppressions does, which may have a cache that
// is behind, be overtaken, or be killed in between.
func (m *model) read(name string, stale *crier.RosterStatus, killed bool) {
	source := m.of(name)
	rows, err := source()
	m.must(err)
	digest, _, err := roster.Digest(rows)
	m.must(err)
	object := m.stored(name)
	last, of := object.Status.Roster, m.key(name)
	if last != nil && last.Digest == digest {
		return
	}
	if m.dice.IntN(6) == 0 && stale != nil {
		last = stale
	}
	store := &rosterstore.Store{Kind: rosterstore.Suppressions, Client: m.api, Reader: m.api, Namespace: system}
	rows, err = source()
	m.must(err)
	parts, err := store.Write(m.Context(), of, digest, rows)
	m.must(err)
	to := &crier.RosterStatus{Digest: digest, Parts: parts}
	if m.dice.IntN(20) > 0 {
		m.must(store.Note(m.Context(), of, last, to, source, m.now))
	}
	if killed {
		return // before its status
	}
	before := object.Status.Roster
	object.Status.Roster = to
	m.must(m.api.Status().Update(m.Context(), object))
	if before != nil && before.Digest != digest && m.dice.IntN(3) > 0 {
		m.must(store.Tidy(m.Context(), of, digest, before.Digest))
	}
}

// compare makes marks both ways, and posts one. If something may have ended that
// is still stored, nobody who is suppressed may be missing.
func (m *model) compare(late bool) {
	m.Helper()
	ctx := m.Context()
	posted, err := m.postedMarks(ctx)
	m.must(err)
	all, err := gather.SuppressionsOf(ctx, m.api, system, m.mail())
	m.must(err)
	got, err := m.remark(ctx, posted, all)
	m.must(err)
	want, err := m.mark(ctx, all, all.Digest())
	m.must(err)
	switch {
	case got == nil:
		m.whole++
	case late && covers(got, want), got.Version == want.Version && reflect.DeepEqual(tidied(got), tidied(want)):
		m.by++
	default:
		m.Errorf("marks by difference %v, of everybody %v", got.Shards, want.Shards)
	}
	m.must(m.postMarks(ctx, posted, all, all.Digest()))
}

// covers says whether whoever is suppressed in want is so in got, for a reason
// that comes at least as early.
func covers(got, want *suppression.Marks) bool {
	for shard, marked := range want.Shards {
		for i, number := range marked {
			if has := got.At(shard, i); number != 0 && (has == 0 || has > number) {
				return false
			}
		}
	}
	return true
}

func tidied(m *suppression.Marks) map[int32]suppression.Marked {
	if len(m.Shards) == 0 {
		return nil
	}
	return m.Shards
}

// Marks that are made of what has changed are those that are made of everybody,
// whatever changed, and whoever was killed or overtaken. CRIER_TEST_MARKS=200 is
// for longer than a moment.
func TestMarksByDifference(t *testing.T) {
	seeds := uint64(3)
	if more, err := strconv.ParseUint(os.Getenv("CRIER_TEST_MARKS"), 10, 64); err == nil {
		seeds = more
	}
	by, whole := 0, 0
	for seed := range seeds {
		m := newModel(t, seed)
		for range 40 {
			for range m.dice.IntN(4) {
				if name := m.edit(); name != "" {
					stale := m.stored(name).Status.Roster
					if m.dice.IntN(4) == 0 {
						m.read(name, nil, true)
					}
					m.read(name, stale, m.dice.IntN(20) == 0)
				}
			}
			m.now = m.now.Add(time.Duration(m.dice.IntN(10)) * time.Second)
			// What has ended is read again, somewhat later.
			late := m.dice.IntN(3) == 0
			for name := range m.rows {
				if !late || m.stored(name).Status.Roster == nil {
					m.read(name, nil, false)
				}
			}
			m.compare(late)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		by, whole = by+m.by, whole+m.whole
	}
	t.Logf("%d by difference, %d of everybody", by, whole)
	if by < whole {
		t.Errorf("%d by difference, %d of everybody", by, whole)
	}
}

// settled is a model in which somebody is suppressed, with marks that say so.
func settled(t *testing.T) *model {
	m := newModel(t, 1)
	m.rows["all"], m.scopes["all"] = people{}, crier.SuppressionScope{Kind: crier.ScopeNamespace}
	m.must(m.api.Create(t.Context(), m.object("all")))
	m.suppressed(0)
	m.reposted()
	m.reads = 0
	return m
}

// suppressed adds the first recipient of a shard, and has it read.
func (m *model) suppressed(shard int) (who string) {
	m.Helper()
	all, err := m.Store.Recipients(m.Context(), &m.shards[shard])
	m.must(err)
	m.rows["all"][all[0].Email] = map[crier.SuppressionReason]time.Time{crier.SuppressedLegal: {}}
	m.read("all", nil, false)
	m.reads = 0
	return all[0].Email
}

// reposted makes what is posted follow what applies, and says what senders read.
func (m *model) reposted() *suppression.Marks {
	m.Helper()
	posted, err := m.postedMarks(m.Context())
	m.must(err)
	all, err := gather.SuppressionsOf(m.Context(), m.api, system, m.mail())
	m.must(err)
	m.must(m.postMarks(m.Context(), posted, all, all.Digest()))
	marks, err := suppression.DecodeMarks(m.secret(names.MarksSecretName(m.record.Name, m.state.Frozen.Attempt)).Data[names.MarksKey])
	m.must(err)
	return marks
}

func (m *model) secret(name string) *corev1.Secret {
	m.Helper()
	secret := &corev1.Secret{}
	m.must(m.api.Get(m.Context(), client.ObjectKey{Namespace: system, Name: name}, secret))
	return secret
}

// A change reads the shard that it touches, and none if it touches nobody.
func TestOnlyWhatIsTouchedIsRead(t *testing.T) {
	m := settled(t)
	who := m.suppressed(2)
	if marks := m.reposted(); marks.At(2, 0) == 0 || marks.At(0, 0) == 0 || m.reads != 1 {
		t.Errorf("%d of %d shards were read, marks %v", m.reads, len(m.shards), marks.Shards)
	}
	m.reads = 0
	m.rows["all"]["a@example.gov"] = map[crier.SuppressionReason]time.Time{crier.SuppressedLegal: {}}
	m.read("all", nil, false)
	if m.reposted(); m.reads != 0 {
		t.Errorf("%d shards were read for somebody who comes before all recipients", m.reads)
	}
	delete(m.rows["all"], who)
	m.read("all", nil, false)
	if marks := m.reposted(); marks.At(2, 0) != 0 || marks.At(0, 0) == 0 || m.reads != 1 {
		t.Errorf("%d shards were read for somebody who may get it again, marks %v", m.reads, marks.Shards)
	}
}

// What doesn't fit together is no ground for a difference: all are read.
func TestNothingToGoBy(t *testing.T) {
	attempt := "aaaaaaaaaa"
	for name, spoil := range map[string]func(m *model){
		"marks of an older release": func(m *model) {
			secret := m.secret(names.MarksSecretName(m.record.Name, attempt))
			delete(secret.Data, names.OriginKey)
			m.must(m.api.Update(m.Context(), secret))
		},
		"an origin of other marks": func(m *model) {
			secret := m.secret(names.MarksSecretName(m.record.Name, attempt))
			secret.Data[names.OriginKey] = []byte(`{"version":"sha256:other"}`)
			m.must(m.api.Update(m.Context(), secret))
		},
		"marks of other people": func(m *model) {
			secret := m.secret(names.MarksSecretName(m.record.Name, attempt))
			marks, err := suppression.DecodeMarks(secret.Data[names.MarksKey])
			m.must(err)
			marks.Shards = map[int32]suppression.Marked{2: make(suppression.Marked, 99)}
			secret.Data[names.MarksKey], err = marks.Encode()
			m.must(err)
			m.must(m.api.Update(m.Context(), secret))
		},
		"no index": func(m *model) {
			m.must(m.api.Delete(m.Context(), m.secret(names.IndexSecretName(m.record.Name, attempt))))
		},
		"an index of another freeze": func(m *model) {
			m.must(m.api.Delete(m.Context(), m.secret(names.IndexSecretName(m.record.Name, attempt))))
			other := *m.state.Frozen
			other.Digest = "sha256:other"
			m.must(m.Store.WriteIndex(m.Context(), m.record, &other, make([]string, len(m.shards))))
		},
		"an index that is wrong": func(m *model) {
			m.must(m.api.Delete(m.Context(), m.secret(names.IndexSecretName(m.record.Name, attempt))))
			m.must(m.Store.WriteIndex(m.Context(), m.record, m.state.Frozen, make([]string, len(m.shards))))
		},
		"no changes": func(m *model) { m.must(m.api.Delete(m.Context(), m.secret(names.SuppressionChangesName(hr, "all")))) },
		"changes that can't be read": func(m *model) {
			secret := m.secret(names.SuppressionChangesName(hr, "all"))
			secret.Data[names.ChangesKey] = []byte("x")
			m.must(m.api.Update(m.Context(), secret))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := settled(t)
			m.suppressed(1)
			m.reposted()
			m.suppressed(2)
			spoil(m)
			m.reads = 0
			if marks := m.reposted(); marks.At(2, 0) == 0 || marks.At(1, 0) == 0 || marks.At(0, 0) == 0 || m.reads < len(m.shards) {
				t.Errorf("%d of %d shards were read, marks %v", m.reads, len(m.shards), marks.Shards)
			}
		})
	}
}

// Marks that somebody else has written meanwhile are never a ground.
func TestMarksOfAnotherManager(t *testing.T) {
	m := settled(t)
	posted, err := m.postedMarks(t.Context())
	m.must(err)
	m.suppressed(2)
	all, err := gather.SuppressionsOf(t.Context(), m.api, system, m.mail())
	m.must(err)
	m.reposted()
	if err := m.postMarks(t.Context(), posted, all, all.Digest()); !apierrors.IsConflict(err) {
		t.Errorf("%v", err)
	}
}
