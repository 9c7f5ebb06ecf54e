package sender

import (
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/smtptest"
	"crier.dev/crier/internal/writing/message"
)

// lose takes a Secret away, as somebody does who shouldn't.
func (f *fixture) lose(name string) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	if f.store.secrets[name] == nil {
		f.t.Fatalf("there is no %s", name)
	}
	delete(f.store.secrets, name)
}

// What is wrong with one shard costs those who are in it, and nobody else: every
// pod goes on with the others, and then says which it was, each time.
func TestOneShardIsLost(t *testing.T) {
	name := names.ShardName(record, attempt, 1)
	for what, harm := range map[string]func(*fixture){
		"its recipients are gone":      func(f *fixture) { f.lose(name) },
		"its recipients can't be read": func(f *fixture) { f.secret(name, names.RecipientsKey, []byte("?")) },
		"others are in its place": func(f *fixture) {
			f.secret(name, names.RecipientsKey, f.store.secrets[shard0].Data[names.RecipientsKey][:9])
		},
		"it is gone": func(f *fixture) {
			f.store.mu.Lock()
			defer f.store.mu.Unlock()
			delete(f.store.shards, name)
		},
		"its outcomes can't be read": func(f *fixture) {
			f.store.change(name, func(s *crier.DeliveryShardState) { s.Outcomes = "z" })
		},
	} {
		t.Run(what, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newFixture(t, 4, 20, smtptest.Script{})
				harm(f)
				for range 3 {
					if err := f.run(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
						t.Errorf("ended with %v", err)
					}
				}
				for _, i := range []int{0, 2, 3} {
					if s := f.state(i); s.Totals.Accepted != 20 || s.Claim.PodUID != "" {
						t.Errorf("shard %d: %+v", i, s)
					}
				}
				if f.sent() != 60 {
					t.Errorf("%d messages were sent, want 60", f.sent())
				}
			})
		})
	}
}

// A shard that vanishes while it is worked on costs only those who are in it.
func TestShardVanishesInTheMiddle(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 3, 60, slow(10*time.Millisecond))
		done := f.start(t.Context())
		f.until("some are sent", func() bool { return f.sent() >= 10 })
		f.store.mu.Lock()
		delete(f.store.shards, shard0)
		f.store.mu.Unlock()
		if err := <-done; err == nil || !strings.Contains(err.Error(), shard0) {
			t.Errorf("ended with %v", err)
		}
		if f.state(1).Totals.Accepted != 60 || f.state(2).Totals.Accepted != 60 {
			t.Errorf("%+v, %+v", f.state(1).Totals, f.state(2).Totals)
		}
	})
}

// Without the message, or a file of it, nobody can be sent to, and the pod says so.
func TestMessageIsLost(t *testing.T) {
	for _, name := range []string{names.MessageSecretName(record, attempt), names.FileSecretName(record, attempt, 0)} {
		virtual(t, func(t *testing.T) {
			f := newFixture(t, 1, 20, smtptest.Script{})
			frozen := personal()
			frozen.Attachments = []message.Attachment{{Name: "a.pdf", ContentType: "application/pdf", Detached: true}}
			f.freeze(frozen)
			f.secret(names.FileSecretName(record, attempt, 0), names.FileKey, []byte("%PDF"))
			f.lose(name)
			if err := f.run(t.Context()); err == nil || !strings.Contains(err.Error(), name) || f.sent() > 0 {
				t.Errorf("%v, %d sent", err, f.sent())
			}
			f.lose(names.HandoutSecretName(record, attempt)) // the whole record is being deleted
			f.mustRun()
		})
	}
}
