package gather

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/testing/apitest"
)

func edPEM(t *testing.T, seed byte) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// loggingIn has a Relay that needs a login, and the login.
func loggingIn(t *testing.T) (*apitest.World, *crier.Relay) {
	w := server.NewWorld(t)
	relay := w.Relay()
	relay.Spec.Auth = &crier.RelayAuth{SecretRef: &crier.LocalReference{Name: "login"}}
	w.Create(relay, w.Secret("login", crier.UseRelay, map[string]string{UsernameKey: "crier", PasswordKey: "hunter2"}))
	return w, relay
}

func settings(t *testing.T, relay *crier.Relay) handout.Relay {
	t.Helper()
	c, verdict, err := RelaySettings(t.Context(), server.Client, relay)
	if err != nil || verdict != nil {
		t.Fatal(verdict, err)
	}
	return c
}

func TestSettings(t *testing.T) {
	w, relay := loggingIn(t)
	c := settings(t, relay)
	if c.Username != "crier" || c.Password != "hunter2" || c.HELO != "bounces.example.gov" || c.TLS != "StartTLS" ||
		c.Auth != "Auto" || c.Port != 587 || c.MessagesPerConnection != 100 || c.Allowed {
		t.Errorf("settings %+v", c)
	}
	secret := w.Secret("login", crier.UseRelay, map[string]string{UsernameKey: "crier", PasswordKey: "another"})
	w.Update(secret)
	changed := settings(t, relay)
	if changed.Version == c.Version {
		t.Error("another password, the same version")
	}
	// What is written down of the settings must not let anybody try guesses of
	// the password: it is the same for another one with the same history.
	if strings.Contains(changed.Version, "another") || settings(t, relay).Version != changed.Version {
		t.Errorf("version %s", changed.Version)
	}
	for name, change := range map[string]func(*crier.RelaySpec){
		"host": func(s *crier.RelaySpec) { s.Host = "other.example.gov" },
		"port": func(s *crier.RelaySpec) { s.Port = 25 },
		"helo": func(s *crier.RelaySpec) { s.HeloName = "crier.example.gov" },
		"tls":  func(s *crier.RelaySpec) { s.TLS.ServerName = "other.example.gov" },
		"auth": func(s *crier.RelaySpec) { s.Auth.Mechanism = crier.AuthPlain },
	} {
		other := relay.DeepCopy()
		change(&other.Spec)
		if settings(t, other).Version == changed.Version {
			t.Errorf("another %s, the same version: senders would keep their connections", name)
		}
	}
}

// Senders log in with what is whole only; what is missing is said.
func TestSettingsThatAreNotWhole(t *testing.T) {
	w, relay := loggingIn(t)
	for name, c := range map[string]struct {
		data          map[string]string
		use           string
		reason, words string
	}{
		"no password":         {map[string]string{UsernameKey: "crier"}, crier.UseRelay, crier.ReasonCredentialsMissing, "has no password"},
		"no user":             {map[string]string{PasswordKey: "hunter2"}, crier.UseRelay, crier.ReasonCredentialsMissing, "has no username"},
		"a line break":        {map[string]string{UsernameKey: "crier", PasswordKey: "hunter2\n"}, crier.UseRelay, crier.ReasonCredentialsMissing, "line break"},
		"for something else":  {map[string]string{UsernameKey: "crier", PasswordKey: "hunter2"}, crier.UseRoster, crier.ReasonSecretNotLabeled, "crier.dev/use=relay"},
		"for none of our use": {map[string]string{UsernameKey: "crier", PasswordKey: "hunter2"}, "", crier.ReasonSecretNotLabeled, "crier.dev/use=relay"},
	} {
		w.Update(w.Secret("login", c.use, c.data))
		got, v, err := RelaySettings(t.Context(), server.Client, relay)
		if err != nil || v == nil || v.Reason != c.reason || !strings.Contains(v.Message, c.words) || strings.Contains(v.Message, "hunter2") {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if got.Password != "" || got.Version != "" {
			t.Errorf("%s: settings %+v all the same", name, got)
		}
	}
	w.Delete(w.Secret("login", "", nil))
	if _, v, err := RelaySettings(t.Context(), server.Client, relay); err != nil || v.Reason != crier.ReasonCredentialsMissing || v.RequeueAfter == 0 {
		t.Errorf("no Secret: %+v, %v", v, err)
	}
}

func TestDKIMInTheSettings(t *testing.T) {
	w, relay := loggingIn(t)
	before := settings(t, relay)
	w.Create(w.Secret("dkim", crier.UseRelay, map[string]string{"tls.key": string(edPEM(t, 1)), "other": string(edPEM(t, 2))}))
	relay.Spec.DKIM = []crier.RelayDKIM{
		{Domain: "example.gov", Selector: "s1", PrivateKeySecretRef: crier.SecretKeyReference{Name: "dkim"}},
		{Domain: "hr.example.gov", Selector: "s1", PrivateKeySecretRef: crier.SecretKeyReference{Name: "dkim", Key: "other"}},
	}
	c := settings(t, relay)
	if c.Version != before.Version {
		t.Error("the version changes with DKIM keys: a refused login would be tried again")
	}
	want := []handout.DKIMKey{{Domain: "example.gov", Selector: "s1", PEM: edPEM(t, 1)}, {Domain: "hr.example.gov", Selector: "s1", PEM: edPEM(t, 2)}}
	if !slices.EqualFunc(c.DKIM, want, func(a, b handout.DKIMKey) bool {
		return a.Domain == b.Domain && a.Selector == b.Selector && bytes.Equal(a.PEM, b.PEM)
	}) {
		t.Errorf("keys %v", c.DKIM)
	}
}
