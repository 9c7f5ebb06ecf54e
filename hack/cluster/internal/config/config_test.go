package config

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

const at = "/state"

var options = Options{RestartPause: 2 * time.Second, PluginFolder: "/plugins"}

// placeholder finds what fill left over.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestFilesAreWellFormed(t *testing.T) {
	files := Files(at, options)
	for name, text := range files {
		if left := placeholder.FindString(text); left != "" {
			t.Errorf("%s holds the placeholder %s", name, left)
		}
		if strings.HasSuffix(name, ".yaml") {
			var into map[string]any
			if err := yaml.UnmarshalStrict([]byte(text), &into); err != nil || into["kind"] == nil {
				t.Errorf("%s is not a YAML object with a kind: %v", name, err)
			}
		}
	}
	if !json.Valid([]byte(files["cni/10-crier.conflist"])) {
		t.Error("the network's configuration is not JSON")
	}
	if !strings.Contains(files["containerd.toml"], `bin_dir = "/plugins"`) {
		t.Error("containerd does not look for plugins where they are")
	}
	if !strings.Contains(files["kubelet.yaml"], "maxContainerRestartPeriod: 2s\n") {
		t.Error("the kubelet does not get the pause between restarts")
	}
}

func TestNameServerAsksNobody(t *testing.T) {
	text := CoreDNS("example.org/coredns:v1")
	for number, document := range strings.Split(text, "---\n") {
		var into map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &into); err != nil {
			t.Errorf("document %d: %v", number, err)
		}
	}
	if strings.Contains(text, "forward") {
		t.Error("the name server asks another one")
	}
	if left := placeholder.FindString(text); left != "" {
		t.Errorf("the manifests hold the placeholder %s", left)
	}
}

func TestArguments(t *testing.T) {
	for _, component := range Order {
		arguments := Arguments(component, at)
		if len(arguments) == 0 {
			t.Errorf("%s has no arguments", component)
		}
		for _, argument := range arguments {
			if !strings.HasPrefix(argument, "--") {
				t.Errorf("%s has the argument %q", component, argument)
			}
		}
	}
	if Arguments("unknown", at) != nil {
		t.Error("an unknown component has arguments")
	}
	if !slices.Contains(Arguments("kube-apiserver", at), "--bind-address=172.31.255.1") {
		t.Error("the API server does not keep to the node's own address")
	}
}

func TestKubeconfig(t *testing.T) {
	var read struct {
		Clusters []struct{ Cluster struct{ Server string } }
		Users    []struct {
			User map[string]string
		}
	}
	if err := yaml.Unmarshal([]byte(Kubeconfig(at, "admin")), &read); err != nil {
		t.Fatal(err)
	}
	if read.Clusters[0].Cluster.Server != "https://172.31.255.1:6443" ||
		read.Users[0].User["client-key"] != "/state/pki/admin.key" {
		t.Errorf("the kubeconfig reads %+v", read)
	}
}
