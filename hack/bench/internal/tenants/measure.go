package tenants

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/plane"
	"crier.dev/crier/hack/bench/internal/sink"
	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/names"
)

// Options say what is measured.
type Options struct {
	Sizes
	// Root of the repository, Assets with kube-apiserver and etcd, and the
	// shipped binary.
	Root, Assets, Crier string
	// Rate of what a tenant does to others, a second.
	Rate int
	// Rest is how long the manager rests before it is watched: what waits is looked
	// at less and less often.
	Rest time.Duration
	// Idle is how long it is watched while nothing happens, Probes how many urgent Broadcasts are
	// timed while nothing does, and while each attack goes on.
	Idle   time.Duration
	Probes int
	Out    io.Writer
}

// Targets: what is measured beyond them is an error.
const (
	mostMemory = 512 << 20
	mostCPU    = 0.05
	mostDelay  = 5 * time.Second
)

type lab struct {
	Options
	plane   *plane.Plane
	client  client.Client
	sink    *sink.Sink
	silent  net.Listener
	manager *operator.Manager
	probed  int
}

func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.Out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// Measure makes tenants, measures, and returns an error for what misses its
// target.
func Measure(ctx context.Context, o Options) (err error) {
	l := &lab{Options: o}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	if l.plane, err = plane.Start(ctx, o.Root, o.Assets, filepath.Join(cache, "crier", "bench")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.plane.Stop()) }()
	l.client = l.plane.Client
	if l.sink, err = sink.Start(ctx, "127.0.0.1:0", 0); err != nil {
		return err
	}
	defer l.sink.Close()
	if l.silent, err = silence(ctx); err != nil {
		return err
	}
	defer l.silent.Close()
	l.say("making %d namespaces, %d lists, %d finished and %d waiting Broadcasts", o.Namespaces, o.Lists, o.Finished, o.Waiting)
	if err := l.seed(ctx); err != nil {
		return err
	}
	return l.run(ctx)
}

func (l *lab) run(ctx context.Context) (err error) {
	begun := time.Now()
	if l.manager, err = operator.StartManager(ctx, l.Crier, l.plane.Kubeconfig, l.plane.Folder); err != nil {
		return err
	}
	defer l.manager.Stop()
	if err := l.settle(ctx); err != nil {
		return err
	}
	cpu, err := l.manager.CPU()
	if err != nil {
		return err
	}
	l.say("settled after %s and %s of processor time; most memory %d MiB", since(begun), cpu.Round(time.Millisecond), l.manager.Peak()>>20)
	if err := sleep(ctx, l.Rest); err != nil {
		return err
	}
	idle, err := l.idle(ctx)
	if err != nil {
		return err
	}
	quiet, err := l.probe(ctx)
	if err != nil {
		return err
	}
	l.say("an urgent Broadcast of another tenant starts after %s (worst of %d), nothing else going on", quiet, l.Probes)
	missed := []error{over("idle processor", idle, mostCPU)}
	for _, a := range l.attacks() {
		worst, err := l.under(ctx, a)
		if err == nil {
			err = l.clean(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		missed = append(missed, over("delay by "+a.name+" in seconds", (worst-quiet).Seconds(), mostDelay.Seconds()))
	}
	l.say("most memory %d MiB", l.manager.Peak()>>20)
	return errors.Join(append(missed, over("memory in MiB", float64(l.manager.Peak()>>20), mostMemory>>20))...)
}

func since(t time.Time) time.Duration { return time.Since(t).Round(10 * time.Millisecond) }

func over(what string, is, most float64) error {
	if is <= most {
		return nil
	}
	return fmt.Errorf("%s is %.3f, more than %.3f", what, is, most)
}

// settle waits until all lists are ready and the manager has next to nothing to
// do.
func (l *lab) settle(ctx context.Context) error {
	err := operator.Wait(ctx, "all lists ready", 15*time.Minute, func() (bool, error) {
		var lists crier.MailingListList
		if err := l.client.List(ctx, &lists); err != nil {
			return false, err
		}
		for i := range lists.Items {
			if !meta.IsStatusConditionTrue(lists.Items[i].Status.Conditions, crier.ConditionReady) {
				return false, fmt.Errorf("%s/%s: %v", lists.Items[i].Namespace, lists.Items[i].Name, lists.Items[i].Status.Conditions)
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return l.calm(ctx)
}

// calm waits until the manager uses less than a fifth of a core.
func (l *lab) calm(ctx context.Context) error {
	const step, share = 5 * time.Second, 5
	return operator.Wait(ctx, "the manager at rest", 15*time.Minute, func() (bool, error) {
		before, err := l.manager.CPU()
		if err != nil {
			return false, err
		}
		if err := sleep(ctx, step); err != nil {
			return false, err
		}
		after, err := l.manager.CPU()
		return after-before < step/share, err
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// idle is the share of a core that the manager uses while nothing happens.
func (l *lab) idle(ctx context.Context) (float64, error) {
	before, err := l.manager.CPU()
	if err != nil {
		return 0, err
	}
	if err := sleep(ctx, l.Idle); err != nil {
		return 0, err
	}
	after, err := l.manager.CPU()
	share := (after - before).Seconds() / l.Idle.Seconds()
	l.say("idle for %s: %.1f%% of a core, most memory %d MiB", l.Idle, 100*share, l.manager.Peak()>>20)
	return share, err
}

// under times urgent Broadcasts while an attack goes on.
func (l *lab) under(ctx context.Context, a attack) (time.Duration, error) {
	attacking, stop := context.WithCancel(ctx)
	type result struct{ done, failed int }
	ended := make(chan result, 1)
	go func() {
		done, failed := every(attacking, l.Rate, a.do)
		ended <- result{done, failed}
	}()
	err := sleep(ctx, 10*time.Second) // so that work has piled up
	var worst time.Duration
	if err == nil {
		worst, err = l.probe(ctx)
	}
	stop()
	r := <-ended
	l.say("%s, %d times, %d of them in vain: an urgent Broadcast starts after %s (worst of %d); most memory %d MiB",
		a.name, r.done, r.failed, worst, l.Probes, l.manager.Peak()>>20)
	return worst, err
}

// probe makes urgent Broadcasts of other tenants, one after another, and returns
// the longest time from one's creation to that of its Job.
func (l *lab) probe(ctx context.Context) (time.Duration, error) {
	var all []time.Duration
	for range l.Probes {
		l.probed++
		b := broadcast(namespace(1+l.probed%max(l.Namespaces-1, 1)), fmt.Sprint("urgent-", l.probed), "staff")
		b.Spec.Priority = crier.PriorityUrgent
		begun := time.Now()
		if err := l.client.Create(ctx, b); err != nil {
			return 0, err
		}
		var frozen time.Duration // until recipients were written down
		err := operator.Wait(ctx, "the Job of an urgent Broadcast", 5*time.Minute, func() (bool, error) {
			record := &crier.DeliveryRecord{}
			key := client.ObjectKey{Name: names.RecordName(b.Namespace, b.Name)}
			if frozen == 0 && l.client.Get(ctx, key, record) == nil && record.State.Frozen != nil {
				frozen = since(begun)
			}
			var jobs batchv1.JobList
			err := l.client.List(ctx, &jobs, client.InNamespace(harness.Namespace),
				client.MatchingLabels{crier.LabelRecord: names.RecordName(b.Namespace, b.Name)})
			return len(jobs.Items) > 0, err
		})
		if err != nil {
			now := &crier.Broadcast{}
			_ = l.client.Get(ctx, client.ObjectKeyFromObject(b), now) // for the message only
			return 0, fmt.Errorf("%w: %v", err, said(now.Status.Conditions))
		}
		all = append(all, since(begun))
		l.say("urgent Broadcast: frozen after %s, Job after %s", frozen, all[len(all)-1])
		if err := l.client.Delete(ctx, b); err != nil {
			return 0, err
		}
	}
	return slices.Max(all), nil
}

func said(conditions []metav1.Condition) (text string) {
	for _, c := range conditions {
		text += c.Type + " " + c.Reason + ": " + c.Message + "; "
	}
	return text
}
