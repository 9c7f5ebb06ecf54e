package flow_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/writing/message"
)

// signingWorld has a Relay with keys of those domains, in one Secret.
func signingWorld(t *testing.T, keys ...message.Selector) *world {
	t.Helper()
	w := bare(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "dkim", Labels: map[string]string{crier.LabelUse: crier.UseRelay}},
		Data:       map[string][]byte{},
	}
	relay := w.Relay()
	for i, k := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i)}, ed25519.SeedSize)))
		if err != nil {
			t.Fatal(err)
		}
		secret.Data[k.Domain] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		relay.Spec.DKIM = append(relay.Spec.DKIM, crier.RelayDKIM{
			Domain: k.Domain, Selector: k.Selector, PrivateKeySecretRef: crier.SecretKeyReference{Name: "dkim", Key: k.Domain},
		})
	}
	w.Create(secret)
	w.Create(relay)
	w.Create(w.set("staff", 3))
	w.Create(w.List())
	w.prepare()
	return w
}

// frozenKeys are those that a record's message was frozen with.
func (w *world) frozenKeys(record *crier.DeliveryRecord) []message.Selector {
	w.Helper()
	frozen, _, err := w.records.Store.Message(w.Context(), record)
	if err != nil {
		w.Fatal(err)
	}
	return frozen.DKIM
}

// sentKeys are the keys that the senders of a record have.
func (w *world) sentKeys(record *crier.DeliveryRecord) []handout.DKIMKey {
	w.Helper()
	secret := &corev1.Secret{}
	name := names.HandoutSecretName(record.Name, record.State.Frozen.Attempt)
	if err := api.Get(w.Context(), client.ObjectKey{Namespace: apitest.OperatorNamespace, Name: name}, secret); err != nil {
		w.Fatal(err)
	}
	c, err := handout.Decode(secret.Data[names.HandoutKey])
	if err != nil {
		w.Fatal(err)
	}
	if _, err := c.SigningKeys(); err != nil {
		w.Fatal(err)
	}
	return c.DKIM
}

// A message keeps its keys, senders get those of its author alone, and the
// report is signed with what there is when it is written.
func TestDKIMKeysOfAnAuthor(t *testing.T) {
	w := signingWorld(t, message.Selector{Domain: "other.example", Selector: "x"}, message.Selector{Domain: "example.gov", Selector: "s1"})
	w.frozen()
	w.carry(w.recordName())
	record := w.record()
	want := []message.Selector{{Domain: "example.gov", Selector: "s1"}}
	if got := w.frozenKeys(record); !slices.Equal(got, want) {
		t.Errorf("frozen with %v, want %v", got, want)
	}
	if keys := w.sentKeys(record); len(keys) != 1 || keys[0].Domain != "example.gov" || keys[0].Selector != "s1" {
		t.Errorf("senders have %d keys", len(keys))
	}

	apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.DKIM[1].Selector = "s2" })
	w.prepare()
	w.carry(w.recordName())
	if keys := w.sentKeys(record); len(keys) != 1 || keys[0].Selector != "s2" {
		t.Errorf("senders have %d keys, want that of s2", len(keys))
	}
	if got := w.frozenKeys(w.record()); !slices.Equal(got, want) {
		t.Errorf("frozen with %v, want %v still", got, want)
	}

	w.over(accepted)
	w.carry(w.recordName())
	w.look(crier.ReasonSent, "")
	w.carry(w.recordName())
	report := w.recordOf(w.reportName(crier.ReportFinal))
	if got, want := w.frozenKeys(report), []message.Selector{{Domain: "example.gov", Selector: "s2"}}; !slices.Equal(got, want) {
		t.Errorf("the report is frozen with %v, want %v", got, want)
	}
}

func TestNoDKIMKeyFits(t *testing.T) {
	w := signingWorld(t, message.Selector{Domain: "other.example", Selector: "x"})
	w.frozen()
	w.carry(w.recordName())
	if keys, got := w.sentKeys(w.record()), w.frozenKeys(w.record()); len(keys) > 0 || len(got) > 0 {
		t.Errorf("frozen with %v, senders have %d keys", got, len(keys))
	}
}
