package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crier.dev/crier/hack/cluster/internal/config"
	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/packages"
	"crier.dev/crier/hack/cluster/internal/pki"
)

// identities are the holders of certificates by the names of their files.
var identities = map[string]pki.Identity{
	"etcd": {Name: "etcd", Hosts: []string{"127.0.0.1", "localhost"}},
	"kube-apiserver": {
		Name: "kube-apiserver", Groups: []string{"system:masters"},
		Hosts: []string{
			layout.NodeAddress, layout.APIService, "kubernetes", "kubernetes.default",
			"kubernetes.default.svc", "kubernetes.default.svc." + layout.Domain,
		},
	},
	"kubelet": {
		Name: "system:node:" + layout.NodeName, Groups: []string{"system:nodes"},
		Hosts: []string{layout.NodeName, layout.NodeAddress},
	},
	"service-account":         {Name: "service-account"},
	"admin":                   {Name: "admin", Groups: []string{"system:masters"}},
	"kube-controller-manager": {Name: "system:kube-controller-manager", Hosts: []string{"127.0.0.1"}},
	"kube-scheduler":          {Name: "system:kube-scheduler", Hosts: []string{"127.0.0.1"}},
	"kube-proxy":              {Name: "system:kube-proxy"},
}

// clients are those that need a kubeconfig.
var clients = []string{"admin", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"}

func (c *Cluster) makeFolders() error {
	for _, name := range []string{"pki", "kubeconfig", "config", "config/cni", "log", "log/pods", "pid", "kubelet", "etcd", "cni"} {
		if err := os.MkdirAll(c.State.At(name), 0o700); err != nil {
			return fmt.Errorf("make the state folder: %w", err)
		}
	}
	return nil
}

// writeIdentities makes all certificates, unless those of an earlier up are
// still valid.
func (c *Cluster) writeIdentities(now time.Time) error {
	if pki.Usable(c.State.Certificate("admin"), now) {
		return nil
	}
	authority, err := pki.NewAuthority("crier-cluster", now)
	if err != nil {
		return err
	}
	if err := authority.Write(c.State.Certificate("ca"), c.State.Key("ca")); err != nil {
		return err
	}
	for name, identity := range identities {
		if name == "admin" {
			continue // last: its presence says that the others are there
		}
		if err := c.issue(authority, name, identity, now); err != nil {
			return err
		}
	}
	return c.issue(authority, "admin", identities["admin"], now)
}

func (c *Cluster) issue(authority pki.Pair, name string, identity pki.Identity, now time.Time) error {
	pair, err := authority.Issue(identity, now)
	if err != nil {
		return err
	}
	return pair.Write(c.State.Certificate(name), c.State.Key(name))
}

// writeConfig writes all configuration files. It returns the components
// whose own file has changed.
func (c *Cluster) writeConfig() ([]string, error) {
	var changed []string
	options := config.Options{RestartPause: c.RestartPause, PluginFolder: packages.PluginFolder()}
	for name, text := range config.Files(c.State, options) {
		path := c.State.Config(name)
		before, err := os.ReadFile(path)
		if err == nil && bytes.Equal(before, []byte(text)) {
			continue
		}
		if err == nil {
			changed = append(changed, strings.TrimSuffix(name, filepath.Ext(name)))
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write the configuration: %w", err)
		}
	}
	for _, user := range clients {
		if err := os.WriteFile(c.State.Kubeconfig(user), []byte(config.Kubeconfig(c.State, user)), 0o600); err != nil {
			return nil, fmt.Errorf("write a kubeconfig: %w", err)
		}
	}
	return changed, nil
}
