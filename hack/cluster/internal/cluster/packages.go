package cluster

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"crier.dev/crier/hack/cluster/internal/packages"
)

// packageFile lists the Debian packages that some up on this machine
// installed. It is beside the built binaries, since both outlive a cluster.
func (c *Cluster) packageFile() string {
	return filepath.Join(filepath.Dir(c.Binaries), "debian-packages")
}

func (c *Cluster) installPackages(ctx context.Context) error {
	missing := packages.Missing()
	if len(missing) == 0 {
		return nil
	}
	added, err := packages.Install(ctx, missing, c.Out)
	if err != nil {
		return err
	}
	all := strings.Join(append(c.installedPackages(), added...), "\n") + "\n"
	if err := os.MkdirAll(filepath.Dir(c.packageFile()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(c.packageFile(), []byte(all), 0o644)
}

func (c *Cluster) installedPackages() []string {
	text, _ := os.ReadFile(c.packageFile())
	return strings.Fields(string(text))
}
