package config

import (
	"fmt"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// kubeletFile works with either version of control groups, evicts nothing
// for want of disk, and never collects images: there is no registry from
// which one could come back.
func kubeletFile(at layout.Folder, options Options) string {
	return fill(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {address}
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: {ca}}
authorization:
  mode: Webhook
tlsCertFile: {certificate}
tlsPrivateKeyFile: {key}
containerRuntimeEndpoint: unix://{socket}
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
clusterDomain: {domain}
clusterDNS: [{dns}]
resolvConf: {resolv}
podLogsDir: {root}/log/pods
volumePluginDir: {root}/kubelet/plugins
featureGates:
  KubeletCrashLoopBackOffMax: true
crashLoopBackOff:
  maxContainerRestartPeriod: {pause}
evictionHard:
  memory.available: 50Mi
  nodefs.available: 0%
  nodefs.inodesFree: 0%
  imagefs.available: 0%
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
enableControllerAttachDetach: true
eventRecordQPS: 0
maxPods: 200
`, "{address}", layout.NodeAddress, "{ca}", at.Certificate("ca"), "{certificate}", at.Certificate("kubelet"),
		"{key}", at.Key("kubelet"), "{socket}", at.Socket(), "{domain}", layout.Domain, "{dns}", layout.DNSService,
		"{resolv}", at.Config("resolv.conf"), "{root}", string(at),
		"{pause}", fmt.Sprintf("%ds", int(options.RestartPause.Seconds())))
}
