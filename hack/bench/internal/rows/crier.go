package rows

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/kubelet"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/plane"
	"crier.dev/crier/hack/bench/internal/postfix"
	"crier.dev/crier/hack/bench/internal/work"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/names"
)

// crierRun is one Broadcast from its declaration to its last message.
type crierRun struct {
	messages    int
	connections int
	keys        []operator.Key
	// message is work.ByHand unless given.
	message *work.Message
	// delay of the way to the relay, in one direction.
	delay time.Duration
	// during is called again and again while senders run, if it is set.
	during func(ctx context.Context, record string) error
}

// crierSaw is what was measured of it.
type crierSaw struct {
	// Record of the Broadcast.
	Record string `json:"record"`
	// Sink is what the relay saw.
	Sink postfix.Result `json:"sink"`
	// Planned is from the Broadcast's creation to recipients written down,
	// Started from there to the first sender.
	Planned time.Duration `json:"plannedNanoseconds"`
	Started time.Duration `json:"startedNanoseconds"`
	// Senders are the pods.
	Senders kubelet.Usage `json:"senders"`
	// Plane and Manager are processor time while senders ran, Writes what
	// was written then.
	Plane   plane.Usage   `json:"plane"`
	Manager time.Duration `json:"managerNanoseconds"`
	Writes  plane.Writes  `json:"writes"`
}

// perMessage is the senders' processor time of a message, in microseconds.
func (s crierSaw) perMessage() float64 {
	return float64(s.Senders.CPU.Microseconds()) / float64(s.Sink.Messages)
}

// crier sends to a sink of its own.
func (l *Lab) crier(ctx context.Context, run crierRun) (crierSaw, error) {
	sink, err := l.tools.StartSink(ctx)
	if err != nil {
		return crierSaw{}, err
	}
	defer sink.Close()
	port := sink.Port
	if run.delay > 0 {
		far, err := l.startProxy(ctx, sink.Addr(), run.delay)
		if err != nil {
			return crierSaw{}, err
		}
		defer far.close()
		port = far.port
	}
	saw, err := l.send(ctx, run, port)
	if err != nil {
		return saw, err
	}
	if saw.Sink, err = sink.Result(int64(run.messages)); err != nil {
		return saw, err
	}
	l.say("  crier: %d messages, %.0f/s, %.0f µs each in %d sender(s) of %d MiB at most; sink %.0f %% busy, %v of %v without mail; etcd %v, kube-apiserver %v, manager %v",
		saw.Sink.Messages, saw.Sink.Rate, saw.perMessage(), saw.Senders.Pods, saw.Senders.Peak>>20, 100*saw.Sink.Busy,
		saw.Sink.Stalled.Round(10*time.Millisecond), saw.Sink.Elapsed.Round(10*time.Millisecond),
		saw.Plane.Etcd, saw.Plane.APIServer, saw.Manager.Round(10*time.Millisecond))
	return saw, l.finished(ctx, saw.Record, int64(run.messages))
}

// send declares a Broadcast to a port of loopback and runs its senders.
func (l *Lab) send(ctx context.Context, run crierRun, port int) (crierSaw, error) {
	var saw crierSaw
	people, _, err := operator.DeclarePeople(ctx, l.plane.Client, run.messages)
	if err != nil {
		return saw, err
	}
	l.sends++
	declared := operator.Send{
		Name: fmt.Sprintf("send-%d", l.sends), People: people, Recipients: int64(run.messages),
		Host: "127.0.0.1", Port: port, Connections: int32(run.connections), Keys: run.keys, Message: run.message,
	}
	at, err := declared.Declare(ctx, l.plane.Client)
	if err != nil {
		return saw, err
	}
	saw.Record = names.RecordName(operator.Namespace, declared.Name)
	if saw.Planned, err = l.frozen(ctx, saw.Record, at); err != nil {
		return saw, err
	}
	jobs, err := l.jobs(ctx, saw.Record)
	if err != nil {
		return saw, err
	}
	saw.Started = time.Since(at) - saw.Planned
	return saw, l.measure(ctx, jobs, run, &saw)
}

// frozen waits until the recipients are written down.
func (l *Lab) frozen(ctx context.Context, record string, since time.Time) (time.Duration, error) {
	r := &crier.DeliveryRecord{}
	err := operator.Wait(ctx, "the freeze of "+record, 30*time.Minute, func() (bool, error) {
		err := l.plane.Client.Get(ctx, client.ObjectKey{Name: record}, r)
		return err == nil && r.State.Frozen != nil, err
	})
	return time.Since(since), err
}

// jobs waits until the manager has created those of the first pass.
func (l *Lab) jobs(ctx context.Context, record string) ([]batchv1.Job, error) {
	r, jobs := &crier.DeliveryRecord{}, &batchv1.JobList{}
	err := operator.Wait(ctx, "the Jobs of "+record, 2*time.Minute, func() (bool, error) {
		if err := l.plane.Client.Get(ctx, client.ObjectKey{Name: record}, r); err != nil || r.State.Pass == nil {
			return false, err
		}
		err := l.plane.Client.List(ctx, jobs, client.InNamespace(harness.Namespace), client.MatchingLabels{crier.LabelRecord: record})
		return len(jobs.Items) == int(r.State.Pass.Workers), err
	})
	return jobs.Items, err
}

// measure runs the senders and reads the clocks before and after.
func (l *Lab) measure(ctx context.Context, jobs []batchv1.Job, run crierRun, saw *crierSaw) error {
	writes, err := l.plane.Writes(ctx)
	if err != nil {
		return err
	}
	manager, err := l.manager.CPU()
	if err != nil {
		return err
	}
	usage, err := l.plane.Usage()
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	watched := make(chan error, 1)
	go func() { watched <- repeat(watching, saw.Record, run.during) }()
	saw.Senders, err = l.kubelet.Run(ctx, jobs, func() {})
	stop()
	if seen := <-watched; err == nil {
		err = seen
	}
	if err != nil {
		return err
	}
	after, err := l.plane.Usage()
	if err != nil {
		return err
	}
	managerAfter, err := l.manager.CPU()
	if err != nil {
		return err
	}
	writesAfter, err := l.plane.Writes(ctx)
	saw.Plane, saw.Manager, saw.Writes = after.Minus(usage), managerAfter-manager, writesAfter.Minus(writes)
	return err
}

// repeat calls f twice a second until ctx ends.
func repeat(ctx context.Context, record string, f func(context.Context, string) error) error {
	for f != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
		if err := f(ctx, record); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// finished waits until the record says that everybody got the message: what
// is counted against Crier has to be right first.
func (l *Lab) finished(ctx context.Context, record string, want int64) error {
	r := &crier.DeliveryRecord{}
	err := operator.Wait(ctx, "the end of "+record, 5*time.Minute, func() (bool, error) {
		err := l.plane.Client.Get(ctx, client.ObjectKey{Name: record}, r)
		return err == nil && r.State.Stage == crier.RecordFinished, err
	})
	if err != nil {
		return fmt.Errorf("%w: %+v", err, r.State.Totals)
	}
	if t := r.State.Totals; t.Accepted != want || t.Intended != want {
		return fmt.Errorf("the record of %d recipients says %+v", want, t)
	}
	return nil
}
