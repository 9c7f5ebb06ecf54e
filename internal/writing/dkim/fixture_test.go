package dkim

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"sync"
	"testing"
	"time"

	verifier "github.com/emersion/go-msgauth/dkim"
)

var testTime = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// keyPEM makes a key of the tests: the same one in each of them.
var (
	rsaPEM     = sync.OnceValue(func() []byte { return encode(newRSA(2048)) })
	ed25519PEM = sync.OnceValue(func() []byte {
		return encode(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize)))
	})
)

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(nil, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func encode(key any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func mustKey(t testing.TB, domain, selector string, text []byte) Key {
	t.Helper()
	key, err := ParseKey(domain, selector, text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testKeys(t testing.TB) []Key {
	return []Key{mustKey(t, "example.gov", "ed", ed25519PEM()), mustKey(t, "example.gov", "rsa", rsaPEM())}
}

// record is the public half as it stands in the DNS.
func record(key Key) string {
	switch public := key.signer.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	default:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			panic(err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
}

// verify lets somebody else's verifier judge, and wants a signature of every
// key, in order.
func verify(t testing.TB, keys []Key, signed []byte) []*verifier.Verification {
	t.Helper()
	found, err := verifier.VerifyWithOptions(bytes.NewReader(signed), &verifier.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) {
			for _, k := range keys {
				if k.String() == name {
					return []string{record(k)}, nil
				}
			}
			return nil, fmt.Errorf("no key at %s", name)
		},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, signed)
	}
	if len(found) != len(keys) {
		t.Fatalf("%d signatures, want %d, on\n%s", len(found), len(keys), signed)
	}
	return found
}

// sign puts the signatures before the message.
func sign(t testing.TB, keys []Key, header, body string) []byte {
	t.Helper()
	s := NewSigner(keys)
	fields, err := s.Append(nil, new(Scratch), []byte(header), []byte(body), testTime)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(fields, crlf) {
		if len(line) > 78 && !bytes.HasPrefix(line, []byte("\td=")) && !bytes.HasPrefix(line, []byte("\ts=")) {
			t.Fatalf("a line of %d octets: %s", len(line), line)
		}
	}
	return append(append(append(fields, header...), crlf...), body...)
}
