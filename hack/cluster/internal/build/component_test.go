package build

import (
	"strings"
	"testing"

	"crier.dev/crier/hack/cluster/internal/pins"
)

func TestOnly(t *testing.T) {
	all := Components(pins.Versions{Kubernetes: "v1.36.3"})
	kept, err := Only(all, []string{"etcd", "kubectl"})
	if err != nil || strings.Join(Names(kept), " ") != "etcd kubectl" {
		t.Errorf("Only gave %v, %v", Names(kept), err)
	}
	if kept, _ = Only(all, nil); len(kept) != len(all) {
		t.Errorf("no names kept %d of %d", len(kept), len(all))
	}
	if _, err = Only(all, []string{"kubelte"}); err == nil || !strings.Contains(err.Error(), "kubelet,") {
		t.Errorf("a misspelt name gave %v, want the list of names", err)
	}
}

func TestKubernetesFlags(t *testing.T) {
	flags := kubernetesFlags("v1.36.3")
	for _, want := range []string{
		"k8s.io/component-base/version.gitVersion=v1.36.3",
		"k8s.io/component-base/version.gitMajor=1",
		"k8s.io/client-go/pkg/version.gitMinor=36",
	} {
		if !strings.Contains(flags, want) {
			t.Errorf("flags %q lack %q", flags, want)
		}
	}
}
