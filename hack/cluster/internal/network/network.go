package network

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// Up makes the network. It may be called again at any time: what is there is
// kept. closed is explained at filters.
func Up(closed bool) error {
	if !Present() {
		if err := run("", "ip", "link", "add", layout.Bridge, "type", "bridge"); err != nil {
			return fmt.Errorf("make the bridge %s: %w", layout.Bridge, err)
		}
	}
	for _, command := range [][]string{
		{"ip", "link", "set", layout.Bridge, "up"},
		{"ip", "address", "replace", layout.NodeAddress + "/32", "dev", layout.Bridge},
		// Programs on the node reach Services too: the packet needs a route
		// before kube-proxy's rules may turn it to a pod.
		{"ip", "route", "replace", layout.ServiceCIDR, "dev", layout.Bridge, "src", layout.NodeAddress},
		// A pod's own route is more specific than this one.
		{"ip", "route", "replace", layout.PodCIDR, "dev", layout.Bridge, "src", layout.NodeAddress},
		// What comes from a pod finds no default route that leads out.
		{"ip", "route", "replace", "throw", layout.PodCIDR, "table", layout.RouteTable},
		{"ip", "route", "replace", "default", "dev", layout.Bridge, "table", layout.RouteTable},
	} {
		if err := run("", command...); err != nil {
			return err
		}
	}
	rules, err := output("ip", "rule", "show")
	if err != nil {
		return err
	}
	if !strings.Contains(rules, "from "+layout.PodCIDR+" lookup "+layout.RouteTable) {
		if err := run("", "ip", "rule", "add", "from", layout.PodCIDR, "lookup", layout.RouteTable, "priority", "10244"); err != nil {
			return err
		}
	}
	return filter(closed)
}

// filter loads our chains, then the jumps to them where they are missing.
func filter(closed bool) error {
	if err := run(filters(closed), "iptables-restore", "--wait", "--noflush"); err != nil {
		return fmt.Errorf("load the packet filters: %w", err)
	}
	for hook, chain := range map[string]string{"FORWARD": forwardChain, "OUTPUT": outputChain} {
		if run("", "iptables", "--wait", "-C", hook, "-j", chain) == nil {
			continue
		}
		if err := run("", "iptables", "--wait", "-I", hook, "1", "-j", chain); err != nil {
			return fmt.Errorf("insert the jump to %s: %w", chain, err)
		}
	}
	return nil
}

// Down takes away what Up, kube-proxy, the kubelet and the CNI plugins made.
// It goes on after a failure and returns all of them as text.
func Down() []string {
	var failures []string
	for _, family := range []string{"iptables", "ip6tables"} {
		saved, err := output(family + "-save")
		if err != nil {
			continue // the package is not installed, or the kernel has no such family
		}
		if text := removal(saved); text != "" {
			if err := run(text, family+"-restore", "--wait", "--noflush"); err != nil {
				failures = append(failures, "remove packet filters: "+err.Error())
			}
		}
	}
	for run("", "ip", "rule", "del", "from", layout.PodCIDR, "lookup", layout.RouteTable) == nil {
		continue // one rule a turn, until there is none
	}
	_ = run("", "ip", "route", "flush", "table", layout.RouteTable)
	if Present() { // the routes by the bridge go with it
		if err := run("", "ip", "link", "del", layout.Bridge); err != nil {
			failures = append(failures, "remove the bridge: "+err.Error())
		}
	}
	return failures
}

// Foreign says whether packet filters of another Kubernetes are in place.
// Two kube-proxies on one machine undo one another's rules.
func Foreign() bool {
	saved, err := output("iptables-save")
	return err == nil && strings.Contains(saved, "\n:KUBE-SERVICES ")
}

func run(input string, command ...string) error {
	process := exec.Command(command[0], command[1:]...)
	process.Stdin = strings.NewReader(input)
	said, err := process.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(said))
	}
	return nil
}

func output(command ...string) (string, error) {
	said, err := exec.Command(command[0], command[1:]...).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return string(said), nil
}

// Present says whether the bridge is there.
func Present() bool { return run("", "ip", "link", "show", "dev", layout.Bridge) == nil }
