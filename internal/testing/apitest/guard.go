package apitest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// guard ends the API server and etcd when this process dies without stopping
// them, as it does when a test panics or takes too long: they would otherwise
// run on for ever. It is a shell that waits for the end of a pipe that only
// this process holds. Where there is no Linux /proc it does nothing.
func guard() (dismiss func()) {
	nothing := func() {}
	children := childProcesses()
	if len(children) == 0 {
		return nothing
	}
	alive, held, err := os.Pipe()
	if err != nil {
		return nothing
	}
	// The shell outlives its caller by design, so it has no context.
	shell := exec.Command("sh", "-c", "read _; kill -9 "+strings.Join(children, " ")) //nolint:noctx // see above
	shell.Stdin = alive
	err = shell.Start()
	alive.Close()
	if err != nil {
		held.Close()
		return nothing
	}
	return func() {
		_ = shell.Process.Kill() // before the pipe ends: the numbers may be others' by now
		_ = shell.Wait()
		held.Close()
	}
}

func childProcesses() []string {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	if err != nil {
		return nil
	}
	var out []string
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err == nil {
			out = append(out, strings.Fields(string(text))...)
		}
	}
	return out
}
