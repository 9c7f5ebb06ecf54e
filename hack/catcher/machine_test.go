package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/testing/smtptest"
)

// running starts a machine on a free port and returns what changes it.
func running(t *testing.T, cfg smtptest.Config) (*machine, func(path, body string)) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	server, err := smtptest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(server, address, cfg.TLS)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.serve(ctx) }()
	control := httptest.NewServer(m.control())
	t.Cleanup(func() {
		control.Close()
		cancel()
		server.Close()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return m, func(path, body string) {
		t.Helper()
		request, _ := http.NewRequest(http.MethodPut, control.URL+path, strings.NewReader(body))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			t.Fatalf("PUT %s: %d", path, answer.StatusCode)
		}
	}
}

// answers waits until a connection succeeds or doesn't.
func (m *machine) answers(t *testing.T, want bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", m.address)
		if err == nil {
			c.Close()
		}
		if (err == nil) == want {
			return
		}
	}
	t.Fatalf("it never answered %t", want)
}

func TestPower(t *testing.T) {
	m, put := running(t, smtptest.Config{})
	m.answers(t, true)
	for range 2 { // the second time changes nothing
		put("/power", "false")
		m.answers(t, false)
	}
	for range 2 {
		put("/power", "true")
		m.answers(t, true)
	}
	if err := smtp.SendMail(m.address, nil, "a@a.test", []string{"b@b.test"}, []byte("Subject: x\r\n\r\n")); err != nil {
		t.Error(err)
	}
}

func TestUsersAndCertificateChange(t *testing.T) {
	old, _, err := smtptest.SelfSigned("old.test")
	if err != nil {
		t.Fatal(err)
	}
	m, put := running(t, smtptest.Config{TLS: old, Users: map[string]string{"u": "old"}})
	m.answers(t, true)
	name := func() string {
		t.Helper()
		c, err := smtp.Dial(m.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
			t.Fatal(err)
		}
		state, _ := c.TLSConnectionState()
		return state.PeerCertificates[0].DNSNames[0]
	}
	if got := name(); got != "old.test" {
		t.Errorf("certificate of %s", got)
	}
	put("/users", `{"u":"new"}`)
	put("/certificate", freshCertificate(t, "new.test"))
	if got := name(); got != "new.test" {
		t.Errorf("certificate of %s", got)
	}
}

// freshCertificate is the body of PUT /certificate.
func freshCertificate(t *testing.T, name string) string {
	t.Helper()
	settings, certificate, err := smtptest.SelfSigned(name)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(settings.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(files{
		Certificate: string(certificate),
		Key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
