// Package build compiles the pinned components with the Go toolchain into a
// cache that outlives the cluster.
package build

import (
	"fmt"
	"slices"
	"strings"

	"crier.dev/crier/hack/cluster/internal/pins"
)

// Component is one binary and where its source is.
type Component struct {
	Name    string // of the binary
	Folder  string // relative to this program's module, where go build runs
	Package string // import path or relative package
	LDFlags string
}

// Components lists all that a cluster is made of, those first that serve as
// a control plane for tests without a node.
func Components(versions pins.Versions) []Component {
	kubernetes := func(name string) Component {
		return Component{
			Name: name, Folder: "components/kubernetes",
			Package: "k8s.io/kubernetes/cmd/" + name,
			LDFlags: kubernetesFlags(versions.Kubernetes),
		}
	}
	return []Component{
		kubernetes("kube-apiserver"),
		{Name: "etcd", Folder: "components/etcd", Package: "go.etcd.io/etcd/server/v3", LDFlags: "-s -w"},
		kubernetes("kubectl"),
		kubernetes("kubelet"),
		kubernetes("kube-controller-manager"),
		kubernetes("kube-scheduler"),
		kubernetes("kube-proxy"),
		{Name: "coredns", Folder: "components/coredns", Package: ".", LDFlags: "-s -w"},
		{Name: "pause", Folder: "pause", Package: ".", LDFlags: "-s -w"},
	}
}

// kubernetesFlags stamps the version that a release build would carry;
// without it the binaries report v0.0.0 and refuse to work with one another.
func kubernetesFlags(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	for len(parts) < 2 {
		parts = append(parts, "0")
	}
	flags := []string{"-s", "-w"}
	for _, holder := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags = append(flags,
			"-X", holder+".gitVersion="+version,
			"-X", holder+".gitMajor="+parts[0],
			"-X", holder+".gitMinor="+parts[1])
	}
	return strings.Join(flags, " ")
}

// Only keeps the components that names lists; an empty list keeps all.
func Only(all []Component, names []string) ([]Component, error) {
	if len(names) == 0 {
		return all, nil
	}
	var kept []Component
	for _, name := range names {
		at := slices.IndexFunc(all, func(c Component) bool { return c.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no component %q; there are: %s", name, strings.Join(Names(all), ", "))
		}
		kept = append(kept, all[at])
	}
	return kept, nil
}

// Names lists the components' names.
func Names(all []Component) []string {
	names := make([]string, len(all))
	for i, component := range all {
		names[i] = component.Name
	}
	return names
}
