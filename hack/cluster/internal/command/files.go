package command

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/cluster/internal/cluster"
	"crier.dev/crier/hack/cluster/internal/image"
)

func load(the *cluster.Cluster) *cobra.Command {
	return &cobra.Command{
		Use:   "load TAR...",
		Short: "Give archives of images to the node (as root)",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, archives []string) error {
			if err := cluster.Check(); err != nil {
				return err
			}
			return the.Load(command.Context(), archives)
		},
	}
}

func imageCommand() *cobra.Command {
	var spec image.Spec
	var output string
	command := &cobra.Command{
		Use:   "image BINARY... --name NAME:TAG --output TAR",
		Short: "Pack static binaries as an image of one layer; the first is its entry point",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			spec.Binary, spec.Beside = arguments[0], arguments[1:]
			if !filepath.IsAbs(spec.Path) || filepath.Clean(spec.Path) != spec.Path || spec.Path == "/" {
				return fmt.Errorf("--entrypoint is %q, and must be an absolute path such as /crier", spec.Path)
			}
			if spec.User < 0 {
				return errors.New("--user must not be negative")
			}
			return image.Write(spec, output)
		},
	}
	command.Flags().StringVar(&spec.Name, "name", "", "name and tag, such as crier:dev")
	command.Flags().StringVar(&output, "output", "", "archive to write")
	command.Flags().StringVar(&spec.Path, "entrypoint", "/crier", "path of the first binary in the image")
	command.Flags().IntVar(&spec.User, "user", 65532, "number of the user and group that the process runs as")
	_ = command.MarkFlagRequired("name")
	_ = command.MarkFlagRequired("output")
	return command
}

func buildCommand(the *cluster.Cluster) *cobra.Command {
	var only []string
	command := &cobra.Command{
		Use:   "build",
		Short: "Compile the components without starting any; needs no root",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return the.Build(command.Context(), only) },
	}
	command.Flags().StringSliceVar(&only, "only", nil, "components to compile, separated by commas (default: all)")
	return command
}

func assets(the *cluster.Cluster) *cobra.Command {
	return &cobra.Command{
		Use:   "assets",
		Short: "Print the folder of the binaries, to use as KUBEBUILDER_ASSETS",
		Args:  cobra.NoArgs,
		Run:   func(command *cobra.Command, _ []string) { fmt.Fprintln(command.OutOrStdout(), the.Binaries) },
	}
}

func kubeconfig(the *cluster.Cluster) *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the administrator's kubeconfig",
		Args:  cobra.NoArgs,
		Run: func(command *cobra.Command, _ []string) {
			fmt.Fprintln(command.OutOrStdout(), the.State.Kubeconfig("admin"))
		},
	}
}
