package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

// newSenderCommand is for Jobs of the release before, whose pods have a program of
// their own since: it becomes that one, which is beside it in the image.
func newSenderCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "sender",
		Short:              "Become crier-sender (for Jobs of the release before)",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			own, err := os.Executable()
			if err != nil {
				return err
			}
			program := filepath.Join(filepath.Dir(own), "crier-sender")
			if err := syscall.Exec(program, append([]string{program}, args...), os.Environ()); err != nil {
				return fmt.Errorf("start %s: %w", program, err)
			}
			return nil
		},
	}
}
