package relay

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/delivery/handout"
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
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.relay.Namespace, Name: "dkim", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		Data:       data,
	}
	w.create(secret)
	return secret
}

func dkimKey(domain, selector, secret string) crier.RelayDKIM {
	return crier.RelayDKIM{Domain: domain, Selector: selector, PrivateKeySecretRef: crier.SecretKeyReference{Name: secret}}
}

func TestDKIMKeys(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim")}
	w.update(w.relay)
	w.step(crier.ReasonCredentialsMissing, "There is no Secret dkim", 0)

	secret := w.dkimSecret(nil)
	w.step(crier.ReasonInvalidDKIMKey, "Secret dkim has no tls.key, which is to hold the DKIM key of domain example.gov and selector s1", 0)

	secret.Labels = nil
	w.update(secret)
	w.step(crier.ReasonSecretNotLabeled, "kubectl label secret dkim -n "+w.relay.Namespace+" crier.dev/use=relay", 0)

	secret.Labels = map[string]string{crier.LabelUse: crier.UseRelay}
	for text, want := range map[string]string{
		"hunter2": "tls.key of Secret dkim can't be the DKIM key of domain example.gov and selector s1: it holds no PEM text",
		"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n": "the private key is damaged",
	} {
		secret.Data = map[string][]byte{"tls.key": []byte(text)}
		w.update(secret)
		w.step(crier.ReasonInvalidDKIMKey, want, 0)
	}

	secret.Data = map[string][]byte{"tls.key": edPEM(t, 1)}
	w.update(secret)
	w.step(crier.ReasonRelayReachable, "took the login", 1)
	if c := meta.FindStatusCondition(w.relay.Status.Conditions, crier.ConditionReady); strings.Contains(c.Message, "Warning") {
		t.Errorf("warned: %s", c.Message)
	}

	// Another key is no reason to connect.
	secret.Data["tls.key"] = edPEM(t, 2)
	w.update(secret)
	w.step(crier.ReasonRelayReachable, "", 1)

	short, err := rsa.GenerateKey(nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	secret.Data["tls.key"] = privatePEM(t, short)
	w.update(secret)
	w.step(crier.ReasonRelayReachable, "Warning: of the DKIM key of domain example.gov and selector s1, the RSA key has 1024 bits", 1)
}

func TestDKIMInTheSettings(t *testing.T) {
	w, _ := newWorld(t)
	w.login("hunter2")
	get := func() handout.Relay {
		t.Helper()
		c, verdict, err := gather.RelaySettings(t.Context(), server.Client, w.relay)
		if err != nil || verdict != nil {
			t.Fatal(verdict, err)
		}
		return c
	}
	before := get()
	w.dkimSecret(map[string][]byte{"tls.key": edPEM(t, 1), "other": edPEM(t, 2)})
	other := dkimKey("hr.example.gov", "s1", "dkim")
	other.PrivateKeySecretRef.Key = "other"
	w.relay.Spec.DKIM = []crier.RelayDKIM{dkimKey("example.gov", "s1", "dkim"), other}
	w.update(w.relay)
	c := get()
	if c.Version != before.Version {
		t.Error("the version changes with DKIM keys: a refused login would be tried again")
	}
	want := []handout.DKIMKey{{Domain: "example.gov", Selector: "s1", PEM: edPEM(t, 1)}, {Domain: "hr.example.gov", Selector: "s1", PEM: edPEM(t, 2)}}
	if !slices.EqualFunc(c.DKIM, want, func(a, b handout.DKIMKey) bool {
		return a.Domain == b.Domain && a.Selector == b.Selector && bytes.Equal(a.PEM, b.PEM)
	}) {
		t.Errorf("keys %v", c.DKIM)
	}
	r := &Reconciler{Client: server.Client}
	for name, used := range map[string]bool{"dkim": true, "login": true, "another": false} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.relay.Namespace, Name: name}}
		found := false
		for _, request := range r.relaysOf(t.Context(), secret) {
			found = found || request.NamespacedName == client.ObjectKeyFromObject(w.relay)
		}
		if found != used {
			t.Errorf("a change of Secret %s: looked at %v, want %v", name, found, used)
		}
	}
}
