package dkim

import "strings"

// Aligned says whether domain may sign for authors at from: it is that domain
// or a parent of it, which is what DMARC calls aligned (RFC 7489 section
// 3.1.1). Both are A-labels in lower case.
func Aligned(domain, from string) bool {
	if domain == "" || !strings.Contains(domain, ".") {
		return false
	}
	return domain == from || strings.HasSuffix(from, "."+domain)
}

// SigningDomain is the one of domains that signs for authors at from: their
// own, or else the longest parent of it. It is empty if none may.
func SigningDomain(domains []string, from string) string {
	best := ""
	for _, d := range domains {
		if Aligned(d, from) && len(d) > len(best) {
			best = d
		}
	}
	return best
}
