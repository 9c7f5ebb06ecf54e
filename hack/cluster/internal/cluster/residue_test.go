package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"crier.dev/crier/hack/cluster/internal/layout"
)

func TestMountsBeneath(t *testing.T) {
	const mounts = `/dev/sda / ext4 rw 0 0
tmpfs /state/kubelet/pods/a tmpfs rw 0 0
overlay /state/containerd/with\040space overlay rw 0 0
tmpfs /state-of-somebody-else tmpfs rw 0 0
tmpfs /state/kubelet/pods/a/inner tmpfs rw 0 0
`
	got := mountsBeneath("/state", mounts)
	want := []string{"/state/kubelet/pods/a/inner", "/state/containerd/with space", "/state/kubelet/pods/a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRecordNeverNamesOtherFolders(t *testing.T) {
	c := &Cluster{State: layout.Folder(t.TempDir())}
	if c.Exists() {
		t.Fatal("an empty folder is a cluster")
	}
	text := []byte(`{"absent": ["/var/lib/cni", "/home", "/"]}`)
	if err := os.WriteFile(filepath.Join(string(c.State), "before.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	record, err := c.recall()
	if err != nil || !slices.Equal(record.Absent, []string{"/var/lib/cni"}) {
		t.Errorf("down would remove %q, %v", record.Absent, err)
	}
}

func TestControlNamesTheComponents(t *testing.T) {
	c := &Cluster{State: layout.Folder(t.TempDir())}
	const want = `there is no component "kubelte"; there are: containerd, etcd, kube-apiserver, ` +
		"kube-controller-manager, kube-scheduler, kubelet, kube-proxy"
	if err := c.Control(t.Context(), "stop", "kubelte"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestConfigNamesWhatChanged(t *testing.T) {
	c := &Cluster{State: layout.Folder(t.TempDir())}
	if err := c.makeFolders(); err != nil {
		t.Fatal(err)
	}
	if changed, err := c.writeConfig(); err != nil || changed != nil {
		t.Fatalf("a first writing changed %v, %v", changed, err)
	}
	c.RestartPause = 5e9
	changed, err := c.writeConfig()
	if err != nil || !slices.Equal(changed, []string{"kubelet"}) {
		t.Errorf("another pause changed %v, %v; want the kubelet alone", changed, err)
	}
	for _, user := range clients {
		info, err := os.Stat(c.State.Kubeconfig(user))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the kubeconfig of %s: %v %v", user, info, err)
		}
	}
}
