// Package process runs the components as processes of their own that outlive
// the program which started them.
package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Manager keeps a file with the process identifier of each component.
type Manager struct {
	Folder string // of the .pid files
}

// State of a component's process.
type State string

// States of a process.
const (
	Running State = "running"
	Frozen  State = "frozen"
	Stopped State = "not running"
)

// Start runs the command in a session of its own, with its output appended
// to the log file. It does nothing when the component runs already.
func (m Manager) Start(name, log string, command []string, environment []string) error {
	if m.State(name) != Stopped {
		return nil
	}
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer output.Close()
	fmt.Fprintf(output, "--- %s: %s\n", time.Now().UTC().Format(time.RFC3339), strings.Join(command, " "))
	process := exec.Command(command[0], command[1:]...)
	process.Stdout, process.Stderr = output, output
	process.Dir = "/"
	process.Env = append(os.Environ(), environment...)
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := process.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	identity := fmt.Sprintf("%d %s\n", process.Process.Pid, birth(process.Process.Pid))
	// Whoever starts the component waits for it, so that it does not stay
	// behind as a zombie that looks alive.
	go func() { _ = process.Wait() }()
	return os.WriteFile(m.file(name), []byte(identity), 0o644)
}

// State tells whether the component's process is there.
func (m Manager) State(name string) State {
	pid := m.PID(name)
	if pid == 0 {
		return Stopped
	}
	switch stat(pid, 0) {
	case "T", "t":
		return Frozen
	case "X", "":
		return Stopped
	case "Z":
		// The first thread may be gone while others still hold the ports.
		if threads, _ := strconv.Atoi(stat(pid, 17)); threads <= 1 {
			return Stopped
		}
	}
	return Running
}

// PID is the component's process, or 0 when it is not there. A process of
// another program that got the same number later does not count.
func (m Manager) PID(name string) int {
	text, err := os.ReadFile(m.file(name))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return 0
	}
	pid, err := strconv.Atoi(fields[0])
	if err != nil || birth(pid) != fields[1] {
		return 0
	}
	return pid
}

// Freeze halts the process where it is; Thaw lets it go on.
func (m Manager) Freeze(name string) error { return m.signal(name, syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (m Manager) Thaw(name string) error { return m.signal(name, syscall.SIGCONT) }

func (m Manager) signal(name string, signal syscall.Signal) error {
	pid := m.PID(name)
	if pid == 0 {
		return fmt.Errorf("%s does not run", name)
	}
	return syscall.Kill(pid, signal)
}

// Stop ends the process with SIGTERM, and with SIGKILL when it is still
// there after patience. It returns when the process is gone.
func (m Manager) Stop(name string, patience time.Duration) error {
	pid := m.PID(name)
	if pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGTERM)
		_ = syscall.Kill(pid, syscall.SIGCONT) // a frozen one cannot heed the first
		if !m.gone(name, patience) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			if !m.gone(name, 10*time.Second) {
				return fmt.Errorf("%s (process %d) does not end", name, pid)
			}
		}
	}
	if err := os.Remove(m.file(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (m Manager) gone(name string, patience time.Duration) bool {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if m.State(name) == Stopped {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

func (m Manager) file(name string) string { return filepath.Join(m.Folder, name+".pid") }

// birth is when a process began, in clock ticks since the machine did. With
// the identifier it names one process for good.
func birth(pid int) string { return stat(pid, 19) }

// stat is a field of /proc/<pid>/stat, counted from the state, which is the
// first behind the command's name in parentheses.
func stat(pid, field int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')'):]), " ")
	fields := strings.Fields(rest)
	if field >= len(fields) {
		return ""
	}
	return fields[field]
}
