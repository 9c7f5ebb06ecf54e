package build

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuildCompilesOnceAndKeeps(t *testing.T) {
	source, into := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "go.mod"), "module example.org/x\n\ngo 1.26\n")
	write(t, filepath.Join(source, "main.go"), "package main\n\nfunc main() {}\n")
	var log strings.Builder
	builder := Builder{Source: source, Into: into, Log: &log}
	one := []Component{{Name: "x", Folder: ".", Package: ".", LDFlags: "-s -w"}}
	if err := builder.Build(context.Background(), one); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "build 1 of 1: x") {
		t.Errorf("no progress line in %q", log.String())
	}
	write(t, filepath.Join(source, "main.go"), "no Go at all")
	if err := builder.Build(context.Background(), one); err != nil {
		t.Errorf("a binary that is there was built again: %v", err)
	}
	entries, _ := os.ReadDir(into)
	if len(entries) != 1 {
		t.Errorf("the folder holds %v, want the binary alone", entries)
	}
}

func TestBuildFailureShowsTheCompiler(t *testing.T) {
	source := t.TempDir()
	write(t, filepath.Join(source, "go.mod"), "module example.org/x\n\ngo 1.26\n")
	write(t, filepath.Join(source, "main.go"), "package main\n\nfunc main() { undefined() }\n")
	builder := Builder{Source: source, Into: t.TempDir(), Log: io.Discard}
	err := builder.Build(context.Background(), []Component{{Name: "x", Folder: ".", Package: "."}})
	if err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("got %v, want what the compiler said", err)
	}
}

func TestCacheFolder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	if got, _ := CacheFolder("v1"); got != "/cache/crier/bin/v1" {
		t.Errorf("got %q", got)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "/home/you")
	if got, _ := CacheFolder("v1"); got != "/home/you/.cache/crier/bin/v1" {
		t.Errorf("got %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
