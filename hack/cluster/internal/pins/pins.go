// Package pins reads which version of a component its go.mod asks for, so
// that a version is written in one place only.
package pins

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Versions are the releases that the components' modules pin.
type Versions struct {
	Kubernetes string // of k8s.io/kubernetes, such as v1.36.3
	Etcd       string // of go.etcd.io/etcd/server/v3
	CoreDNS    string // of github.com/coredns/coredns
}

// Read takes the versions from components/*/go.mod beneath source, the folder
// of this program's own module.
func Read(source string) (Versions, error) {
	var found Versions
	for _, pin := range []struct {
		folder, module string
		into           *string
	}{
		{"kubernetes", "k8s.io/kubernetes", &found.Kubernetes},
		{"etcd", "go.etcd.io/etcd/server/v3", &found.Etcd},
		{"coredns", "github.com/coredns/coredns", &found.CoreDNS},
	} {
		path := filepath.Join(source, "components", pin.folder, "go.mod")
		text, err := os.ReadFile(path)
		if err != nil {
			return Versions{}, fmt.Errorf("read the pinned version: %w", err)
		}
		version := required(string(text), pin.module)
		if version == "" {
			return Versions{}, fmt.Errorf("%s requires no version of %s", path, pin.module)
		}
		*pin.into = version
	}
	return found, nil
}

// Label names a set of versions as a folder's name.
func (v Versions) Label() string {
	return "kubernetes-" + v.Kubernetes + "-etcd-" + v.Etcd + "-coredns-" + v.CoreDNS
}

// required returns the version that the go.mod text requires of module, or
// nothing. A replace line does not count.
func required(text, module string) string {
	for line := range strings.Lines(text) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) >= 2 && fields[0] == module && strings.HasPrefix(fields[1], "v") {
			return fields[1]
		}
	}
	return ""
}
