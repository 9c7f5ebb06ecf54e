package network

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// forwarding is the one setting that the cluster itself changes; kubelet and
// kube-proxy change the others.
const forwarding = "net/ipv4/ip_forward"

var settings = []string{
	forwarding,
	"net/ipv4/conf/all/route_localnet",
	"net/bridge/bridge-nf-call-iptables",
	"net/bridge/bridge-nf-call-ip6tables",
	"vm/overcommit_memory",
	"vm/panic_on_oom",
	"kernel/panic",
	"kernel/panic_on_oops",
	"kernel/keys/root_maxkeys",
	"kernel/keys/root_maxbytes",
	"net/netfilter/nf_conntrack_max",
	"net/netfilter/nf_conntrack_tcp_be_liberal",
}

// Settings are kernel parameters by their path below /proc/sys.
type Settings map[string]string

// Remember reads those settings that a cluster changes.
func Remember() Settings { return remember("/proc/sys") }

func remember(root string) Settings {
	found := Settings{}
	for _, name := range settings {
		if text, err := os.ReadFile(filepath.Join(root, name)); err == nil {
			found[name] = strings.TrimSpace(string(text))
		}
	}
	return found
}

// Closed says whether the machine forwarded no packets.
func (s Settings) Closed() bool { return s[forwarding] == "0" }

// Forward lets the machine forward packets, as pods need.
func Forward() error {
	return os.WriteFile(filepath.Join("/proc/sys", forwarding), []byte("1\n"), 0o644)
}

// Restore sets back what differs from the remembered settings.
func (s Settings) Restore() []string { return s.restore("/proc/sys") }

func (s Settings) restore(root string) []string {
	var failures []string
	now := remember(root)
	for name, value := range s {
		if now[name] == value {
			continue
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(value+"\n"), 0o644); err != nil {
			failures = append(failures, fmt.Sprintf("set %s back to %s: %v", name, value, err))
		}
	}
	return failures
}
