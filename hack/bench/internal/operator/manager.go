// Package operator runs Crier's manager as a process and declares what it
// shall carry out, as users do.
package operator

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/e2e/harness"
)

// Manager is a running manager.
type Manager struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu   sync.Mutex
	peak int64
}

// StartManager starts the shipped binary. What it logs goes to a file in
// folder.
func StartManager(ctx context.Context, binary, kubeconfig, folder string) (*Manager, error) {
	log, err := os.Create(filepath.Join(folder, "manager.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	m := &Manager{done: make(chan struct{})}
	m.cmd = exec.CommandContext(ctx, binary, "manager", "--namespace", harness.Namespace,
		"--sender-image", "crier:bench", "--allow-loopback-relays", "--health-probe-bind-address", "0",
		"--relay-probe-interval", "1h")
	m.cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	m.cmd.Stdout, m.cmd.Stderr = log, log
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = m.cmd.Wait() // it is told to end
		close(ended)
	}()
	go m.watch(ended)
	return m, nil
}

func (m *Manager) watch(ended <-chan struct{}) {
	defer close(m.done)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		if peak, err := proc.Peak(m.cmd.Process.Pid); err == nil {
			m.mu.Lock()
			m.peak = max(m.peak, peak)
			m.mu.Unlock()
		}
		select {
		case <-ended:
			return
		case <-ticker.C:
		}
	}
}

// Peak is the most memory that it had so far (VmHWM), in octets.
func (m *Manager) Peak() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peak
}

// CPU is the processor time that it has used so far.
func (m *Manager) CPU() (time.Duration, error) { return proc.CPU(m.cmd.Process.Pid) }

// Stop ends it and waits.
func (m *Manager) Stop() {
	_ = m.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-m.done:
	case <-time.After(30 * time.Second):
		_ = m.cmd.Process.Kill()
		<-m.done
	}
}
