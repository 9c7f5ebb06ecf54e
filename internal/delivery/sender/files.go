package sender

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Files is the disk of a pod: it survives the container, and goes with the
// pod. Names are plain file names. Errors are those of package os.
type Files interface {
	// Append opens a file to add to its end, and makes it if need be. What
	// was written survives the process.
	Append(name string) (io.WriteCloser, error)
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error
	Remove(name string) error
}

// directory is Files in a directory.
type directory string

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) Append(name string) (io.WriteCloser, error) {
	return os.OpenFile(d.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

func (d directory) Read(name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

func (d directory) Write(name string, data []byte) error {
	return os.WriteFile(d.path(name), data, 0o600)
}

func (d directory) Remove(name string) error { return os.Remove(d.path(name)) }

// uptime is the time since the machine was started, also while it slept. All
// containers of a pod see the same one.
func uptime() time.Duration {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return 0 // every Linux has this clock
	}
	return time.Duration(now.Nano())
}

// bootID is the id that the kernel made when the machine was started. All
// containers of a pod see the same one. "" if it can't be read: then what a
// container before this one knew counts as what a machine lost that was switched
// off.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
