package operator

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// Algorithms of keys (RFC 6376, RFC 8463).
const (
	Ed25519 = "ed25519"
	RSA2048 = "rsa2048"
)

// Key is a DKIM key made for one measurement.
type Key struct {
	Domain, Selector string
	// PEM is the private key, PKCS #8.
	PEM []byte
	// Record is what DNS would say of the public one.
	Record string
}

// NewKey makes a key of an algorithm for the author's domain.
func NewKey(algorithm, domain string) (Key, error) {
	k := Key{Domain: domain, Selector: algorithm}
	var private crypto.PrivateKey
	switch algorithm {
	case Ed25519:
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return k, err
		}
		private, k.Record = key, "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public)
	case RSA2048:
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return k, err
		}
		public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return k, err
		}
		private, k.Record = key, "v=DKIM1; k=rsa; p="+base64.StdEncoding.EncodeToString(public)
	default:
		return k, errors.New("no such algorithm: " + algorithm)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	k.PEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return k, err
}

// sign gives a Relay the keys, each in a Secret of its own.
func sign(ctx context.Context, c client.Client, relay *crier.Relay, keys []Key) error {
	for _, k := range keys {
		secret := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: relay.Namespace, Name: relay.Name + "-" + k.Selector,
				Labels: map[string]string{crier.LabelUse: crier.UseRelay},
			},
			Data: map[string][]byte{"tls.key": k.PEM},
		}
		if err := c.Create(ctx, secret); err != nil {
			return err
		}
		relay.Spec.DKIM = append(relay.Spec.DKIM, crier.RelayDKIM{
			Domain: k.Domain, Selector: k.Selector, PrivateKeySecretRef: crier.SecretKeyReference{Name: secret.Name},
		})
	}
	return nil
}
