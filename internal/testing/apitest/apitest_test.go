package apitest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func build(t *testing.T, dir string, names ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Missing binaries must never turn into tests that don't run.
func TestFindAssets(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	env := map[string]string{}
	getenv := func(key string) string { return env[key] }
	if dir, err := findAssets(getenv); err == nil || !strings.Contains(err.Error(), "hack/test-unit") {
		t.Errorf("nothing built: %q, %v", dir, err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(user, "crier", "bin")
	old := build(t, filepath.Join(bin, "kubernetes-v1.35.0"), "etcd", "kube-apiserver")
	build(t, filepath.Join(bin, "kubernetes-v1.36.0"), "etcd")
	if dir, err := findAssets(getenv); err != nil || dir != old {
		t.Errorf("one build is whole: %q, %v", dir, err)
	}
	newer := build(t, filepath.Join(bin, "kubernetes-v1.36.0"), "kube-apiserver")
	if dir, err := findAssets(getenv); err != nil || dir != newer {
		t.Errorf("two builds: %q, %v", dir, err)
	}
	env["KUBEBUILDER_ASSETS"] = old
	if dir, err := findAssets(getenv); err != nil || dir != old {
		t.Errorf("said by the environment: %q, %v", dir, err)
	}
	env["KUBEBUILDER_ASSETS"] = t.TempDir()
	if dir, err := findAssets(getenv); err == nil {
		t.Errorf("an empty folder: %q", dir)
	}
}
