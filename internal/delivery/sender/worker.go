package sender

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/smtp/outcome"
	"crier.dev/crier/internal/smtp/transport"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/message"
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
	store     Store
	log       *slog.Logger
	composer  *message.Composer
	relay     *relay
	allowance *allowance
	dispatch  *dispatcher
	window    window
	meter     meter
	crowd     crowd
	marks     marks
	sightings *sightings
	// signal ends the work; patient outlives it by the time that open replies
	// and the last writes may take.
	signal, patient context.Context
	// Until when pipelining stays within a transaction, and off.
	withinUntil, offUntil atomic.Int64
	logins                sync.Mutex
	reaching              sync.Mutex
	permitting            sync.Mutex
	background            sync.WaitGroup

	mu           sync.Mutex
	jobs         map[int32]*job
	sessions     int // open, or being opened
	dials        map[*dialing]bool
	term         context.Context // lasts as long as a ration that is renewed in time
	endTerm      context.CancelFunc
	spare        *transport.Conn
	spareVersion string
	tripped      *crier.RelayTrouble
	faults       map[int32]error // of shards that can't be worked on
	back         error           // the ledger was set back
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
	if options.Boot == "" {
		log.Warn("the machine doesn't say when it was started: a container that crashes leaves more unknown")
	}
	w := &worker{
		Options: options, store: store, log: log, signal: ctx, jobs: map[int32]*job{}, dials: map[*dialing]bool{},
		window: window{used: map[*job]int{}}, faults: map[int32]error{},
	}
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Timing.Grace+writeTime, cancel) })()
	w.patient = patient
	if err := remembersSetBack(options.Files); err != nil {
		return err
	}
	w.sightings = newSightings(options.Files)
	w.relay = newRelay(options.Timing, options.Files)
	w.allowance = newAllowance(options)
	options.Timing.Breaker.Retry = slices.Contains(options.Pass.Selects, crier.DeliveryDeferred)
	w.dispatch = newDispatcher(options.Timing)
	err := w.work(ctx)
	switch back := w.setBack(); {
	case back != nil:
		return back
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
	var err error
	if w.composer, err = w.loadMessage(ctx); err != nil {
		return err
	}
	if err := w.insist(ctx, w.lookUp); err != nil {
		return err
	}
	watching, stop := context.WithCancel(w.patient)
	defer stop()
	go w.watch(watching)
	defer w.startLanes(ctx)()
	if err = w.rounds(ctx); err == nil {
		err = w.unlessWithdrawn(ctx, w.faulty())
	}
	w.background.Wait()
	return err
}

// startLanes starts the lanes. What it returns ends them, and waits for them
// unless they wait for a reply that nobody else waits for any longer.
func (w *worker) startLanes(ctx context.Context) (stop func()) {
	var running sync.WaitGroup
	for range w.Connections {
		l := w.newLane()
		running.Go(func() { l.run(ctx) })
	}
	return func() {
		w.dispatch.stop()
		ended := make(chan struct{})
		go func() {
			running.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(farewell):
		}
		w.dropSpare()
	}
}

// farewell is how long lanes may take to say goodbye to the relay.
const farewell = 5 * time.Second

// halt is the reason not to send, if there is one.
func (w *worker) halt() error {
	if back := w.setBack(); back != nil {
		return back
	}
	if w.signal.Err() != nil {
		return Interrupted{}
	}
	if !w.now().Before(w.Deadline) {
		return errDeadline
	}
	if !w.relay.current().Allowed {
		return errWithdrawn
	}
	return nil
}

// trouble is what keeps this pod from sending, if anything does.
func (w *worker) trouble() *crier.RelayTrouble {
	if t := w.relay.state(); t != nil {
		return t
	}
	why, open := w.dispatch.tripped()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !open:
		w.tripped = nil
	case w.tripped == nil || w.tripped.Cause != string(why.Cause):
		w.tripped = troubleOf(why.Cause, why.Reply.String())
	}
	return w.tripped.DeepCopy()
}

// maxTrouble is how much of a server's words is shown of a trouble, in octets:
// more than the API takes would keep the shard from being written.
const maxTrouble = 300

func troubleOf(cause outcome.Cause, reply string) *crier.RelayTrouble {
	return &crier.RelayTrouble{Cause: string(cause), Message: words.Shorten(reply, maxTrouble), Since: metav1.Now()}
}

func (w *worker) getSecret(ctx context.Context, name string) (secret *corev1.Secret, err error) {
	err = w.insist(ctx, func(ctx context.Context) error {
		secret, err = w.store.GetSecret(ctx, name)
		return err
	})
	return secret, err
}

func (w *worker) shardName(index int32) string { return names.ShardName(w.Record, w.Attempt, index) }

// needed is the error for an object without which nobody can be sent to.
func (w *worker) needed(ctx context.Context, name string, err error) error {
	if errors.Is(err, errGone) {
		return w.unlessWithdrawn(ctx, fmt.Errorf("%s is gone: without it nobody can be sent to", name))
	}
	return err
}

// Error texts of shards name the shard; they hold no address.
func shardError(name string, err error) error { return fmt.Errorf("shard %s: %w", name, err) }

// isQuiet says whether the work ended as it was meant to, with or without
// something left.
func isQuiet(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, errDeadline) || errors.Is(err, errWithdrawn) ||
		errors.Is(err, ledger.ErrPassOver)
}
