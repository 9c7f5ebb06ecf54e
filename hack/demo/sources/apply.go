package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

const (
	// folder of the manifests.
	folder = "config/demo-sources"
	// window is how long the Broadcasts may be sent.
	window = 2 * time.Hour
	// patience is how long a source may take to be read, or a test copy to be sent.
	patience = 4 * time.Minute
)

// apply applies config/demo-sources with plain kubectl apply, after changing in a copy what can't
// stand in Git: where the servers are and whom to trust, and deadlines that lie ahead.
func (d *demo) apply(ctx context.Context) error {
	if err := d.patch(ctx, time.Now().Add(window)); err != nil {
		return err
	}
	d.Say("Making the Secrets, then kubectl apply -f %s", folder)
	fmt.Fprintf(d.Out, "Changed in a copy: hosts and certificate authorities of directory, database and Relay are those of this\nmachine, and the Broadcasts, called %s, may be sent for %s from now.\n\n",
		strings.Join(d.names(), " and "), window)
	namespaces := &harness.Manifests{Files: d.manifests.Files[:1]}
	if _, err := namespaces.Apply(ctx, d.kube); err != nil {
		return err
	}
	for _, object := range d.hidden() {
		if err := d.replace(ctx, object); err != nil {
			return err
		}
	}
	out, err := d.manifests.Apply(ctx, d.kube)
	fmt.Fprint(d.Out, out)
	return err
}

// replace puts an object in the place of that of an earlier run.
func (d *demo) replace(ctx context.Context, object client.Object) error {
	err := d.kube.Client.Update(ctx, object.DeepCopyObject().(client.Object))
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err != nil {
		return d.kube.Client.Create(ctx, object)
	}
	return nil
}

// staff and news are the Broadcasts' names in the manifests.
const (
	staff = "open-enrollment"
	news  = "winter-newsletter"
)

// key is a Broadcast as it is called in this run.
func (d *demo) key(name string) client.ObjectKey {
	for _, file := range d.manifests.Files {
		for _, object := range file.Objects {
			if object.GetKind() == "Broadcast" && strings.HasPrefix(object.GetName(), name) {
				return client.ObjectKeyFromObject(object)
			}
		}
	}
	return client.ObjectKey{}
}

func (d *demo) names() []string { return []string{d.key(staff).String(), d.key(news).String()} }

func (d *demo) patch(ctx context.Context, notAfter time.Time) error {
	m := d.manifests
	errs := []error{
		m.Set("Relay", "gateway", d.catcher.Host(), "spec", "host"),
		m.Set("Relay", "gateway", string(d.authority), "spec", "tls", "caBundle"),
		m.Set("SubscriberSet", "readers", d.database.Host, "spec", "source", "sql", "host"),
		m.Set("SubscriberSet", "readers", int64(d.database.Port), "spec", "source", "sql", "port"),
		m.Set("SubscriberSet", "readers", d.database.CA, "spec", "source", "sql", "tls", "caBundle"),
	}
	for _, set := range []string{"employees", onLeave} {
		errs = append(errs,
			m.Set("SubscriberSet", set, d.directory.LDAPS, "spec", "source", "ldap", "url"),
			m.Set("SubscriberSet", set, d.directory.CA, "spec", "source", "ldap", "tls", "caBundle"))
	}
	for _, name := range []string{staff, news} {
		broadcast := m.Find("Broadcast", name)
		errs = append(errs, m.Set("Broadcast", name, notAfter.UTC().Format(time.RFC3339), "spec", "notAfter"))
		fresh, err := d.kube.FreshName(ctx, broadcast.GetNamespace(), name)
		broadcast.SetName(fresh)
		broadcast.SetLabels(map[string]string{harness.LabelDemo: harness.Demo})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// synced waits until every set has been read.
func (d *demo) synced(ctx context.Context) error {
	d.Say("Reading the directory and the database")
	began := time.Now()
	err := harness.Wait(ctx, "the sources to be read", patience, func(ctx context.Context) (bool, string, error) {
		sets := &crier.SubscriberSetList{}
		if err := d.kube.Client.List(ctx, sets); err != nil {
			return false, "", err
		}
		for _, set := range sets.Items {
			if own := d.manifests.Find("SubscriberSet", set.Name); own == nil || own.GetNamespace() != set.Namespace {
				continue // another demonstration's, perhaps of the same name
			}
			c := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
			if c == nil || set.Status.ObservedGeneration != set.Generation || c.Status != "True" {
				return false, fmt.Sprintf("%s: %+v", set.Name, c), nil
			}
		}
		return true, "", nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "all within %.0f seconds\n", time.Since(began).Seconds())
	return d.print(ctx, "get", "subscribersets,suppressions,mailinglists", "-A", "-o", "wide")
}

// print shows a kubectl command and its output.
func (d *demo) print(ctx context.Context, args ...string) error {
	out, err := d.kube.Kubectl(ctx, "", args...)
	fmt.Fprintf(d.Out, "$ kubectl %s\n%s\n", strings.Join(args, " "), strings.TrimSpace(out))
	return err
}

// report is the summary of a Broadcast.
func (d *demo) report(ctx context.Context, broadcast *crier.Broadcast) (string, error) {
	if len(broadcast.Status.ReportConfigMaps) == 0 {
		return "", errors.New("the status names no report ConfigMap")
	}
	key := client.ObjectKey{Namespace: broadcast.Namespace, Name: broadcast.Status.ReportConfigMaps[0]}
	report := &corev1.ConfigMap{}
	err := d.kube.Client.Get(ctx, key, report)
	return strings.TrimSpace(report.Data["summary.txt"]), err
}
