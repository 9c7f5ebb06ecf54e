package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crier.dev/crier/hack/cluster/internal/config"
	"crier.dev/crier/hack/cluster/internal/network"
)

// Down ends the cluster and takes away everything that it made, except for
// the built binaries, which purge removes as well.
func (c *Cluster) Down(_ context.Context, purge bool) error {
	if err := Check(); err != nil {
		return err
	}
	if c.Exists() {
		if err := c.remove(); err != nil {
			return err
		}
		c.say("the cluster is gone, with its state in %s", c.State)
	} else {
		c.say("there is no cluster in %s", c.State)
	}
	if names := c.installedPackages(); len(names) > 0 {
		c.say("left on this machine: Debian packages %s", strings.Join(names, " "))
		c.say("  remove them with: apt-get purge %s", strings.Join(names, " "))
	}
	if !purge {
		c.say("left on this machine: built binaries in %s (down --purge removes them)", filepath.Dir(c.Binaries))
		return nil
	}
	return os.RemoveAll(filepath.Dir(c.Binaries))
}

func (c *Cluster) remove() error {
	if err := c.lock(); err != nil {
		return err
	}
	record, err := c.recall()
	if err != nil {
		return err
	}
	failures := c.endProcesses()
	failures = append(failures, unmountBeneath(string(c.State))...)
	failures = append(failures, network.Down()...)
	failures = append(failures, removeGroups()...)
	failures = append(failures, record.Settings.Restore()...)
	for _, path := range record.Absent {
		failures = append(failures, unmountBeneath(path)...)
		if err := removeFolder(path); err != nil {
			failures = append(failures, err.Error())
		}
	}
	if len(failures) == 0 {
		if err := removeFolder(string(c.State)); err != nil {
			failures = append(failures, err.Error())
		}
	}
	if len(failures) > 0 {
		return fmt.Errorf("this could not be taken away; put it right and run down again:\n  %s", strings.Join(failures, "\n  "))
	}
	return nil
}

// endProcesses ends the node's part before the containers, or the kubelet
// would start these anew.
func (c *Cluster) endProcesses() []string {
	var failures []string
	for _, component := range slices.Backward(config.Order) {
		if component == "containerd" {
			failures = append(failures, endContainers(c.State.Socket())...)
		}
		if err := c.manager().Stop(component, 5*time.Second); err != nil {
			failures = append(failures, err.Error())
		}
	}
	return failures
}
