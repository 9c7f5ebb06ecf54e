// Package layout holds where things are: the files beneath the state folder,
// and the addresses, ports and names of the cluster.
package layout

import "path/filepath"

// Addresses of the cluster. None of them leaves the machine.
const (
	NodeAddress = "172.31.255.1"  // on the bridge Bridge, which has no ports
	Bridge      = "crier0"        // at most 15 characters
	PodCIDR     = "10.244.0.0/24" // of all pods
	ServiceCIDR = "10.96.0.0/16"  // of all Services
	APIService  = "10.96.0.1"     // the Service "kubernetes"
	DNSService  = "10.96.0.10"    // the Service "kube-dns"
	DNSPort     = 1053            // CoreDNS runs without root, thus above 1023
	Domain      = "cluster.local" // of Services
	NodeName    = "crier-node"    // the only node
	APIPort     = 6443            // on NodeAddress
	EtcdPort    = 12379           // on loopback; not 2379, which may be in use
	EtcdPeer    = 12380           // on loopback
	RouteTable  = "10244"         // where pods look up routes
	DefaultRoot = "/var/lib/crier-cluster"
)

// PauseImage holds the namespaces of each pod.
const PauseImage = "crier.dev/cluster/pause:1"

// Folder is the state folder of a cluster.
type Folder string

// At joins names to the state folder.
func (f Folder) At(names ...string) string {
	return filepath.Join(append([]string{string(f)}, names...)...)
}

// Kubeconfig is the file for the named user: admin, kubelet, and so on.
func (f Folder) Kubeconfig(user string) string { return f.At("kubeconfig", user+".yaml") }

// Certificate and Key are the PEM files of the named identity.
func (f Folder) Certificate(name string) string { return f.At("pki", name+".crt") }

// Key is the private key beside Certificate.
func (f Folder) Key(name string) string { return f.At("pki", name+".key") }

// Config is a rendered configuration file.
func (f Folder) Config(name string) string { return f.At("config", name) }

// Log is the output of a component.
func (f Folder) Log(component string) string { return f.At("log", component+".log") }

// Socket is containerd's; the kubelet and ctr talk to it.
func (f Folder) Socket() string { return f.At("containerd.sock") }
