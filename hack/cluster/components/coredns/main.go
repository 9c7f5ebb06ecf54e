// Command coredns is CoreDNS with only the plugins that a closed
// single-node cluster needs: it answers for cluster.local from the Kubernetes
// API and says NXDOMAIN to everything else. Leaving out the plugins for cloud
// providers and tracing services takes minutes off the build.
package main

import (
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() { coremain.Run() }
