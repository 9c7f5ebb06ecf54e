package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

// testers get a copy before anybody else gets the message.
var testers = map[string]string{staff: "hr-colleague@example.gov", news: "news-colleague@example.gov"}

// tested waits for the test copies, and shows one.
func (d *demo) tested(ctx context.Context) error {
	d.Say("Test copies, while both Broadcasts are suspended")
	for _, name := range []string{staff, news} {
		broadcast, err := d.until(ctx, name, "its test copy to be sent", func(b *crier.Broadcast) bool {
			return b.Status.Test != nil && b.Status.Test.State != crier.ReportPending
		})
		if err != nil {
			return err
		}
		if broadcast.Status.Test.State != crier.ReportSent {
			return fmt.Errorf("the test copy of %s: %+v", name, broadcast.Status.Test)
		}
		raw, err := d.catcher.Last(ctx, testers[name])
		if err != nil || raw == nil {
			return errors.Join(err, fmt.Errorf("%s got no test copy", testers[name]))
		}
		mail, err := harness.ParseMail(raw)
		if err != nil {
			return err
		}
		mail.Print(d.Out, []string{"From", "To", "Subject"}, 4)
		fmt.Fprintln(d.Out)
	}
	return nil
}

// counted shows who would get what, before anything is sent.
func (d *demo) counted(ctx context.Context) error {
	var err error
	if d.expected, err = expect(d.manifests); err != nil {
		return err
	}
	for _, name := range []string{staff, news} {
		broadcast, err := d.until(ctx, name, "its audience to be known", func(b *crier.Broadcast) bool { return b.Status.Audience != nil })
		if err != nil {
			return err
		}
		d.Say("status.audience of %s, suspended: nobody has been written to", d.key(name))
		raw, err := yaml.Marshal(broadcast.Status.Audience)
		if err != nil {
			return err
		}
		fmt.Fprint(d.Out, string(raw))
		if got, want := broadcast.Status.Audience.Recipients, len(d.expected.of[name]); got != int64(want) {
			return fmt.Errorf("%s would go to %d people, not to %d", name, got, want)
		}
	}
	stats, err := d.catcher.Stats(ctx)
	if n := d.expected.reached(stats); err == nil && n > 0 {
		err = fmt.Errorf("%d people have got something, and not only the testers", n)
	}
	return err
}

func (d *demo) until(ctx context.Context, name, what string, done func(*crier.Broadcast) bool) (*crier.Broadcast, error) {
	broadcast := &crier.Broadcast{}
	var stalled *metav1.Condition
	err := harness.Wait(ctx, what, patience, func(ctx context.Context) (bool, string, error) {
		err := d.kube.Client.Get(ctx, d.key(name), broadcast)
		stalled = meta.FindStatusCondition(broadcast.Status.Conditions, crier.ConditionStalled)
		return err == nil && (stalled != nil || done(broadcast)), string(broadcast.Status.Phase), err
	})
	if stalled != nil {
		err = fmt.Errorf("%s: %s: %s", d.key(name), stalled.Reason, stalled.Message)
	}
	return broadcast, err
}

func (d *demo) sendToStaff(ctx context.Context) error { return d.send(ctx, staff) }

func (d *demo) sendToReaders(ctx context.Context) error { return d.send(ctx, news) }

// send lets a Broadcast go, follows it, shows its report, and keeps some of its messages.
func (d *demo) send(ctx context.Context, name string) error {
	key := d.key(name)
	d.Say("kubectl -n %s patch broadcast %s --type=merge -p '{\"spec\":{\"suspend\":false}}'", key.Namespace, key.Name)
	broadcast := &crier.Broadcast{}
	broadcast.Namespace, broadcast.Name = key.Namespace, key.Name
	if err := d.kube.Client.Patch(ctx, broadcast, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"suspend":false}}`))); err != nil {
		return err
	}
	began := time.Now()
	broadcast, err := d.Follow(ctx, d.kube, key, 20*time.Minute, 10*time.Second)
	if err != nil {
		return err
	}
	seconds := time.Since(began).Seconds()
	fmt.Fprintf(d.Out, "%d recipients in %.0f seconds, the report among them\n", broadcast.Status.Totals.Intended, seconds)
	summary, err := d.report(ctx, broadcast)
	if err != nil {
		return err
	}
	d.Say("The report: ConfigMap %s, key summary.txt", broadcast.Status.ReportConfigMaps[0])
	fmt.Fprintln(d.Out, summary)
	d.expected.totals[name] = broadcast.Status.Totals
	return d.pick(ctx, name)
}
