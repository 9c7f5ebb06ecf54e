// Package command is the command line of the local cluster.
package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/cluster/internal/build"
	"crier.dev/crier/hack/cluster/internal/cluster"
	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/pins"
)

// New gives the root command.
func New() *cobra.Command {
	the := &cluster.Cluster{Out: os.Stdout}
	root := &cobra.Command{
		Use:           "cluster",
		Short:         "A Kubernetes of one node on this machine, without Docker or an image registry",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			return complete(the)
		},
	}
	root.PersistentFlags().StringVar((*string)(&the.State), "state", layout.DefaultRoot, "folder for all that the cluster keeps")
	root.PersistentFlags().StringVar(&the.Source, "source", "", "folder of this program's source (default: found from the working folder)")
	root.AddCommand(up(the), down(the), status(the), load(the), imageCommand(), buildCommand(the), assets(the), kubeconfig(the))
	root.AddCommand(controls(the)...)
	return root
}

// complete fills in what follows from the source folder.
func complete(the *cluster.Cluster) (err error) {
	state, err := filepath.Abs(string(the.State))
	if err != nil {
		return err
	}
	if strings.ContainsAny(state, " \"\\,") || state == "/" {
		return fmt.Errorf("the state folder %q cannot be used: choose a plain path without spaces", state)
	}
	the.State = layout.Folder(state)
	if the.Source == "" {
		if the.Source, err = source("."); err != nil {
			return err
		}
	}
	if the.Versions, err = pins.Read(the.Source); err != nil {
		return err
	}
	the.Binaries, err = build.CacheFolder(the.Versions.Label())
	return err
}

// source looks for this program's module in the working folder, in those
// above it, and in hack/cluster of each.
func source(start string) (string, error) {
	folder, err := filepath.Abs(start)
	if err != nil {
		return "", err
	}
	for {
		for _, candidate := range []string{folder, filepath.Join(folder, "hack", "cluster")} {
			if _, err := os.Stat(filepath.Join(candidate, "components", "kubernetes", "go.mod")); err == nil {
				return candidate, nil
			}
		}
		if filepath.Dir(folder) == folder {
			return "", errors.New("the source of this program is not in the working folder; give it with --source")
		}
		folder = filepath.Dir(folder)
	}
}

func up(the *cluster.Cluster) *cobra.Command {
	var images []string
	command := &cobra.Command{
		Use:   "up",
		Short: "Bring the cluster up, or what of it is not up (as root)",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if the.RestartPause < time.Second || the.RestartPause > 300*time.Second {
				return fmt.Errorf("--restart-pause is %s, and must be from 1s to 300s", the.RestartPause)
			}
			return the.Up(command.Context(), images)
		},
	}
	command.Flags().StringSliceVar(&images, "image", nil, "archive of an image to load; may be given several times")
	command.Flags().DurationVar(&the.RestartPause, "restart-pause", time.Second,
		"longest wait before a crashed container starts again; a usual cluster has 300s")
	return command
}

func down(the *cluster.Cluster) *cobra.Command {
	var purge bool
	command := &cobra.Command{
		Use:   "down",
		Short: "Take the cluster away, with everything it made on this machine (as root)",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return the.Down(command.Context(), purge) },
	}
	command.Flags().BoolVar(&purge, "purge", false, "remove the built binaries too")
	return command
}

func status(the *cluster.Cluster) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the components and the node; fails when one is not running",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return the.Status(command.Context()) },
	}
}

func controls(the *cluster.Cluster) []*cobra.Command {
	var commands []*cobra.Command
	for verb, short := range map[string]string{
		"stop":    "End a component",
		"start":   "Start a component that was stopped",
		"restart": "Stop a component and start it again",
		"freeze":  "Halt a component where it is, as a hung machine would",
		"thaw":    "Let a frozen component go on",
	} {
		commands = append(commands, &cobra.Command{
			Use:   verb + " COMPONENT",
			Short: short,
			Args:  cobra.ExactArgs(1),
			RunE: func(command *cobra.Command, arguments []string) error {
				return the.Control(command.Context(), verb, arguments[0])
			},
		})
	}
	return commands
}
