package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"crier.dev/crier/hack/e2e/harness"
)

// window is how long the demonstration's Broadcast may be sent.
const window = time.Hour

// apply applies config/samples with plain kubectl apply, after changing in a copy what can't
// stand in Git: where the catcher is and whom to trust, and a deadline that lies ahead.
func (d *demo) apply(ctx context.Context) error {
	sample := d.samples.find("Broadcast")
	name, err := d.kube.FreshName(ctx, sample.GetNamespace(), sample.GetName())
	if err != nil {
		return err
	}
	if err := d.patch(name, time.Now().Add(window)); err != nil {
		return err
	}
	d.Say("Applying config/samples with kubectl apply")
	fmt.Fprintf(d.Out, "Changed in a copy: the Relay's host and certificate authority are the catcher's; the Broadcast is\nhr/%s and may be sent for %s from now.\n\n", name, window)
	out, err := d.samples.Apply(ctx, d.kube)
	fmt.Fprint(d.Out, out)
	return err
}

func (d *demo) patch(name string, notAfter time.Time) error {
	relay, broadcast := d.samples.find("Relay"), d.samples.find("Broadcast")
	broadcast.SetName(name)
	broadcast.SetLabels(map[string]string{harness.LabelDemo: harness.Demo})
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
