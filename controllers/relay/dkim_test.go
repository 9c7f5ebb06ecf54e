package relay

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

func privatePEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func edPEM(t *testing.T, seed byte) []byte {
	return privatePEM(t, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
}

func (w *world) dkimSecret(data map[string][]byte) *corev1.Secret {
	w.Helper()
	secret := w.Secret("dkim", crier.UseRelay, nil)
	secret.Data = data
	w.Create(secret)
	return secret
}

func dkimKey(domain, selector, secret string) crier.RelayDKIM {
	return crier.RelayDKIM{Domain: domain, Selector: selector, PrivateKeySecretRef: crier.SecretKeyReference{Name: secret}}
}

func TestDKIMKeys(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim")}
	w.Update(w.relay)
	w.step(crier.ReasonCredentialsMissing, "There is no Secret dkim", 0)

	secret := w.dkimSecret(nil)
	w.step(crier.ReasonInvalidDKIMKey, "Secret dkim has no tls.key for the DKIM key of domain example.gov and selector s1", 0)

	secret.Labels = nil
	w.Update(secret)
	w.step(crier.ReasonSecretNotLabeled, "kubectl label secret dkim -n "+w.NS+" crier.dev/use=relay", 0)

	secret.Labels = map[string]string{crier.LabelUse: crier.UseRelay}
	for text, want := range map[string]string{
		"hunter2": "tls.key of Secret dkim can't be used as the DKIM key of domain example.gov and selector s1: it holds no PEM text",
		"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n": "the private key is damaged",
	} {
		secret.Data = map[string][]byte{"tls.key": []byte(text)}
		w.Update(secret)
		w.step(crier.ReasonInvalidDKIMKey, want, 0)
	}

	secret.Data = map[string][]byte{"tls.key": edPEM(t, 1)}
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "accepted the login", 1)
	if c := w.Ready(w.relay); strings.Contains(c.Message, "Warning") {
		t.Errorf("warned: %s", c.Message)
	}

	// Another key is no reason to connect.
	secret.Data["tls.key"] = edPEM(t, 2)
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "", 1)

	short, err := rsa.GenerateKey(nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	secret.Data["tls.key"] = privatePEM(t, short)
	w.Update(secret)
	w.step(crier.ReasonRelayReachable, "Warning: of the DKIM key of domain example.gov and selector s1, the RSA key has 1024 bits", 1)
}

// A change of a Secret is news to the Relays that use it.
func TestRelaysOfASecret(t *testing.T) {
	w, _ := newWorld(t)
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim")}
	w.Update(w.relay)
	r := &Reconciler{Client: server.Client}
	for name, used := range map[string]bool{"dkim": true, "login": true, "another": false} {
		found := false
		for _, request := range r.relaysOf(t.Context(), w.Secret(name, crier.UseRelay, nil)) {
			found = found || request.NamespacedName == w.Key(w.relay.Name)
		}
		if found != used {
			t.Errorf("a change of Secret %s: looked at %v, want %v", name, found, used)
		}
	}
}
