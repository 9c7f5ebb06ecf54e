package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/bench/internal/tenants"
)

// newTenants measures many tenants of one manager.
func newTenants() *cobra.Command {
	f := &flags{}
	var o tenants.Options
	cmd := &cobra.Command{
		Use: "tenants", Short: "Measure what many tenants cost, and how long one makes another wait", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Namespaces < 2 || o.Rate < 1 || o.Probes < 1 {
				return errors.New("at least two namespaces, one probe, and one change a second")
			}
			o.Root, o.Assets, o.Crier, o.Out = f.options.Root, f.options.Assets, f.options.Crier, f.options.Out
			return tenants.Measure(cmd.Context(), o)
		},
	}
	f.add(cmd, "tenants.json")
	set := cmd.Flags()
	set.IntVar(&o.Namespaces, "namespaces", 1000, "namespaces, each with a set, a list, a Suppression and a Secret")
	set.IntVar(&o.Lists, "lists", 9000, "lists besides")
	set.IntVar(&o.Finished, "finished", 20_000, "Broadcasts that were sent")
	set.IntVar(&o.Waiting, "waiting", 500, "Broadcasts that wait")
	set.IntVar(&o.Rate, "rate", 50, "changes that one tenant makes in a second")
	set.IntVar(&o.Probes, "probes", 5, "urgent Broadcasts that are timed in each situation")
	set.DurationVar(&o.Rest, "rest", 10*time.Minute, "how long the manager rests before that")
	set.DurationVar(&o.Idle, "idle", time.Minute, "how long the manager is watched while nothing happens")
	return cmd
}
