package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// NodeAddress is the address of this machine at which pods reach what runs on it. Only of a
// cluster on this machine.
func (k *Kube) NodeAddress(ctx context.Context) (string, error) {
	nodes := &corev1.NodeList{}
	if err := k.Client.List(ctx, nodes); err != nil {
		return "", err
	}
	for _, node := range nodes.Items {
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeInternalIP {
				return address.Address, nil
			}
		}
	}
	return "", errors.New("the node has no internal address")
}

// Servers installs OpenLDAP, PostgreSQL and a verifier of DKIM signatures from Debian, unless
// they are there.
func (s *Setup) Servers(ctx context.Context) error {
	if s.Existing {
		return errors.New("directory and database run on this machine, where only a cluster of this machine reaches them: leave CLUSTER empty")
	}
	return s.Run(ctx, "hack/servers")
}

// PDF is a file of one page with these lines, as small as PDF (ISO 32000) can be.
func PDF(lines ...string) []byte {
	var text strings.Builder
	text.WriteString("BT /F1 18 Tf 60 720 Td 26 TL")
	for _, line := range lines {
		fmt.Fprintf(&text, " (%s) Tj T*", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line))
	}
	text.WriteString(" ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var out, index strings.Builder
	out.WriteString("%PDF-1.4\n")
	for i, object := range objects {
		fmt.Fprintf(&index, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %[1]d /Root 1 0 R >>\nstartxref\n%[3]d\n%%%%EOF\n",
		len(objects)+1, index.String(), start)
	return []byte(out.String())
}
