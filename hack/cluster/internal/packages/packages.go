// Package packages installs what the node needs from Debian, and knows what
// it installed.
package packages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strings"
)

// needed maps a Debian package to a file that shows it is there, whoever
// installed it.
var needed = map[string][]string{
	"containerd":                  {"/usr/bin/containerd", "/usr/local/bin/containerd"},
	"runc":                        {"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc"},
	"containernetworking-plugins": {"/usr/lib/cni/ptp", "/opt/cni/bin/ptp"},
	"iptables":                    {"/usr/sbin/iptables", "/sbin/iptables"},
	"conntrack":                   {"/usr/sbin/conntrack"},
	"iproute2":                    {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"},
	"mount":                       {"/usr/bin/mount", "/bin/mount"},
}

// Missing lists the packages that are not there, in alphabetical order.
func Missing() []string {
	return missing(func(path string) bool { _, err := os.Stat(path); return err == nil })
}

func missing(exists func(string) bool) []string {
	var names []string
	for name, paths := range needed {
		if !slices.ContainsFunc(paths, exists) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// PluginFolder is where the CNI plugins' binaries are.
func PluginFolder() string {
	if _, err := os.Stat("/usr/lib/cni/ptp"); err == nil {
		return "/usr/lib/cni"
	}
	return "/opt/cni/bin"
}

// Install installs the named packages and those that they need. It returns
// the names of all that were not installed before.
func Install(ctx context.Context, names []string, log io.Writer) ([]string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, fmt.Errorf("this machine lacks %s, and has no apt-get to install it with; install it by other means",
			strings.Join(names, ", "))
	}
	before, err := installed(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "install from Debian: %s\n", strings.Join(names, " "))
	if err := apt(ctx, "update"); err != nil {
		fmt.Fprintf(log, "  the package lists could not be brought up to date, going on with those at hand: %v\n", err)
	}
	if err := apt(ctx, append([]string{"install", "--yes", "--no-install-recommends"}, names...)...); err != nil {
		return nil, err
	}
	after, err := installed(ctx)
	if err != nil {
		return nil, err
	}
	// Where systemd runs, Debian's package starts a containerd for the whole
	// machine. Nobody had one before, and the cluster starts its own.
	if !before["containerd"] && after["containerd"] {
		_ = exec.CommandContext(ctx, "systemctl", "disable", "--now", "containerd.service").Run()
	}
	return added(before, after), nil
}

func added(before, after map[string]bool) []string {
	var names []string
	for name := range after {
		if !before[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

func apt(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, "apt-get", append([]string{"-qq"}, arguments...)...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("apt-get %s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(string(said)))
	}
	return nil
}

func installed(ctx context.Context) (map[string]bool, error) {
	said, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n").Output()
	if err != nil {
		return nil, errors.New("dpkg-query cannot list the installed packages: " + err.Error())
	}
	return parse(string(said)), nil
}

func parse(listing string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(listing) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "installed" {
			names[fields[1]] = true
		}
	}
	return names
}
