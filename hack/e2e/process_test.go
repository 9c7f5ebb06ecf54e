//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"
)

// signal sends a signal to Crier's processes in pods of this machine: SIGKILL is a crash without
// warning, SIGSTOP a freeze.
func (w *world) signal(which syscall.Signal, pods ...corev1.Pod) {
	w.Helper()
	for _, pod := range pods {
		w.must(signalPod(string(pod.UID), which))
	}
}

// signalPod finds a pod by its cgroup and Crier in it by the name of its program, crier or crier-sender.
func signalPod(uid string, which syscall.Signal) error {
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		return err
	}
	found := 0
	for _, file := range groups {
		group, err := os.ReadFile(file)
		if err != nil || !strings.Contains(strings.ReplaceAll(string(group), "_", "-"), uid) {
			continue
		}
		process := filepath.Dir(file)
		name, err := os.ReadFile(filepath.Join(process, "comm"))
		if err != nil || !strings.HasPrefix(string(name), "crier") {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(process))
		if err != nil {
			return err
		}
		if err := syscall.Kill(id, which); err != nil {
			return err
		}
		found++
	}
	if found == 0 {
		return fmt.Errorf("no process of pod %s was found", uid)
	}
	return nil
}
