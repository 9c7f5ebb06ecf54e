package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"crier.dev/crier/hack/bench/internal/rows"
	"crier.dev/crier/hack/e2e/harness"
)

// newMillion measures on the local cluster, with Crier installed by its chart.
func newMillion() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use: "million", Short: "Measure a million recipients on the local cluster (root, Debian)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			results := &rows.Results{}
			err := f.million(cmd.Context(), results)
			return errors.Join(err, f.conclude(results))
		},
	}
	f.add(cmd, "million.json")
	return cmd
}

func (f *flags) million(ctx context.Context, results *rows.Results) error {
	if os.Getenv("CLUSTER") == "existing" {
		return errors.New("the sink is a process of this machine, so the cluster has to be the local one")
	}
	setup, err := harness.FromEnvironment(os.Stdout)
	if err != nil {
		return err
	}
	loopback, err := rows.LoopbackRate(ctx, f.options)
	if err != nil {
		return err
	}
	kube, err := setup.Prepare(ctx, false)
	if err != nil {
		return err
	}
	if os.Getenv("KEEP") != "1" {
		defer func() {
			if err := setup.Cluster(context.WithoutCancel(ctx), "down"); err != nil {
				fmt.Fprintln(os.Stderr, "taking the cluster down:", err)
			}
		}()
	}
	node, err := nodeAddress(ctx, kube)
	if err != nil {
		return err
	}
	row, err := rows.Million(ctx, f.options, rows.Cluster{Client: kube.Client, Node: node}, loopback)
	if err == nil {
		results.Rows = append(results.Rows, row)
	}
	return err
}

// nodeAddress is where pods reach this machine.
func nodeAddress(ctx context.Context, kube *harness.Kube) (string, error) {
	nodes := &corev1.NodeList{}
	if err := kube.Client.List(ctx, nodes); err != nil {
		return "", err
	}
	for _, node := range nodes.Items {
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeInternalIP {
				return address.Address, nil
			}
		}
	}
	return "", errors.New("the cluster's node has no address")
}
