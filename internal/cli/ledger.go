package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/held"
	"crier.dev/crier/internal/client/terminal"
	"crier.dev/crier/internal/delivery/heartbeat"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
)

// fieldManager is who writes, in managedFields: GitOps tools take fields back
// from kubectl, not from others.
const fieldManager = "crier-cli"

type ledgerFlags struct {
	cluster clusterFlags
	// operator is Crier's own namespace.
	operator string
	now      func() time.Time
}

func newLedgerCommand(now func() time.Time) *cobra.Command {
	f := &ledgerFlags{now: now}
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "What is held because it may have been sent already, and its release",
		Long: `What is held because it may have been sent already, and its release.

The ledger is Crier's memory of what was sent. After a restore of a backup it
doesn't know what was sent since. Crier writes a heartbeat into it, sees the gap,
and holds what could have been sent in it, until a person has looked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f.cluster.add(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVar(&f.operator, "crier-namespace", "crier-system", "namespace of Crier itself, where the heartbeat is")
	cmd.AddCommand(newLedgerShowCommand(f), newLedgerReleaseCommand(f))
	return cmd
}

func newLedgerShowCommand(f *ledgerFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what is held, since when, what of it is urgent, and how fresh the heartbeat is",
		Long: `Show what is held, since when, what of it is urgent, and how fresh the heartbeat
is.

It reads the Lease crier-ledger in Crier's namespace, and the Broadcasts of all
namespaces, or of one if you may not list those of all. What you may not read
costs its line.

Exit code 0: nothing is held, and the heartbeat is fresh; 1: something is held, or
the heartbeat is old; 2: neither could be read.`,
		Example:           `  crier ledger show`,
		Args:              wantArgs(0, 0, "show takes no arguments"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, namespace, err := f.cluster.connect()
			if err != nil {
				return exit{err, exitUsage}
			}
			view := look(cmd.Context(), c, f.operator, namespace, f.now())
			if err := view.WriteText(cmd.OutOrStdout()); err != nil {
				return exit{err, exitUsage}
			}
			switch {
			case view.Blind():
				return exit{errors.New("neither the heartbeat nor Broadcasts could be read"), exitUsage}
			case !view.Well():
				return exit{errors.New("something is held, or no Crier works"), exitProblems}
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// look reads what is held with the rights of whoever asks.
func look(ctx context.Context, c client.Client, operator, namespace string, now time.Time) *held.View {
	view := &held.View{Now: now}
	lease, err := heartbeatLease(ctx, c, operator)
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		view.Unknown = err.Error()
	default:
		beat := heartbeat.FromLease(lease, now)
		view.Beat = &beat
	}
	err = eachBroadcast(ctx, c, "", view.Take)
	if apierrors.IsForbidden(err) {
		view.Unlisted = err.Error()
		err = eachBroadcast(ctx, c, namespace, view.Take)
	}
	if err != nil {
		view.Unlisted = err.Error()
	}
	view.Sort()
	return view
}

// eachBroadcast lists in pages, for what waits with large contents.
func eachBroadcast(ctx context.Context, c client.Client, namespace string, do func(*crier.Broadcast)) error {
	options := &client.ListOptions{Namespace: namespace, Limit: 500}
	for {
		list := &crier.BroadcastList{}
		if err := c.List(ctx, list, options); err != nil {
			return err
		}
		for i := range list.Items {
			do(&list.Items[i])
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}

func heartbeatLease(ctx context.Context, c client.Client, operator string) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{}
	err := c.Get(ctx, client.ObjectKey{Namespace: operator, Name: names.HeartbeatLease}, lease)
	return lease, err
}

func newLedgerReleaseCommand(f *ledgerFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release [BROADCAST]",
		Short: "Let go on what is held because it may have been sent already",
		Long: `Let go on what is held because it may have been sent already.

Without a name: all that is held because no Crier wrote for a while (LedgerStale).
Crier goes on within a minute. You need get and patch on the Lease crier-ledger in
Crier's namespace.

With a name: a Broadcast that a backup brought back (Restored). You need get and
patch on it.

Look first: what was sent in that time is sent again.

Exit code 0: released, or nothing was held; 1: there is nothing of that name; 2: it
couldn't be done.`,
		Example: `  crier ledger release
  crier ledger release enrollment -n hr`,
		Args: wantArgs(0, 1, "name one Broadcast, or none for what the heartbeat holds"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
			defer cancel()
			return broadcastNames(ctx, f.cluster), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, namespace, err := f.cluster.connect()
			if err != nil {
				return exit{err, exitUsage}
			}
			var said string
			if len(args) == 0 {
				said, err = releaseGap(cmd.Context(), c, f.operator, f.now())
			} else {
				said, err = releaseRestored(cmd.Context(), c, client.ObjectKey{Namespace: namespace, Name: args[0]})
			}
			if apierrors.IsNotFound(err) {
				return exit{err, exitProblems}
			}
			if err != nil {
				return exit{err, exitUsage}
			}
			fmt.Fprintln(cmd.OutOrStdout(), said)
			return nil
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// releaseGap lets go on what the gap on the heartbeat holds: that gap, and none
// that comes meanwhile.
func releaseGap(ctx context.Context, c client.Client, operator string, now time.Time) (string, error) {
	lease, err := heartbeatLease(ctx, c, operator)
	if err != nil {
		return "", err
	}
	beat := heartbeat.FromLease(lease, now)
	gap := beat.Holds()
	if gap == nil {
		return "Nothing is held because of the heartbeat.", nil
	}
	if to, ok := lease.Annotations[crier.AnnotationGapTo]; !ok || to != gap.Name() {
		return "", fmt.Errorf("the annotations of Lease %s/%s can't be read; wait a minute until Crier has corrected them", operator, names.HeartbeatLease)
	}
	if err := annotate(ctx, c, lease, crier.AnnotationReleaseGap, gap.Name()); err != nil {
		return "", err
	}
	return fmt.Sprintf("Released: what could have been sent %s goes on within a minute.", gap.During()), nil
}

// releaseRestored lets a Broadcast go on that a restore brought back.
func releaseRestored(ctx context.Context, c client.Client, key client.ObjectKey) (string, error) {
	b := &crier.Broadcast{}
	if err := c.Get(ctx, key, b); err != nil {
		return "", err
	}
	restore, is := lifecycle.HeldRestore(b)
	name := terminal.Line(key.String())
	if !is {
		return fmt.Sprintf("Broadcast %s is not held as restored.", name), nil
	}
	if err := annotate(ctx, c, b, crier.AnnotationReleaseRestored, restore); err != nil {
		return "", err
	}
	return fmt.Sprintf("Released: Broadcast %s of restore %s goes on within a minute.", name, terminal.Line(restore)), nil
}

// annotate sets one annotation under the version that was looked at.
func annotate(ctx context.Context, c client.Client, obj client.Object, key, value string) error {
	before, _ := obj.DeepCopyObject().(client.Object)
	annotations := obj.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[key] = value
	obj.SetAnnotations(annotations)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	return c.Patch(ctx, obj, patch, client.FieldOwner(fieldManager))
}
