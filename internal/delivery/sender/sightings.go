package sender

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
)

const (
	// seenShards is the file in which the pod remembers how far it has seen each
	// shard, a line for each time that it has come further. What a machine
	// loses of it makes it forget, and nothing worse.
	seenShards = "shards-seen"
	// foundSetBack is the file that says that the ledger was set back, and how:
	// no container of the pod sends anything after that.
	foundSetBack = "set-back"
)

// SetBack is the error of a run that found the ledger set back, as by a backup that
// was restored. It is ledger.ErrSetBack.
type SetBack struct{ error }

func (s SetBack) Unwrap() error { return s.error }

// ExitCode is ledger.ExitSetBack.
func (SetBack) ExitCode() int { return ledger.ExitSetBack }

// sightings are how far this pod has seen each shard, in any of its containers.
type sightings struct {
	mu   sync.Mutex
	of   map[int32]ledger.Mark
	last int32 // the shard that was seen last
	file io.WriteCloser
}

// sighting is a line of the file.
type sighting struct {
	Shard int32 `json:"i"`
	ledger.Mark
}

func newSightings(files Files) *sightings {
	s := &sightings{of: map[int32]ledger.Mark{}}
	data, err := files.Read(seenShards)
	if err == nil {
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			var seen sighting // a line may be torn
			if json.Unmarshal(line, &seen) == nil && seen.Sequence > s.of[seen.Shard].Sequence {
				s.of[seen.Shard], s.last = seen.Mark, seen.Shard
			}
		}
	}
	if file, err := files.Append(seenShards); err == nil { // without it, a restart knows less
		s.file = file
	}
	return s
}

// known is how far a shard was seen; the zero Mark if it wasn't.
func (s *sightings) known(index int32) ledger.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[index]
}

// see takes in a state of a shard, which may have been overtaken meanwhile.
func (s *sightings) see(index int32, state *crier.DeliveryShardState) {
	mark := ledger.MarkOf(state)
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.of[index]; mark == before || mark.Sequence < before.Sequence {
		return
	}
	s.of[index], s.last = mark, index
	if line, err := json.Marshal(sighting{index, mark}); err == nil && s.file != nil {
		_, _ = s.file.Write(append(append([]byte("\n"), line...), '\n')) // without it, a restart knows less
	}
}

// witness is a shard that this pod knows something of, other than one.
func (s *sightings) witness(besides int32) (index int32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.of[s.last]; known && s.last != besides {
		return s.last, true
	}
	for index := range s.of {
		if index != besides {
			return index, true
		}
	}
	return 0, false
}

// read is the door through which a sender reads shards, as update is that for
// writes: a shard that was set back ends all that this pod does. What was known
// before a shard was asked for must be so in the answer; what others of this
// pod found out meanwhile needn't.
func (w *worker) read(ctx context.Context, index int32) (*crier.DeliveryShard, error) {
	known := w.sightings.known(index)
	shard, err := w.store.GetShard(ctx, w.shardName(index))
	if err != nil {
		return nil, err
	}
	return shard, w.sees(index, known, shard)
}

// update writes a shard. Each write counts, so that a state that is set back is
// known.
func (w *worker) update(ctx context.Context, shard *crier.DeliveryShard) (*crier.DeliveryShard, error) {
	known := w.sightings.known(shard.Spec.Index)
	next := shard.DeepCopy()
	next.State.Sequence++
	stored, err := w.store.UpdateShard(ctx, next)
	if err != nil {
		return nil, err
	}
	return stored, w.sees(shard.Spec.Index, known, stored)
}

func (w *worker) sees(index int32, known ledger.Mark, shard *crier.DeliveryShard) error {
	if known != (ledger.Mark{}) {
		if err := known.Forward(&shard.State); err != nil {
			return permanent{w.foundSetBack(shardError(shard.Name, err))}
		}
	}
	w.sightings.see(index, &shard.State)
	return nil
}

// stands looks at a shard that this pod knows, before it takes one that it may
// not: if the ledger was set back, so probably was that.
func (w *worker) stands(ctx context.Context, besides int32) error {
	index, ok := w.sightings.witness(besides)
	if !ok {
		return nil
	}
	if _, err := w.getShard(ctx, index); errors.Is(err, ledger.ErrSetBack) {
		return err
	}
	return nil
}

// foundSetBack notes that the ledger was set back: from now on no container of
// this pod begins or ends a message. One shard proves it for all: what
// else was set back nobody knows.
func (w *worker) foundSetBack(err error) error {
	w.mu.Lock()
	known := w.back
	if known == nil {
		w.back = SetBack{err}
	}
	w.mu.Unlock()
	if known != nil {
		return known
	}
	w.log.Error("the ledger was set back: nothing is sent any more", "error", err.Error())
	if err := w.Files.Write(foundSetBack, []byte(err.Error())); err != nil {
		w.log.Warn("a container after this one may not know it", "error", err.Error())
	}
	w.window.wake()
	return w.setBack()
}

// setBack is the error of a ledger that was set back; nil as far as is known.
func (w *worker) setBack() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.back
}

// remembersSetBack is what a container of this pod before this one found out.
func remembersSetBack(files Files) error {
	why, err := files.Read(foundSetBack)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return SetBack{fmt.Errorf("%w, as a container before this one found: %s", ledger.ErrSetBack, why)}
}
