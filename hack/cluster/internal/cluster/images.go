package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crier.dev/crier/hack/cluster/internal/config"
	"crier.dev/crier/hack/cluster/internal/image"
	"crier.dev/crier/hack/cluster/internal/layout"
)

// Load gives archives of images to the node.
func (c *Cluster) Load(ctx context.Context, archives []string) error {
	for _, archive := range archives {
		if _, err := c.ctr(ctx, "images", "import", archive); err != nil {
			return fmt.Errorf("load %s: %w", archive, err)
		}
		c.say("loaded %s", archive)
	}
	return nil
}

func (c *Cluster) dnsImage() string { return "crier.dev/cluster/coredns:" + c.Versions.CoreDNS }

// loadOwn makes and loads the images of the cluster itself.
func (c *Cluster) loadOwn(ctx context.Context) error {
	present, err := c.ctr(ctx, "images", "list", "--quiet")
	if err != nil {
		return err
	}
	for name, binary := range map[string]string{layout.PauseImage: "pause", c.dnsImage(): "coredns"} {
		if strings.Contains(present, name+"\n") {
			continue
		}
		archive := c.State.At(binary + ".tar")
		spec := image.Spec{Name: name, Binary: filepath.Join(c.Binaries, binary), Path: "/" + binary, User: 65532}
		if err := image.Write(spec, archive); err != nil {
			return fmt.Errorf("make the image of %s: %w", binary, err)
		}
		_, err := c.ctr(ctx, "images", "import", archive)
		os.Remove(archive)
		if err != nil {
			return fmt.Errorf("load the image of %s: %w", binary, err)
		}
	}
	return nil
}

// deployDNS applies the name server and waits until it is ready.
func (c *Cluster) deployDNS(ctx context.Context) error {
	if _, err := c.kubectl(ctx, config.CoreDNS(c.dnsImage()), "apply", "-f", "-"); err != nil {
		return fmt.Errorf("deploy the name server: %w", err)
	}
	return c.await(ctx, "kubelet", "the name server to become ready", 2*time.Minute, func() error {
		return c.conditionTrue(ctx, "deployment/coredns", "Available", "--namespace", "kube-system")
	})
}
