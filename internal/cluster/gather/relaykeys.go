package gather

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/writing/dkim"
)

// addDKIM reads the keys that sign. They are no part of the version: another
// key is no reason to connect anew, nor to try a refused login again.
func addDKIM(ctx context.Context, reader client.Reader, relay *crier.Relay, c *handout.Relay) (*reconcile.Verdict, error) {
	for _, spec := range relay.Spec.DKIM {
		name, key := spec.PrivateKeySecretRef.Name, spec.PrivateKeySecretRef.KeyName()
		secret, verdict, err := relaySecret(ctx, reader, relay, name)
		if verdict != nil || err != nil {
			return verdict, err
		}
		text := secret.Data[key]
		if len(text) == 0 {
			v := reconcile.IsStalled(crier.ReasonInvalidDKIMKey,
				"Secret %s has no %s for the DKIM key of domain %s and selector %s: add the private key in PEM, or set privateKeySecretRef.key to its name.",
				name, key, spec.Domain, spec.Selector)
			return &v, nil
		}
		if _, err := dkim.ParseKey(spec.Domain, spec.Selector, text); err != nil {
			v := reconcile.IsStalled(crier.ReasonInvalidDKIMKey,
				"%s of Secret %s can't be used as the DKIM key of domain %s and selector %s: %s.", key, name, spec.Domain, spec.Selector, err)
			return &v, nil
		}
		c.DKIM = append(c.DKIM, handout.DKIMKey{Domain: spec.Domain, Selector: spec.Selector, PEM: text})
	}
	return nil, nil
}
