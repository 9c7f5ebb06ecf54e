package rows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/plane"
)

// afterDetail is longer ago than the detail of a record is kept.
const afterDetail = 8 * 24 * time.Hour

// etcdSaw is what a record takes.
type etcdSaw struct {
	// While is the most that was seen while senders ran, After what is left
	// when the detail is gone.
	While, After plane.Sizes
	// Roster is the SubscriberSet's, which isn't the record's.
	Roster int64
	// Octets of etcd's file that are in use: before the record, at its end,
	// and after compaction.
	FileBefore, FileWhile, FileAfter int64
}

// Etcd measures the row of that name.
func (l *Lab) Etcd(ctx context.Context) (Row, error) {
	l.say("what %d recipients take in etcd", l.Messages)
	if _, _, err := operator.DeclarePeople(ctx, l.plane.Client, l.Messages); err != nil {
		return Row{}, err
	}
	var saw etcdSaw
	rosters, err := l.plane.RecordSizes(ctx, "/roster-")
	if err != nil {
		return Row{}, err
	}
	saw.Roster = rosters.Total()
	if saw.FileBefore, err = l.inUse(ctx); err != nil {
		return Row{}, err
	}
	run, err := l.crier(ctx, crierRun{messages: l.Messages, connections: l.Connections, during: func(ctx context.Context, record string) error {
		sizes, err := l.plane.RecordSizes(ctx, record)
		if err == nil && sizes.Total() > saw.While.Total() {
			saw.While = sizes
		}
		return err
	}})
	if err != nil {
		return Row{}, err
	}
	if saw.FileWhile, err = l.inUse(ctx); err != nil {
		return Row{}, err
	}
	if err := l.compact(ctx, run.Record); err != nil {
		return Row{}, err
	}
	if saw.After, err = l.plane.RecordSizes(ctx, run.Record); err != nil {
		return Row{}, err
	}
	if saw.FileAfter, err = l.inUse(ctx); err != nil {
		return Row{}, err
	}
	return saw.row(float64(l.Messages)), nil
}

func (s etcdSaw) row(n float64) Row {
	while, after := float64(s.While.Total())/n, float64(s.After.Total())/n
	return Row{
		Name: "etcd", Work: fmt.Sprintf("octets in etcd per recipient, %.0f recipients, while sending", n), Against: "none",
		Subject: fmt.Sprintf("%.1f", while), Reference: "-", Ratio: while, Bar: Bar{AtMost: 80},
		More: []Bound{{What: "octets per recipient after compaction", Value: after, Limit: 1}},
		Notes: []string{
			"while sending, per recipient: " + perRecipient(s.While, n),
			"after compaction, per recipient: " + perRecipient(s.After, n),
			fmt.Sprintf("the roster of the SubscriberSet, which isn't part of the record: %.2f per recipient", float64(s.Roster)/n),
			fmt.Sprintf("in use of etcd's file, each after etcd's own compaction: %.1f MiB before the Broadcast, %.1f when it was sent, %.1f when its detail was gone",
				mib(s.FileBefore), mib(s.FileWhile), mib(s.FileAfter)),
		},
		Runs: s,
	}
}

func perRecipient(sizes plane.Sizes, n float64) string {
	var parts []string
	for _, resource := range slices.Sorted(maps.Keys(sizes)) {
		parts = append(parts, fmt.Sprintf("%s %.2f", resource, float64(sizes[resource])/n))
	}
	return strings.Join(parts, ", ")
}

func (l *Lab) inUse(ctx context.Context) (int64, error) {
	if err := l.plane.Compact(ctx); err != nil {
		return 0, err
	}
	_, inUse, err := l.plane.File(ctx)
	return inUse, err
}

// compact makes the record believe that it was finished days ago, and waits
// until the manager has taken its detail away. A manager that is started anew
// looks at every record.
func (l *Lab) compact(ctx context.Context, name string) error {
	l.manager.Stop()
	record := &crier.DeliveryRecord{}
	if err := l.plane.Client.Get(ctx, client.ObjectKey{Name: name}, record); err != nil {
		return err
	}
	record.State.FinishedAt.Time = record.State.FinishedAt.Add(-afterDetail)
	if err := l.plane.Client.Update(ctx, record); err != nil {
		return err
	}
	manager, err := operator.StartManager(ctx, l.Crier, l.plane.Kubeconfig, l.plane.Folder)
	if err != nil {
		return err
	}
	l.manager = manager
	return operator.Wait(ctx, "compaction of "+name, 5*time.Minute, func() (bool, error) {
		err := l.plane.Client.Get(ctx, client.ObjectKey{Name: name}, record)
		return err == nil && record.State.CompactedAt != nil, err
	})
}
