package handout

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func TestSigningKeys(t *testing.T) {
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	good := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	data, err := Relay{DKIM: []DKIMKey{{"a.example", "s1", good}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.SigningKeys()
	if err != nil || len(keys) != 1 || keys[0].Domain != "a.example" || keys[0].Selector != "s1" {
		t.Errorf("%v, %v", keys, err)
	}
	c.DKIM = append(c.DKIM, DKIMKey{"b.example", "s2", []byte("a secret")})
	if _, err := c.SigningKeys(); err == nil || !strings.Contains(err.Error(), "b.example and selector s2") || strings.Contains(err.Error(), "a secret") {
		t.Errorf("a damaged key: %v", err)
	}
}

func TestKeysForAnAuthor(t *testing.T) {
	c := Relay{DKIM: []DKIMKey{{"example.gov", "a", nil}, {"tax.example.gov", "b", nil}, {"other.example", "c", nil}}}
	for author, want := range map[string]string{
		"x@example.gov": "a", "x@TAX.example.gov": "ab", "x@other.example": "c", "x@myexample.gov": "", "nobody": "",
	} {
		got := ""
		for _, k := range c.KeysFor(author) {
			got += k.Selector
		}
		if got != want {
			t.Errorf("%s: %q, want %q", author, got, want)
		}
	}
}
