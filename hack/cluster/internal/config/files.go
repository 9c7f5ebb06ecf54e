package config

import (
	"fmt"
	"strings"
	"time"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// Options are the choices that a caller has.
type Options struct {
	// RestartPause is the longest wait before a crashed container starts
	// again, from 1 s to 300 s. Kubernetes' own default of 300 s makes tests
	// of crashes slow.
	RestartPause time.Duration
	// PluginFolder holds the CNI plugins' binaries.
	PluginFolder string
}

// Files gives the text of every configuration file by its name.
func Files(at layout.Folder, options Options) map[string]string {
	return map[string]string{
		"containerd.toml":       containerd(at, options),
		"cni/10-crier.conflist": network(at),
		"kubelet.yaml":          kubeletFile(at, options),
		"kube-proxy.yaml":       proxy(at),
		"kube-scheduler.yaml":   scheduler(at),
		"audit.yaml":            audit,
		"resolv.conf":           "nameserver " + layout.DNSService + "\n",
	}
}

// containerd keeps everything beneath the state folder, so that a containerd
// of the machine's own is not touched. restrict_oom_score_adj is for machines
// without CAP_SYS_RESOURCE, where lowering the score makes every sandbox fail.
func containerd(at layout.Folder, options Options) string {
	return fill(`version = 2
root = "{root}/containerd/root"
state = "{root}/containerd/state"

[grpc]
  address = "{socket}"

[ttrpc]
  address = "{socket}.ttrpc"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{root}/config/cni"
    max_conf_num = 1

  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "{root}/containerd/runc"
        SystemdCgroup = false
`, "{root}", string(at), "{socket}", at.Socket(), "{pause}", layout.PauseImage, "{plugins}", options.PluginFolder)
}

// network routes every pod by itself instead of putting all on a bridge: a
// Service's answer from one pod to another then always passes the
// connection tracking, without the br_netfilter module. Nothing is
// masqueraded, since no pod is to reach the outside.
func network(at layout.Folder) string {
	return fill(`{
  "cniVersion": "0.4.0",
  "name": "crier",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "mtu": 1500,
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": "{pods}"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": "{root}/cni"
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`, "{pods}", layout.PodCIDR, "{root}", string(at))
}

func scheduler(at layout.Folder) string {
	return fill(`apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: {kubeconfig}
leaderElection:
  leaderElect: false
`, "{kubeconfig}", at.Kubeconfig("kube-scheduler"))
}

func proxy(at layout.Folder) string {
	return fill(`apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
hostnameOverride: {node}
clusterCIDR: {pods}
bindAddress: {address}
healthzBindAddress: {address}:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection:
  kubeconfig: {kubeconfig}
conntrack:
  maxPerCore: 0
  min: 0
  tcpEstablishedTimeout: 0s
  tcpCloseWaitTimeout: 0s
iptables:
  localhostNodePorts: false
  minSyncPeriod: 200ms
nodePortAddresses: ["{address}/32"]
`, "{node}", layout.NodeName, "{pods}", layout.PodCIDR, "{address}", layout.NodeAddress,
		"{kubeconfig}", at.Kubeconfig("kube-proxy"))
}

// audit records who changed what, without the contents: a Secret's data
// must not end in a log.
const audit = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: None
  resources:
  - {group: coordination.k8s.io, resources: [leases]}
- level: Metadata
`

// Kubeconfig gives the file with which the holder of the certificate reaches
// the API server.
func Kubeconfig(at layout.Folder, user string) string {
	return fill(`apiVersion: v1
kind: Config
clusters:
- name: crier
  cluster:
    server: {server}
    certificate-authority: {ca}
users:
- name: {user}
  user:
    client-certificate: {certificate}
    client-key: {key}
contexts:
- name: crier
  context: {cluster: crier, user: {user}}
current-context: crier
`, "{server}", fmt.Sprintf("https://%s:%d", layout.NodeAddress, layout.APIPort), "{ca}", at.Certificate("ca"),
		"{user}", user, "{certificate}", at.Certificate(user), "{key}", at.Key(user))
}

// fill replaces the placeholders, which come in pairs with their values.
func fill(template string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(template)
}
