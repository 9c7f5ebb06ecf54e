// Package network makes the cluster's part of the machine's network and takes
// it away again: a bridge with the node's address, routes that end here, and
// packet filters that let nothing of the cluster out.
package network

import (
	"strings"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// Chains of our own in the filter table.
const (
	forwardChain = "CRIER-FORWARD"
	outputChain  = "CRIER-OUTPUT"
)

// filters gives the packet filters as text for iptables-restore --noflush,
// which replaces the two chains as a whole. The jumps to them are separate.
//
// Whatever would leave by the bridge goes nowhere, since the bridge has no
// ports: it is for an address that no Service and no pod has, or it comes
// from a pod and is for the outside. A Service's address has been replaced by
// a pod's before a filter sees the packet. closed says that the machine
// forwarded nothing before, so that nothing but the cluster's own packets may
// be forwarded now.
func filters(closed bool) string {
	lines := []string{"*filter", ":" + forwardChain + " - [0:0]", ":" + outputChain + " - [0:0]"}
	refuse := func(chain, match string) {
		// The kernel sends a host no more than one ICMP error a second, so a
		// second refused connection would look like a lost packet. A reset has
		// no such limit.
		lines = append(lines,
			"-A "+chain+match+" -p tcp -j REJECT --reject-with tcp-reset",
			"-A "+chain+match+" -j REJECT")
	}
	refuse(forwardChain, " -o "+layout.Bridge)
	lines = append(lines, "-A "+forwardChain+" -s "+layout.PodCIDR+" -d "+layout.PodCIDR+" -j ACCEPT")
	refuse(forwardChain, " -s "+layout.PodCIDR)
	refuse(forwardChain, " -d "+layout.PodCIDR)
	if closed {
		refuse(forwardChain, "")
	}
	refuse(outputChain, " -o "+layout.Bridge)
	return strings.Join(append(lines, "COMMIT", ""), "\n")
}

// ours lists how the names of chains begin that this cluster, its kube-proxy,
// its kubelet, or its CNI plugins made.
var ours = []string{"CRIER-", "KUBE-", "CNI-"}

// removal turns the output of iptables-save into text for iptables-restore
// --noflush that deletes our chains, and each rule elsewhere that jumps to
// one. It is empty when there is nothing of ours.
func removal(saved string) string {
	var result strings.Builder
	var table string
	var rules, chains []string
	for line := range strings.Lines(saved) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table, rules, chains = line, nil, nil
		case strings.HasPrefix(line, ":"):
			if name := strings.Fields(line[1:])[0]; isOurs(name) {
				chains = append(chains, name)
			}
		case strings.HasPrefix(line, "-A "):
			if fields := strings.Fields(line); !isOurs(fields[1]) && isOurs(target(fields)) {
				rules = append(rules, "-D "+strings.TrimPrefix(line, "-A "))
			}
		case line == "COMMIT" && len(rules)+len(chains) > 0:
			result.WriteString(table + "\n")
			for _, name := range chains { // flushes the chain, or makes it anew
				result.WriteString(":" + name + " - [0:0]\n")
			}
			for _, rule := range rules {
				result.WriteString(rule + "\n")
			}
			for _, name := range chains {
				result.WriteString("-X " + name + "\n")
			}
			result.WriteString("COMMIT\n")
		}
	}
	return result.String()
}

func target(fields []string) string {
	for i, field := range fields[:len(fields)-1] {
		if field == "-j" || field == "-g" {
			return fields[i+1]
		}
	}
	return ""
}

func isOurs(chain string) bool {
	for _, prefix := range ours {
		if strings.HasPrefix(chain, prefix) {
			return true
		}
	}
	return false
}
