package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/e2e/harness"
)

// show prints what people look at: the table, the report, a message, the summary mail.
func (d *demo) show(ctx context.Context, broadcast *crier.Broadcast) error {
	d.Say("kubectl get broadcasts -A")
	table, err := d.kube.Kubectl(ctx, "", "get", "broadcasts", "-A")
	if err != nil {
		return err
	}
	fmt.Fprint(d.Out, table)
	if err := d.showReport(ctx, broadcast); err != nil {
		return err
	}
	d.Say("One of the messages, as the catcher received it")
	if err := d.showMessage(ctx); err != nil {
		return err
	}
	d.Say("The summary mail, as the catcher received it")
	return d.showSummary(ctx)
}

func (d *demo) showReport(ctx context.Context, broadcast *crier.Broadcast) error {
	if len(broadcast.Status.ReportConfigMaps) == 0 {
		return errors.New("the status names no report ConfigMap")
	}
	name := broadcast.Status.ReportConfigMaps[0]
	d.Say("The report: ConfigMap %s, key summary.txt", name)
	report := &corev1.ConfigMap{}
	if err := d.kube.Client.Get(ctx, client.ObjectKey{Namespace: broadcast.Namespace, Name: name}, report); err != nil {
		return err
	}
	fmt.Fprintln(d.Out, strings.TrimSpace(report.Data["summary.txt"]))
	return nil
}

func (d *demo) showMessage(ctx context.Context) error {
	for address := range d.samples.recipients {
		mail, err := d.last(ctx, address)
		if err != nil {
			return err
		}
		if mail != nil {
			mail.Print(d.Out, []string{"From", "To", "Subject", "Date", "Message-ID", "List-Id", "Precedence", "Auto-Submitted"}, 100)
			return nil
		}
	}
	return errors.New("the catcher received no message")
}

func (d *demo) showSummary(ctx context.Context) error {
	to, err := d.samples.reportAddressee()
	if err != nil {
		return err
	}
	mail, err := d.last(ctx, to)
	if err != nil {
		return err
	}
	if mail == nil {
		return fmt.Errorf("the catcher received no summary mail for %s", to)
	}
	mail.Print(d.Out, []string{"From", "To", "Subject"}, 16)
	return nil
}

// last is the last message to an address, nil if there is none.
func (d *demo) last(ctx context.Context, address string) (*harness.Mail, error) {
	raw, err := d.catcher.Last(ctx, address)
	if err != nil || raw == nil {
		return nil, err
	}
	return harness.ParseMail(raw)
}

func (d *demo) farewell() {
	d.Say("The cluster stays up. To look around:")
	kubectl := "kubectl"
	if !d.Existing {
		fmt.Fprintf(d.Out, "  export KUBECONFIG=%s\n", d.Kubeconfig())
		kubectl = d.KubectlPath()
	}
	name := d.samples.find("Broadcast").GetName()
	fmt.Fprintf(d.Out, `  %[1]s -n hr describe broadcast %[2]s
  %[1]s -n hr get configmap %[2]s-report -o yaml
  %[1]s -n %[3]s port-forward service/%[4]s 8025
      then http://127.0.0.1:8025/view/latest.html in a browser (the summary mail), and
      http://127.0.0.1:8025/api/v1/messages for a list
  make cluster-down   to take it away again
`, kubectl, name, namespace, mailpit)
	if d.Existing {
		fmt.Fprintf(d.Out, "  (on this cluster instead: delete the namespaces %s, hr and mail-platform, then helm uninstall crier -n %s)\n",
			namespace, harness.Namespace)
	}
}
