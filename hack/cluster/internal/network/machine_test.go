package network

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSettingsComeBack(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, forwarding)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := remember(root)
	if len(before) != 1 || !before.Closed() {
		t.Fatalf("remembered %v", before)
	}
	if err := os.WriteFile(file, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if failures := before.restore(root); failures != nil {
		t.Fatal(failures)
	}
	if text, _ := os.ReadFile(file); string(text) != "0\n" {
		t.Errorf("the setting is %q, want it back at 0", text)
	}
}
