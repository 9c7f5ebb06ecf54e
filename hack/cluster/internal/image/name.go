// Package image writes container images without a container engine: one
// static binary in one layer.
package image

import (
	"fmt"
	"regexp"
	"strings"
)

var reference = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// Name completes NAME:TAG to the form under which containerd keeps an image
// and the kubelet asks for it: "crier:dev" becomes
// "docker.io/library/crier:dev", while "example.org/crier:dev" stays.
func Name(short string) (string, error) {
	if !reference.MatchString(short) {
		return "", fmt.Errorf("%q is not of the form NAME:TAG, such as crier:dev or example.org/crier:v1", short)
	}
	first, _, several := strings.Cut(short, "/")
	switch {
	case !several:
		return "docker.io/library/" + short, nil
	case strings.ContainsAny(first, ".:") || first == "localhost":
		return short, nil
	}
	return "docker.io/" + short, nil
}
