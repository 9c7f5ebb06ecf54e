package sender

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/message"
)

var (
	errGone      = errors.New("what was to be sent is no longer there")
	errDeadline  = errors.New("the deadline has passed")
	errWithdrawn = errors.New("nothing may be sent any more")
)

// Interrupted is the error of a run that was ended by a signal with work left.
type Interrupted struct{}

func (Interrupted) Error() string { return "interrupted with work left" }

// ExitCode is that of a process that was ended by SIGTERM. It isn't 0, so
// that the Job starts another pod.
func (Interrupted) ExitCode() int { return 143 }

// writeTime is how long after the grace period the last outcomes may be
// written, within the 300 s that the pod has.
const writeTime = 15 * time.Second

// worker is one sender pod.
type worker struct {
	Options
	store    Store
	log      *slog.Logger
	composer *message.Composer
	relay    *relay
	lanes    []*lane
	// patient outlives a signal by the time that open replies and the last
	// writes may take.
	patient context.Context
}

// Run does this pod's part of a pass. It returns nil when nothing is left
// that this pod may wait for, or when nothing may be sent any more; an error
// means that the pod is to be started again. Cancelling ctx makes it finish
// what is under way and return Interrupted.
func Run(ctx context.Context, store Store, options Options, log *slog.Logger) error {
	if err := options.Check(); err != nil {
		return err
	}
	options = options.withDefaults()
	w := &worker{Options: options, store: store, log: log}
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Timing.Grace+writeTime, cancel) })()
	w.patient = patient
	w.relay = newRelay(options.Timing, options.Files)
	for range options.Connections {
		w.lanes = append(w.lanes, w.newLane())
	}
	err := w.work(ctx)
	switch {
	case err == nil:
		log.Info("nothing is left for this worker", "worker", w.Holder.Worker, "pass", w.Pass.Number)
		return nil
	case isQuiet(err):
		log.Info("stopped", "worker", w.Holder.Worker, "pass", w.Pass.Number, "reason", err.Error())
		return nil
	case ctx.Err() != nil:
		return Interrupted{}
	}
	return err
}

func (w *worker) work(ctx context.Context) error {
	secret, err := w.getSecret(ctx, ledger.MessageSecretName(w.Record, w.Attempt))
	if err != nil {
		return err
	}
	if w.composer, err = readMessage(secret, w.Pass.Generation); err != nil {
		return err
	}
	if err := w.insist(ctx, w.lookUp); err != nil {
		return err
	}
	watching, stop := context.WithCancel(w.patient)
	defer stop()
	go w.watch(watching)
	defer func() {
		for _, l := range w.lanes {
			l.hangUp()
		}
	}()
	return w.rounds(ctx)
}

// halt is the reason not to send, if there is one.
func (w *worker) halt(ctx context.Context) error {
	if ctx.Err() != nil {
		return Interrupted{}
	}
	if !time.Now().Before(w.Deadline) {
		return errDeadline
	}
	if !w.relay.current().Allowed {
		return errWithdrawn
	}
	return nil
}

// watch keeps what is known of the relay fresh.
func (w *worker) watch(ctx context.Context) {
	for {
		sleep(ctx, w.Timing.Refresh)
		if ctx.Err() != nil {
			return
		}
		limited, cancel := context.WithTimeout(ctx, w.Timing.Call)
		if err := w.lookUp(limited); err != nil && ctx.Err() == nil {
			w.log.Warn("the connection can't be read", "error", err.Error())
		}
		cancel()
	}
}

// lookUp reads how to reach the relay. When that is gone, nothing may be sent.
func (w *worker) lookUp(ctx context.Context) error {
	at := time.Now()
	secret, err := w.store.GetSecret(ctx, ledger.ConnectionSecretName(w.Record, w.Attempt))
	if apierrors.IsNotFound(err) {
		known := w.relay.current()
		known.Allowed = false
		w.relay.learn(known, at)
		return nil
	}
	if err != nil {
		return err
	}
	c, err := readConnection(secret)
	if err != nil {
		return err
	}
	w.relay.learn(c, at)
	return nil
}

func (w *worker) getSecret(ctx context.Context, name string) (secret *corev1.Secret, err error) {
	err = w.insist(ctx, func(ctx context.Context) error {
		secret, err = w.store.GetSecret(ctx, name)
		return err
	})
	return secret, err
}

// rounds goes over the shards until none is left to work on or to wait for.
// Each worker begins elsewhere. Shards that an earlier container of this pod
// left a journal of come first, whatever else may have happened since.
func (w *worker) rounds(ctx context.Context) error {
	var order []int32
	done := make(map[int32]bool, w.Shards)
	first := int(w.Holder.Worker) * w.Shards / w.Workers
	for n := range w.Shards {
		i := int32((first + n) % w.Shards)
		order = append(order, i)
		if _, err := w.Files.Read(journalName(w.shardName(i))); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		ready, err := w.visit(ctx, w.patient, i)
		if err != nil {
			return err
		}
		done[i] = ready
	}
	for {
		waiting := false
		for _, i := range order {
			if done[i] {
				continue
			}
			if why := w.halt(ctx); why != nil {
				return why
			}
			ready, err := w.visit(ctx, ctx, i)
			if err != nil {
				return err
			}
			done[i] = ready
			waiting = waiting || !ready
		}
		if !waiting {
			return nil
		}
		sleep(ctx, w.Timing.Poll+rand.N(w.Timing.Poll*3/2))
	}
}

func (w *worker) shardName(index int32) string { return ledger.ShardName(w.Record, w.Attempt, index) }

// Error texts of shards name the shard; they hold no address.
func shardError(name string, err error) error { return fmt.Errorf("shard %s: %w", name, err) }
