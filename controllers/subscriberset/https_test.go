package subscriberset

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/dialguard"
)

// A file over HTTPS, from the declaration to the roster, with a password that
// is rotated.
func TestHTTPS(t *testing.T) {
	token, tag, lines := "one", `"1"`, 3
	var codes []int
	files := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		code := http.StatusOK
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			code = http.StatusUnauthorized
		case r.Header.Get("If-None-Match") == tag:
			code = http.StatusNotModified
		}
		codes = append(codes, code)
		rw.Header().Set("ETag", tag)
		rw.WriteHeader(code)
		for i := range lines {
			if code == http.StatusOK {
				fmt.Fprintf(rw, `{"email":"p%d@example.gov","floor":%d}`+"\n", i, i)
			}
		}
	}))
	t.Cleanup(files.Close)

	w := newWorld(t)
	w.r.Guard = dialguard.Guard{AllowPrivate: true}
	login := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "login", Labels: map[string]string{crier.LabelUse: crier.UseSource}},
		StringData: map[string]string{"token": "one"},
	}
	w.Create(login)
	w.Create(&crier.SubscriberSet{
		ObjectMeta: metav1.ObjectMeta{Name: "staff"},
		Spec: crier.SubscriberSetSpec{
			Attributes: map[string]crier.AttributeDeclaration{"floor": {Type: crier.AttributeInteger}},
			Source: crier.SubscriberSource{HTTPS: &crier.HTTPSSource{
				URL:       files.URL + "/people?key=hunter2",
				TLS:       crier.SourceTLS{CABundle: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: files.Certificate().Raw}))},
				SecretRef: &crier.LocalReference{Name: "login"},
			}},
		},
	})
	set, _ := w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	w.people(set, 3)

	w.pass(2 * time.Hour)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "3 subscribers.")
	tag, lines = `"2"`, 5
	w.pass(2 * time.Hour)
	set, _ = w.steady()
	w.people(set, 5)

	token = "two"
	w.pass(2 * time.Hour)
	set, _ = w.steady()
	w.synced(set, "False", crier.ReasonSourceRefused, "check the credentials in the Secret")
	w.people(set, 5)
	login.Data["token"] = []byte("two")
	w.Update(login)
	set, _ = w.steady()
	w.synced(set, "True", crier.ReasonSynced, "")

	files.Close()
	w.pass(2 * time.Hour)
	set, _ = w.steady()
	w.Expect(set, crier.ReasonReady, "5 subscribers as of")
	w.synced(set, "False", crier.ReasonSourceUnavailable, "refuses the connection")
	if got := fmt.Sprint(codes); got != "[200 304 200 401 200]" {
		t.Errorf("answers %s", got)
	}
	if text := fmt.Sprint(set.Status, w.events()); strings.Contains(text, "hunter2") || strings.Contains(text, "/people") {
		t.Errorf("the URL shows: %s", text)
	}

	w.r.Guard = dialguard.Guard{}
	w.edit(func(s *crier.SubscriberSet) { s.Spec.Source.HTTPS.Format = crier.FormatJSONLines })
	set, _ = w.steady()
	w.Expect(set, crier.ReasonAddressNotAllowed, "a loopback address")
}
