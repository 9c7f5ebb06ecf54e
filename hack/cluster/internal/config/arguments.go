// Package config renders what each component reads: arguments, configuration
// files, kubeconfigs and manifests. It decides and touches nothing.
package config

import (
	"fmt"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// Component names, in the order in which they start.
var Order = []string{
	"containerd", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy",
}

// Arguments gives the arguments of a component without its binary's name.
func Arguments(component string, at layout.Folder) []string {
	switch component {
	case "containerd":
		return []string{"--config=" + at.Config("containerd.toml")}
	case "etcd":
		return etcd(at)
	case "kube-apiserver":
		return apiServer(at)
	case "kube-controller-manager":
		return controllerManager(at)
	case "kube-scheduler":
		return []string{
			"--config=" + at.Config("kube-scheduler.yaml"),
			"--bind-address=127.0.0.1",
			"--tls-cert-file=" + at.Certificate("kube-scheduler"),
			"--tls-private-key-file=" + at.Key("kube-scheduler"),
		}
	case "kubelet":
		return kubelet(at)
	case "kube-proxy":
		return []string{"--config=" + at.Config("kube-proxy.yaml")}
	}
	return nil
}

func etcd(at layout.Folder) []string {
	client := fmt.Sprintf("https://127.0.0.1:%d", layout.EtcdPort)
	peer := fmt.Sprintf("http://127.0.0.1:%d", layout.EtcdPeer)
	return []string{
		"--name=crier",
		"--data-dir=" + at.At("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=crier=" + peer,
		"--cert-file=" + at.Certificate("etcd"),
		"--key-file=" + at.Key("etcd"),
		"--trusted-ca-file=" + at.Certificate("ca"),
		"--client-cert-auth",
		"--log-level=warn",
	}
}

func apiServer(at layout.Folder) []string {
	return []string{
		"--bind-address=" + layout.NodeAddress,
		"--advertise-address=" + layout.NodeAddress,
		fmt.Sprintf("--secure-port=%d", layout.APIPort),
		"--service-cluster-ip-range=" + layout.ServiceCIDR,
		"--tls-cert-file=" + at.Certificate("kube-apiserver"),
		"--tls-private-key-file=" + at.Key("kube-apiserver"),
		"--client-ca-file=" + at.Certificate("ca"),
		"--anonymous-auth=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		fmt.Sprintf("--etcd-servers=https://127.0.0.1:%d", layout.EtcdPort),
		"--etcd-cafile=" + at.Certificate("ca"),
		"--etcd-certfile=" + at.Certificate("etcd"),
		"--etcd-keyfile=" + at.Key("etcd"),
		"--kubelet-certificate-authority=" + at.Certificate("ca"),
		"--kubelet-client-certificate=" + at.Certificate("kube-apiserver"),
		"--kubelet-client-key=" + at.Key("kube-apiserver"),
		// The node's name resolves nowhere, so logs and exec go by address.
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc." + layout.Domain,
		"--service-account-key-file=" + at.Certificate("service-account"),
		"--service-account-signing-key-file=" + at.Key("service-account"),
		"--audit-policy-file=" + at.Config("audit.yaml"),
		"--audit-log-path=" + at.At("log", "audit.log"),
		"--audit-log-maxsize=100",
		"--audit-log-maxbackup=2",
	}
}

func controllerManager(at layout.Folder) []string {
	return []string{
		"--kubeconfig=" + at.Kubeconfig("kube-controller-manager"),
		"--authentication-kubeconfig=" + at.Kubeconfig("kube-controller-manager"),
		"--authorization-kubeconfig=" + at.Kubeconfig("kube-controller-manager"),
		"--bind-address=127.0.0.1",
		"--tls-cert-file=" + at.Certificate("kube-controller-manager"),
		"--tls-private-key-file=" + at.Key("kube-controller-manager"),
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + at.Key("service-account"),
		"--root-ca-file=" + at.Certificate("ca"),
		"--cluster-signing-cert-file=" + at.Certificate("ca"),
		"--cluster-signing-key-file=" + at.Key("ca"),
		"--cluster-cidr=" + layout.PodCIDR,
		"--service-cluster-ip-range=" + layout.ServiceCIDR,
		// host-local gives out the addresses; there is one node only.
		"--allocate-node-cidrs=false",
		// There is one instance. An election only makes a restart slower.
		"--leader-elect=false",
	}
}

func kubelet(at layout.Folder) []string {
	return []string{
		"--config=" + at.Config("kubelet.yaml"),
		"--kubeconfig=" + at.Kubeconfig("kubelet"),
		"--root-dir=" + at.At("kubelet"),
		"--cert-dir=" + at.At("kubelet", "pki"),
		"--hostname-override=" + layout.NodeName,
		"--node-ip=" + layout.NodeAddress,
	}
}
