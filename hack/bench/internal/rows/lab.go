// Package rows holds the measurements, each a row of a table: what is
// measured, against which reference in the same run, and the bar.
package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"crier.dev/crier/hack/bench/internal/kubelet"
	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/plane"
	"crier.dev/crier/hack/bench/internal/postfix"
)

// Options say how much is measured.
type Options struct {
	// Root of the repository; Assets has kube-apiserver and etcd.
	Root, Assets string
	// Crier is the shipped binary, Self this program.
	Crier, Self string
	// Messages of one run on loopback; Rounds of alternating runs.
	Messages, Rounds int
	// Large is how many recipients the rows of a million have.
	Large int
	// Connections of the Relay and of go-mail.
	Connections int
	// Out gets progress.
	Out io.Writer
}

// Lab is what measurements are made in.
type Lab struct {
	Options
	tools   *postfix.Tools
	plane   *plane.Plane
	manager *operator.Manager
	kubelet *kubelet.Kubelet

	sends int
	size  int // mean octets of a message; 0 until a sample was checked

}

// Open gets the reference programs and starts control plane and manager.
func Open(ctx context.Context, o Options) (*Lab, error) {
	l := &Lab{Options: o}
	var err error
	if l.tools, err = postfix.Fetch(ctx); err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cache, "crier", "bench")
	if l.plane, err = plane.Start(ctx, o.Root, o.Assets, folder); err != nil {
		return nil, err
	}
	if l.manager, err = operator.StartManager(ctx, o.Crier, l.plane.Kubeconfig, l.plane.Folder); err != nil {
		return nil, errors.Join(err, l.plane.Stop())
	}
	l.kubelet = &kubelet.Kubelet{Plane: l.plane, Binary: filepath.Join(filepath.Dir(o.Crier), "crier-sender")}
	if err := operator.Prepare(ctx, l.plane.Client); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close ends all of it and removes its data.
func (l *Lab) Close() error {
	l.manager.Stop()
	return l.plane.Stop()
}

// say prints what is being done, with the time.
func (l *Lab) say(format string, args ...any) {
	fmt.Fprintf(l.Out, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
