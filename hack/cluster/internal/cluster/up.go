package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"crier.dev/crier/hack/cluster/internal/build"
	"crier.dev/crier/hack/cluster/internal/config"
	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/network"
	"crier.dev/crier/hack/cluster/internal/process"
)

// Up brings up what is not up, and loads the archives of images. It returns
// when the node and the name server are ready.
func (c *Cluster) Up(ctx context.Context, images []string) error {
	began := time.Now()
	if err := Check(); err != nil {
		return err
	}
	if err := readable(images); err != nil {
		return err
	}
	if err := c.installPackages(ctx); err != nil {
		return err
	}
	if err := c.Build(ctx, nil); err != nil {
		return err
	}
	changed, err := c.prepare()
	if err != nil {
		return err
	}
	if err := c.startAll(ctx, changed); err != nil {
		return err
	}
	if err := c.deployDNS(ctx); err != nil {
		return err
	}
	if err := c.Load(ctx, images); err != nil {
		return err
	}
	c.say("the cluster is up after %.0f s; use it with", time.Since(began).Seconds())
	c.say("  export KUBECONFIG=%s PATH=%s:$PATH", c.State.Kubeconfig("admin"), c.Binaries)
	return nil
}

// Build compiles the named components, or all.
func (c *Cluster) Build(ctx context.Context, names []string) error {
	wanted, err := build.Only(build.Components(c.Versions), names)
	if err != nil {
		return err
	}
	return build.Builder{Source: c.Source, Into: c.Binaries, Log: c.Out}.Build(ctx, wanted)
}

// prepare makes everything that the components find when they start. It
// returns the components whose configuration has changed.
func (c *Cluster) prepare() ([]string, error) {
	if !c.Exists() {
		if network.Foreign() {
			return nil, errors.New("packet filters of a kube-proxy are on this machine, so another Kubernetes runs here " +
				"or left them behind; two of them undo one another's rules; " + elsewhere)
		}
		if network.Present() {
			return nil, fmt.Errorf("the bridge %s is there, but %s holds no cluster; give the other cluster's folder with --state", layout.Bridge, c.State)
		}
	}
	if err := c.makeFolders(); err != nil {
		return nil, err
	}
	if err := c.lock(); err != nil {
		return nil, err
	}
	record, err := c.remember()
	if err != nil {
		return nil, err
	}
	if err := c.writeIdentities(time.Now()); err != nil {
		return nil, err
	}
	changed, err := c.writeConfig()
	if err != nil {
		return nil, err
	}
	if err := network.Forward(); err != nil {
		return nil, fmt.Errorf("let the machine forward packets between pods: %w", err)
	}
	return changed, network.Up(record.Settings.Closed())
}

func (c *Cluster) startAll(ctx context.Context, changed []string) error {
	for _, component := range config.Order {
		if slices.Contains(changed, component) {
			c.say("restart %s: its configuration has changed", component)
			if err := c.manager().Stop(component, 10*time.Second); err != nil {
				return err
			}
		}
		switch c.manager().State(component) {
		case process.Frozen:
			return fmt.Errorf("%s is frozen; let it go on first: go run . thaw %s", component, component)
		case process.Stopped:
			c.say("start %s", component)
		}
		if err := c.Start(ctx, component); err != nil {
			return err
		}
		if component == "containerd" {
			if err := c.loadOwn(ctx); err != nil {
				return err
			}
		}
	}
	return c.await(ctx, "kubelet", "the node to become ready", 2*time.Minute, func() error {
		return c.conditionTrue(ctx, "node/"+layout.NodeName, "Ready")
	})
}

// readable finds a misspelt path before minutes go into a build.
func readable(paths []string) error {
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("read an archive of an image: %w", err)
		}
		file.Close()
	}
	return nil
}
