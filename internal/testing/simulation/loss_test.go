package simulation

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"crier.dev/crier/internal/names"
)

// loss is a Secret that somebody deletes or damages in the middle.
type loss struct {
	at   time.Duration
	what string
	// back is how long after that it is put back; 0 for never.
	back time.Duration
	// damaged says that it is still there, and can't be read.
	damaged bool
}

const (
	theMessage = "the message"
	theBoard   = "the connection"
	theMarks   = "the marks"
	theRosters = "the rosters of suppressions"
	someShard  = "the recipients of a shard"
)

// lose lets a loss happen.
func (w *world) lose(l loss, d *dice) {
	time.Sleep(l.at)
	switch shard := d.n(w.plan.shards); l.what {
	case theMessage:
		w.loseSecret(l, d, names.MessageSecretName(record, attempt))
	case theBoard:
		w.loseSecret(l, d, names.HandoutSecretName(record, attempt))
	case theMarks:
		w.loseSecret(l, d, names.MarksSecretName(record, attempt))
	case theRosters:
		w.mu.Lock()
		rosters := slices.Clone(w.rosters)
		w.mu.Unlock()
		for _, secret := range rosters {
			_ = w.api.delete("Secret", system, secret.Name, nil, nil) // it may be gone
		}
		w.readAgain(d)
	case someShard:
		w.mu.Lock()
		w.lostShards = append(w.lostShards, shard)
		w.mu.Unlock()
		w.loseSecret(l, d, names.ShardName(record, attempt, int32(shard)))
	}
}

func (w *world) loseSecret(l loss, d *dice, name string) {
	if _, err := w.api.get("Secret", system, name); err != nil {
		return
	}
	w.tell("author", "loses %s, %s (damaged: %v)", l.what, name, l.damaged)
	w.mu.Lock()
	w.lost++
	w.mu.Unlock()
	if l.damaged {
		edit(w.api, system, name, func(s *corev1.Secret) {
			for key, data := range s.Data {
				s.Data[key] = data[:d.n(max(1, len(data)))]
			}
		})
	} else {
		_ = w.api.delete("Secret", system, name, nil, nil) // it may be gone by now
	}
	was := w.secrets[name]
	if l.back == 0 || was == nil {
		return
	}
	time.Sleep(l.back)
	if s := w.state(); s == nil || s.CompactedAt != nil {
		return
	}
	w.tell("author", "puts %s back", name)
	if !edit(w.api, system, name, func(s *corev1.Secret) { s.Data = was.Data }) {
		w.create(was)
	}
}

// wasLost says whether the addresses of a shard were ever lost.
func (w *world) wasLost(shard int32) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.lostShards, int(shard))
}
