// Package postfix runs smtp-sink and smtp-source, Postfix' own programs for
// measuring SMTP, out of Debian's package without installing it.
package postfix

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tools are the two programs, unpacked in a folder.
type Tools struct{ root string }

// Fetch unpacks Debian's package postfix into a folder of the user's cache,
// unless it is there, and the libraries that it needs and this machine lacks.
// It needs neither root nor a change to the machine.
func Fetch(ctx context.Context) (*Tools, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	t := &Tools{root: filepath.Join(cache, "crier", "bench", "postfix")}
	if t.works(ctx) == nil {
		return t, nil
	}
	if err := t.unpack(ctx, "postfix"); err != nil {
		return nil, err
	}
	if t.works(ctx) == nil {
		return t, nil
	}
	libraries, err := libraries(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.unpack(ctx, libraries...); err != nil {
		return nil, err
	}
	return t, t.works(ctx)
}

// works asks the linker for everything that both programs need.
func (t *Tools) works(ctx context.Context) error {
	for _, name := range []string{"smtp-sink", "smtp-source"} {
		cmd := exec.CommandContext(ctx, "ldd", t.path(name))
		cmd.Env = t.environment()
		said, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s is not there: %w", name, err)
		}
		for line := range strings.Lines(string(said)) {
			if strings.Contains(line, "not found") {
				return fmt.Errorf("%s needs %s", name, strings.TrimSpace(line))
			}
		}
	}
	return nil
}

// libraries are the packages with libraries that postfix depends on, directly
// or not, and that aren't installed.
func libraries(ctx context.Context) ([]string, error) {
	said, err := exec.CommandContext(ctx, "apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
		"--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", "postfix").Output()
	if err != nil {
		return nil, fmt.Errorf("apt-cache depends postfix: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(said)) {
		name := strings.TrimRight(line, "\n")
		if !strings.HasPrefix(name, "lib") || strings.HasPrefix(name, "libc6") {
			continue
		}
		if exec.CommandContext(ctx, "dpkg-query", "-W", name).Run() != nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// unpack downloads packages from the machine's own Debian mirror.
func (t *Tools) unpack(ctx context.Context, packages ...string) error {
	if len(packages) == 0 {
		return nil
	}
	if err := os.MkdirAll(t.root, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(t.root, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	download := exec.CommandContext(ctx, "apt-get", append([]string{"-qq", "download"}, packages...)...)
	download.Dir = folder
	if said, err := download.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get download %s (apt-get update may help): %w: %s",
			strings.Join(packages, " "), err, strings.TrimSpace(string(said)))
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if said, err := exec.CommandContext(ctx, "dpkg-deb", "-x", file, t.root).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg-deb -x %s: %w: %s", filepath.Base(file), err, said)
		}
	}
	return nil
}

func (t *Tools) path(name string) string { return filepath.Join(t.root, "usr", "sbin", name) }

// environment lets the linker find the libraries that were unpacked.
func (t *Tools) environment() []string {
	folders := []string{filepath.Join(t.root, "usr", "lib", "postfix")}
	for _, pattern := range []string{"usr/lib/*-linux-gnu*", "lib/*-linux-gnu*"} {
		found, _ := filepath.Glob(filepath.Join(t.root, pattern)) // the pattern is well-formed
		folders = append(folders, found...)
	}
	return append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(folders, ":"))
}
