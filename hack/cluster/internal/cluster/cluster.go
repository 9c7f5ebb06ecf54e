// Package cluster brings a cluster of one node up and takes it down.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/pins"
	"crier.dev/crier/hack/cluster/internal/process"
)

// Cluster is one cluster on this machine.
type Cluster struct {
	State        layout.Folder
	Source       string // folder of this program's module
	Binaries     string // folder of the built components
	Versions     pins.Versions
	RestartPause time.Duration // see config.Options
	Out          io.Writer     // progress, one line at a time

	locked *os.File // stays open, since closing it would unlock
}

// elsewhere says what to do on a machine that cannot run the cluster.
const elsewhere = "to try Crier in a cluster that exists already, install the Helm chart in charts/crier"

// Check says why this machine cannot run the cluster, if it cannot.
func Check() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("the local cluster needs Linux, and this is %s; %s", runtime.GOOS, elsewhere)
	}
	if os.Geteuid() != 0 {
		return errors.New("the local cluster needs root: it makes network interfaces, packet filters and mounts; " +
			"run it as root on a machine you can spare, or " + elsewhere)
	}
	return nil
}

// lock keeps two programs from changing one cluster at the same time. The
// lock ends with the program.
func (c *Cluster) lock() error {
	folder, err := os.Open(string(c.State))
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another up or down is at work on %s", c.State)
	}
	c.locked = folder
	return nil
}

func (c *Cluster) manager() process.Manager { return process.Manager{Folder: c.State.At("pid")} }

// binary is the file that runs for a component.
func (c *Cluster) binary(component string) string {
	if component == "containerd" {
		return "containerd"
	}
	return filepath.Join(c.Binaries, component)
}

// kubectl runs kubectl as the cluster's administrator.
func (c *Cluster) kubectl(ctx context.Context, input string, arguments ...string) (string, error) {
	arguments = append([]string{"--kubeconfig=" + c.State.Kubeconfig("admin"), "--request-timeout=10s"}, arguments...)
	command := exec.CommandContext(ctx, c.binary("kubectl"), arguments...)
	command.Stdin = strings.NewReader(input)
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return strings.TrimSpace(string(said)), nil
}

// ctr runs containerd's client in the kubelet's namespace.
func (c *Cluster) ctr(ctx context.Context, arguments ...string) (string, error) {
	arguments = append([]string{"--address", c.State.Socket(), "--namespace", "k8s.io"}, arguments...)
	said, err := exec.CommandContext(ctx, "ctr", arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ctr: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return string(said), nil
}

func (c *Cluster) say(format string, arguments ...any) {
	fmt.Fprintf(c.Out, format+"\n", arguments...)
}
