package dkim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(newRSA(2048))})
	for name, test := range map[string]struct {
		text              []byte
		algorithm, weaker string
	}{
		"PKCS #1":       {pkcs1, RSA, ""},
		"PKCS #8":       {rsaPEM(), RSA, ""},
		"Ed25519":       {ed25519PEM(), Ed25519, ""},
		"text before":   {append([]byte("a comment\n"), ed25519PEM()...), Ed25519, ""},
		"1024 bits":     {encode(newRSA(1024)), RSA, "1024 bits"},
		"4096 is taken": {encode(newRSA(4096)), RSA, ""},
	} {
		key, err := ParseKey("XN--bcher-kva.example", "S1.news", test.text)
		if err != nil || key.Algorithm() != test.algorithm || !strings.Contains(key.Weakness(), test.weaker) || test.weaker == "" && key.Weakness() != "" {
			t.Errorf("%s: %v, %s, %q", name, err, key.Algorithm(), key.Weakness())
		}
		if key.String() != "s1.news._domainkey.xn--bcher-kva.example" {
			t.Errorf("%s: %s", name, key)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&newRSA(1024).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	good := ed25519PEM()
	for name, test := range map[string]struct {
		domain, selector string
		text             []byte
		want             string
	}{
		"no domain":     {"", "s", good, "domain"},
		"one label":     {"gov", "s", good, "domain"},
		"no A-label":    {"bücher.example", "s", good, "domain"},
		"domain tag":    {"a.example; l=0", "s", good, "domain"},
		"no selector":   {"a.example", "", good, "selector"},
		"selector tag":  {"a.example", "s;x=1", good, "selector"},
		"selector dots": {"a.example", "a..b", good, "selector"},
		"no PEM":        {"a.example", "s", []byte("x"), "no PEM"},
		"empty":         {"a.example", "s", nil, "no PEM"},
		"public key":    {"a.example", "s", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), "instead of a private key, it holds a public key"},
		"encrypted":     {"a.example", "s", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}), "passphrase"},
		"damaged":       {"a.example", "s", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), "damaged"},
		"other":         {"a.example", "s", pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte{1}}), "RSA or Ed25519"},
		"ECDSA":         {"a.example", "s", encode(p256), "neither RSA nor Ed25519"},
		"512 bits":      {"a.example", "s", encode(newRSA(512)), "512 bits"},
	} {
		_, err := ParseKey(test.domain, test.selector, test.text)
		var reason *Error
		if !errors.As(err, &reason) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestKeysDoNotShowThemselves(t *testing.T) {
	key := mustKey(t, "a.example", "s", rsaPEM())
	d := key.signer.(*rsa.PrivateKey).D.String()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, key) + fmt.Sprintf(format, []Key{key}); strings.Contains(text, d) || bytes.Contains([]byte(text), []byte("PrivateKey")) {
			t.Errorf("%s shows the key", format)
		}
	}
}
