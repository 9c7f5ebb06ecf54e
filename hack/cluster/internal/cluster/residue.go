package cluster

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const groupRoot = "/sys/fs/cgroup"

// endContainers kills every process in a pod and every shim of our
// containerd. Nothing in a development cluster is worth a slow farewell.
func endContainers(socket string) []string {
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		processes := append(inGroups(), shims(socket)...)
		if len(processes) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return []string{fmt.Sprintf("processes of containers do not end: %v", processes)}
		}
		for _, pid := range processes {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// podGroups lists the control groups of pods, the innermost first.
func podGroups() []string {
	var folders []string
	_ = filepath.WalkDir(groupRoot, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.Contains(path+"/", "/kubepods/") {
			folders = append(folders, path)
		}
		return nil
	})
	slices.Reverse(folders)
	return folders
}

func inGroups() []int {
	var found []int
	for _, folder := range podGroups() {
		text, _ := os.ReadFile(filepath.Join(folder, "cgroup.procs"))
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
				found = append(found, pid)
			}
		}
	}
	return found
}

// shims lists the processes that hold containers for the containerd with
// this socket.
func shims(socket string) []int {
	var found []int
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		arguments := strings.Split(string(text), "\x00")
		if !strings.HasPrefix(filepath.Base(arguments[0]), "containerd-shim") || !slices.Contains(arguments, socket) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// removeGroups removes the empty control groups of pods. One may stay busy
// for a moment after its last process has ended.
func removeGroups() []string {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		for _, folder := range podGroups() {
			_ = syscall.Rmdir(folder)
		}
		left := podGroups()
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return []string{"control groups do not go away: " + strings.Join(left, " ")}
		}
	}
}

// mountsBeneath lists the mount points at or below a folder, the last
// mounted first, from the text of /proc/self/mounts.
func mountsBeneath(folder, mounts string) []string {
	var points []string
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		point := unescape(fields[1])
		if point == folder || strings.HasPrefix(point, folder+"/") {
			points = append(points, point)
		}
	}
	slices.Reverse(points)
	return points
}

// unescape undoes the octal escapes of /proc/self/mounts, see proc(5).
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

func unmountBeneath(folder string) []string {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return []string{"list the mounts: " + err.Error()}
	}
	var failures []string
	for _, point := range mountsBeneath(folder, string(mounts)) {
		if err := syscall.Unmount(point, syscall.MNT_DETACH); err != nil {
			failures = append(failures, fmt.Sprintf("unmount %s: %v", point, err))
		}
	}
	return failures
}

// removeFolder removes a folder in which nothing is mounted any more: a
// mount may show files that belong to somebody else.
func removeFolder(folder string) error {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("list the mounts: %w", err)
	}
	if points := mountsBeneath(folder, string(mounts)); len(points) > 0 {
		return fmt.Errorf("%s is kept: still mounted there: %s", folder, strings.Join(points, " "))
	}
	return os.RemoveAll(folder)
}
