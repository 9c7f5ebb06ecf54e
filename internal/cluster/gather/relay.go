package gather

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/delivery/handout"
)

// Keys of a Secret with credentials.
const (
	UsernameKey = "username"
	PasswordKey = "password"
)

// lookAgain is when a missing Secret is looked for though no watch told of it.
const lookAgain = 5 * time.Minute

// RelaySettings says how to reach a relay, credentials included. A verdict says
// what is missing; without one and without an error the settings are whole.
// Allowed and PrivateAddresses are left to the caller.
// reader must not be a cache.
func RelaySettings(ctx context.Context, reader client.Reader, relay *crier.Relay) (handout.Relay, *reconcile.Verdict, error) {
	spec := relay.Spec
	c := handout.Relay{
		Host: spec.Host, Port: int(spec.Port), HELO: spec.HeloName,
		TLS: string(spec.TLS.Mode), ServerName: spec.TLS.ServerName, CAPEM: []byte(spec.TLS.CABundle),
		MessagesPerConnection: int(spec.Limits.MessagesPerConnection),
	}
	if c.Port == 0 {
		c.Port = 587
	}
	if c.HELO == "" {
		c.HELO = spec.BounceDomain
	}
	if c.TLS == "" {
		c.TLS = string(crier.TLSStartTLS)
	}
	if c.MessagesPerConnection == 0 {
		c.MessagesPerConnection = 100
	}
	if len(c.CAPEM) > 0 && !x509.NewCertPool().AppendCertsFromPEM(c.CAPEM) {
		v := reconcile.IsStalled(crier.ReasonInvalidCertificate, "tls.caBundle has no certificate: paste the certificate authority in PEM.")
		return c, &v, nil
	}
	certificate, verdict, err := addCertificate(ctx, reader, relay, &c)
	if verdict != nil || err != nil {
		return c, verdict, err
	}
	credentials, verdict, err := addCredentials(ctx, reader, relay, &c)
	if verdict != nil || err != nil {
		return c, verdict, err
	}
	if verdict, err = addDKIM(ctx, reader, relay, &c); verdict != nil || err != nil {
		return c, verdict, err
	}
	c.Version = settingsVersion(c, certificate, credentials)
	return c, nil, nil
}

func addCertificate(ctx context.Context, reader client.Reader, relay *crier.Relay, c *handout.Relay) (*corev1.Secret, *reconcile.Verdict, error) {
	ref := relay.Spec.TLS.ClientCertificateSecretRef
	if ref == nil {
		return nil, nil, nil
	}
	secret, verdict, err := relaySecret(ctx, reader, relay, ref.Name)
	if verdict != nil || err != nil {
		return nil, verdict, err
	}
	c.CertPEM, c.KeyPEM = secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]
	if _, err := tls.X509KeyPair(c.CertPEM, c.KeyPEM); err != nil { // the error could quote the key
		v := reconcile.IsStalled(crier.ReasonInvalidCertificate,
			"%s and %s of Secret %s are not a certificate and its key in PEM.", corev1.TLSCertKey, corev1.TLSPrivateKeyKey, ref.Name)
		return nil, &v, nil //nolint:nilerr // it is in the verdict, as far as it may be told
	}
	return secret, nil, nil
}

func addCredentials(ctx context.Context, reader client.Reader, relay *crier.Relay, c *handout.Relay) (*corev1.Secret, *reconcile.Verdict, error) {
	auth := relay.Spec.Auth
	if auth == nil {
		return nil, nil, nil
	}
	c.Auth = string(auth.Mechanism)
	if c.Auth == "" {
		c.Auth = string(crier.AuthAuto)
	}
	if auth.SecretRef == nil {
		return nil, nil, nil // External: the client certificate is the login
	}
	secret, verdict, err := relaySecret(ctx, reader, relay, auth.SecretRef.Name)
	if verdict != nil || err != nil {
		return nil, verdict, err
	}
	for _, key := range []string{UsernameKey, PasswordKey} {
		value := string(secret.Data[key])
		if value == "" && auth.Mechanism != crier.AuthExternal {
			v := reconcile.IsStalled(crier.ReasonCredentialsMissing, "Secret %s has no %s: it needs the keys %s and %s.",
				auth.SecretRef.Name, key, UsernameKey, PasswordKey)
			return nil, &v, nil
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			v := reconcile.IsStalled(crier.ReasonCredentialsMissing,
				"The %s in Secret %s has a line break, perhaps from echo: create it with printf or kubectl create secret generic --from-literal.", key, auth.SecretRef.Name)
			return nil, &v, nil
		}
	}
	c.Username, c.Password = string(secret.Data[UsernameKey]), string(secret.Data[PasswordKey])
	return secret, nil, nil
}

func relaySecret(ctx context.Context, reader client.Reader, relay *crier.Relay, name string) (*corev1.Secret, *reconcile.Verdict, error) {
	secret, err := userfiles.ReadSecret(ctx, reader, client.ObjectKey{Namespace: relay.Namespace, Name: name}, crier.UseRelay)
	var missing *userfiles.NotFound
	var unlabeled *userfiles.NotLabeled
	switch {
	case errors.As(err, &missing):
		v := reconcile.IsReconciling(crier.ReasonCredentialsMissing,
			"There is no Secret %s in namespace %s that Crier may read: create it with the label %s=%s.",
			name, relay.Namespace, crier.LabelUse, crier.UseRelay).After(lookAgain)
		return nil, &v, nil
	case errors.As(err, &unlabeled):
		v := reconcile.IsStalled(crier.ReasonSecretNotLabeled, "%s", unlabeled)
		return nil, &v, nil
	}
	return secret, nil, err
}

// settingsVersion is a digest of the settings. Of Secrets it holds identity and
// version, never content: it stands in status, where a digest of a password
// would let anyone try guesses at leisure.
func settingsVersion(c handout.Relay, secrets ...*corev1.Secret) string {
	parts := []any{c.Host, c.Port, c.HELO, c.TLS, c.ServerName, c.CAPEM, c.Auth}
	for _, s := range secrets {
		if s == nil {
			parts = append(parts, nil)
			continue
		}
		parts = append(parts, s.Name, s.UID, s.ResourceVersion)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
