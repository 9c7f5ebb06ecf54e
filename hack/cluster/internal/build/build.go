package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Builder compiles components into one folder.
type Builder struct {
	Source string    // folder of this program's module
	Into   string    // folder for the binaries
	Log    io.Writer // progress, one line at a time
}

// CacheFolder is where the binaries of a set of versions are kept:
// $XDG_CACHE_HOME/crier/bin/<label>, or ~/.cache when that is not set.
func CacheFolder(label string) (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("neither XDG_CACHE_HOME nor HOME is set: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "crier", "bin", label), nil
}

// Build compiles those of the components that are not there yet.
func (b Builder) Build(ctx context.Context, components []Component) error {
	if err := os.MkdirAll(b.Into, 0o755); err != nil {
		return fmt.Errorf("make the folder for binaries: %w", err)
	}
	var missing []Component
	for _, component := range components {
		if _, err := os.Stat(filepath.Join(b.Into, component.Name)); err != nil {
			missing = append(missing, component)
		}
	}
	for i, component := range missing {
		began := time.Now()
		fmt.Fprintf(b.Log, "build %d of %d: %s\n", i+1, len(missing), component.Name)
		if err := b.one(ctx, component); err != nil {
			return err
		}
		fmt.Fprintf(b.Log, "  %s built in %.0f s\n", component.Name, time.Since(began).Seconds())
	}
	return nil
}

// one compiles under a temporary name and renames: a build that is cut
// short, or one that runs beside another, leaves no half binary.
func (b Builder) one(ctx context.Context, component Component) error {
	final := filepath.Join(b.Into, component.Name)
	partial := fmt.Sprintf("%s.%d.partial", final, os.Getpid())
	defer os.Remove(partial)
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", component.LDFlags, "-o", partial, component.Package)
	command.Dir = filepath.Join(b.Source, component.Folder)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	stop := b.heartbeat(component.Name)
	err := command.Run()
	stop()
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("the go command is not in PATH; the components are compiled with it, see go.mod for the version")
	}
	if err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s\nif a download failed, run the same command again: what is there is kept",
			component.Name, command.Dir, err, lastLines(output.String(), 15))
	}
	return os.Rename(partial, final)
}

// heartbeat writes a line every 30 seconds until it is stopped: the first
// component takes minutes.
func (b Builder) heartbeat(name string) (stop func()) {
	done := make(chan struct{})
	began := time.Now()
	go func() {
		ticker := time.NewTicker(30 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				fmt.Fprintf(b.Log, "  %s: %.0f s so far\n", name, time.Since(began).Seconds())
			}
		}
	}()
	return func() { close(done) }
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
