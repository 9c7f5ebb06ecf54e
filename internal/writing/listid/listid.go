// Package listid makes the List-Id (RFC 2919) of a list out of its address.
package listid

import (
	"strings"

	"crier.dev/crier/internal/recipients/address"
)

// maxLabel is the most octets of one part of a host name (RFC 1035).
const maxLabel = 63

// Of is the List-Id of a list's address, without brackets:
// the local part in front of the domain, with what a host name can't have
// replaced by a hyphen. Different addresses can come out the same, so it is
// the List-Id that must be unique. Every error is an *address.Error.
func Of(addr string) (string, error) {
	a, err := address.Parse(addr)
	if err != nil {
		return "", err
	}
	local, domain := address.Split(a.Key)
	var labels []string
	for part := range strings.SplitSeq(local, ".") {
		if l := label(part); l != "" {
			labels = append(labels, l)
		}
	}
	if len(labels) == 0 {
		labels = []string{"list"}
	}
	return strings.Join(labels, ".") + "." + domain, nil
}

func label(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, s)
	s = s[:min(len(s), maxLabel)]
	return strings.Trim(s, "-")
}
