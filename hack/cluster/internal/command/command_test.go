package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSource(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "hack", "cluster")
	marker := filepath.Join(module, "components", "kubernetes", "go.mod")
	if err := os.MkdirAll(filepath.Dir(marker), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, start := range []string{root, module, filepath.Join(module, "components"), filepath.Join(root, "hack")} {
		if got, err := source(start); err != nil || got != module {
			t.Errorf("from %s: %q, %v", start, got, err)
		}
	}
	if got, err := source(t.TempDir()); err == nil {
		t.Errorf("a folder without the source gave %q", got)
	}
}

func TestCommands(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	for _, test := range []struct {
		arguments string
		output    string
		failure   string
	}{
		{"assets", "/cache/crier/bin/kubernetes-v", ""},
		{"kubeconfig --state /elsewhere", "/elsewhere/kubeconfig/admin.yaml\n", ""},
		{"kubeconfig --state /", "", "cannot be used"},
		{"up --restart-pause 10ms", "", "from 1s to 300s"},
		{"image x --name crier:dev --output y --entrypoint crier", "", "absolute path"},
		{"image x --name crier --output y", "", "not of the form NAME:TAG"},
		{"build --only kubelte", "", "there is no component"},
	} {
		t.Run(test.arguments, func(t *testing.T) {
			var output bytes.Buffer
			root := New()
			root.SetOut(&output)
			root.SetArgs(strings.Fields(test.arguments))
			err := root.Execute()
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("the failure is %v, want %q", err, test.failure)
			}
			if !strings.HasPrefix(output.String(), test.output) {
				t.Errorf("the output is %q, want %q", output.String(), test.output)
			}
		})
	}
}
