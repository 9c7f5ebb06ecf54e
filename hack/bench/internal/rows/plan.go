package rows

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/bench/internal/sink"
	"crier.dev/crier/hack/bench/internal/work"
	"crier.dev/crier/internal/names"
)

// maxManager is what the manager may have, in MiB.
const maxManager = 256

// planSaw is one round of the row plan.
type planSaw struct {
	Planned time.Duration `json:"plannedNanoseconds"`
	Sort    time.Duration `json:"sortNanoseconds"`
	Gzip    time.Duration `json:"gzipNanoseconds"`
	// Manager is processor time of the manager in that time.
	Manager time.Duration `json:"managerNanoseconds"`
}

// Plan measures the row of that name: the manager plans a Broadcast and
// writes its recipients down. No sender runs. It wants a Lab of its own, since
// the manager's memory is its highest since it was started.
func (l *Lab) Plan(ctx context.Context) (Row, error) {
	l.say("a SubscriberSet of %d", l.Large)
	people, read, err := operator.DeclarePeople(ctx, l.plane.Client, l.Large)
	if err != nil {
		return Row{}, err
	}
	afterRead := l.manager.Peak()
	relay, err := sink.Start(ctx, "127.0.0.1:0", 0) // for the Relay's probe
	if err != nil {
		return Row{}, err
	}
	defer relay.Close()
	var runs []planSaw
	for round := range l.Rounds {
		saw, err := l.planOnce(ctx, people, relay.Port())
		if err != nil {
			return Row{}, err
		}
		l.say("round %d of %d: planned in %.1f s; sort %.1f s, gzip %.1f s", round+1, l.Rounds, saw.Planned.Seconds(), saw.Sort.Seconds(), saw.Gzip.Seconds())
		runs = append(runs, saw)
	}
	subject := proc.Median(each(runs, func(s planSaw) float64 { return s.Planned.Seconds() }))
	reference := proc.Median(each(runs, func(s planSaw) float64 { return (s.Sort + s.Gzip).Seconds() }))
	peak := mib(l.manager.Peak())
	return Row{
		Name: "plan", Work: fmt.Sprintf("from a Broadcast to %d recipients written down", l.Large), Against: "sort and gzip -6 of the same file",
		Subject: fmt.Sprintf("%.1f s", subject), Reference: fmt.Sprintf("%.1f s", reference), Ratio: subject / reference, Bar: Bar{AtMost: 4},
		More: []Bound{{What: "MiB of the manager", Value: peak, Limit: maxManager}},
		Notes: []string{fmt.Sprintf("before that, the SubscriberSet's CSV files became a stored roster in %.1f s, with %.0f MiB of the manager",
			read.Seconds(), mib(afterRead))},
		Runs: runs,
	}, nil
}

func (l *Lab) planOnce(ctx context.Context, people string, port int) (planSaw, error) {
	saw, _, err := l.plan(ctx, operator.Send{People: people, Recipients: int64(l.Large)}, port)
	if err != nil {
		return saw, err
	}
	saw.Sort, saw.Gzip, err = l.sortAndZip(ctx)
	return saw, err
}

// plan declares a Broadcast under a name of its own and waits until its
// recipients are written down.
func (l *Lab) plan(ctx context.Context, declared operator.Send, port int) (saw planSaw, name string, err error) {
	l.sends++
	declared.Name, declared.Host, declared.Port = fmt.Sprintf("plan-%d", l.sends), "127.0.0.1", port
	declared.Connections = int32(l.Connections)
	before, err := l.manager.CPU()
	if err != nil {
		return saw, "", err
	}
	at, err := declared.Declare(ctx, l.plane.Client)
	if err != nil {
		return saw, "", err
	}
	if saw.Planned, err = l.frozen(ctx, names.RecordName(operator.Namespace, declared.Name), at); err != nil {
		return saw, "", err
	}
	after, err := l.manager.CPU()
	saw.Manager = after - before
	return saw, declared.Name, err
}

// sortAndZip times the reference on the recipients as a file.
func (l *Lab) sortAndZip(ctx context.Context) (sorting, zipping time.Duration, err error) {
	name := filepath.Join(l.plane.Folder, "people.csv")
	if _, err := os.Stat(name); err != nil {
		if err := writePeople(name, l.Large); err != nil {
			return 0, 0, err
		}
	}
	sort := exec.CommandContext(ctx, "sort", "--parallel=1", "-o", name+".sorted", name)
	sort.Env = append(os.Environ(), "LC_ALL=C")
	if sorting, err = timed(sort); err != nil {
		return 0, 0, err
	}
	zipping, err = timed(exec.CommandContext(ctx, "gzip", "-6", "-k", "-f", name+".sorted"))
	return sorting, zipping, err
}

func writePeople(name string, n int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	if err := work.WriteCSV(out, n); err != nil {
		return err
	}
	return out.Flush()
}

func timed(cmd *exec.Cmd) (time.Duration, error) {
	start := time.Now()
	said, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, said)
	}
	return time.Since(start), nil
}
