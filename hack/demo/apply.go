package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	crier "crier.dev/crier/api/v1alpha1"
)

// window is how long the demonstration's Broadcast may be sent.
const window = time.Hour

// apply applies config/samples with plain kubectl apply, after changing in a copy what can't
// stand in Git: where the catcher is and whom to trust, and a deadline that lies ahead.
func (d *demo) apply(ctx context.Context) error {
	name, err := d.freshName(ctx)
	if err != nil {
		return err
	}
	if err := d.patch(name, time.Now().Add(window)); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "crier-samples-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := d.samples.write(folder); err != nil {
		return err
	}
	d.Say("Applying config/samples with kubectl apply")
	fmt.Fprintf(d.Out, "Changed in a copy: the Relay's host and certificate authority are the catcher's; the Broadcast is\nhr/%s and may be sent for %s from now.\n\n", name, window)
	out, err := d.kube.Kubectl(ctx, "", "apply", "-f", folder)
	fmt.Fprint(d.Out, out)
	return err
}

// freshName is the sample's name for a Broadcast, or with a number behind it: Crier remembers
// what it sent under a name, and never sends it again.
func (d *demo) freshName(ctx context.Context) (string, error) {
	records := &crier.DeliveryRecordList{}
	if err := d.kube.Client.List(ctx, records); err != nil {
		return "", err
	}
	sample := d.samples.find("Broadcast")
	used := map[string]bool{}
	for _, record := range records.Items {
		if record.Spec.Namespace == sample.GetNamespace() {
			used[record.Spec.Broadcast] = true
		}
	}
	name := sample.GetName()
	for n := 2; used[name]; n++ {
		name = fmt.Sprintf("%s-%d", sample.GetName(), n)
	}
	return name, nil
}

func (d *demo) patch(name string, notAfter time.Time) error {
	relay, broadcast := d.samples.find("Relay"), d.samples.find("Broadcast")
	broadcast.SetName(name)
	for _, change := range []struct {
		object *unstructured.Unstructured
		value  string
		path   []string
	}{
		{relay, d.catcher.Host(), []string{"spec", "host"}},
		{relay, string(d.authority), []string{"spec", "tls", "caBundle"}},
		{broadcast, notAfter.UTC().Format(time.RFC3339), []string{"spec", "notAfter"}},
	} {
		if err := unstructured.SetNestedField(change.object.Object, change.value, change.path...); err != nil {
			return err
		}
	}
	return nil
}
