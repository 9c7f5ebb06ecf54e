package message

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	verifier "github.com/emersion/go-msgauth/dkim"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/dkim"
)

var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(nil, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	edKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))
)

func testKey(t testing.TB, domain, selector, kind string) dkim.Key {
	t.Helper()
	var private any = edKey
	if kind == "rsa" {
		private = rsaKey()
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := dkim.ParseKey(domain, selector, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustParse(t testing.TB, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify wants that many signatures, all of them good.
func verify(t *testing.T, data []byte, want int) {
	t.Helper()
	found, err := verifier.VerifyWithOptions(bytes.NewReader(data), &verifier.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if strings.HasPrefix(name, "ed.") {
			return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey))}, nil
		}
		der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
		return []string{"v=DKIM1; p=" + base64.StdEncoding.EncodeToString(der)}, err
	}})
	if err != nil || len(found) != want {
		t.Fatalf("%v, %d signatures, want %d, on\n%s", err, len(found), want, data)
	}
	for _, v := range found {
		if v.Err != nil {
			t.Fatalf("%s: %v\n%s", v.Domain, v.Err, data)
		}
	}
}

func signed(f Frozen) Frozen {
	f.DKIM = []Selector{{"example.gov", "ed"}, {"example.gov", "rsa"}}
	return f
}

func bothKeys(t testing.TB) []dkim.Key {
	return []dkim.Key{testKey(t, "example.gov", "rsa", "rsa"), testKey(t, "other.example", "ed", "ed"), testKey(t, "example.gov", "ed", "ed")}
}

func TestSignedMessages(t *testing.T) {
	files := plainFrozen()
	files.Attachments = []Attachment{{Name: "a.txt", ContentType: "text/plain", Data: bytes.Repeat([]byte("x"), 10000)}}
	literal := plainFrozen()
	literal.Literal, literal.Text, literal.HTML = true, "From ü  \t\n\n\n", ""
	literal.Subject = strings.Repeat("a long subject ", 20) + "ü"
	var s Scratch
	for name, f := range map[string]Frozen{"both": plainFrozen(), "newsletter": newsletter(), "files": files, "literal": literal} {
		f = signed(f)
		c, err := NewComposer(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.UseKeys(bothKeys(t)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []roster.Subscriber{jo(), reader(), {Email: "jörg@b.example"}} {
			m, err := c.Compose(&s, r, 1, 2, testDate)
			if err != nil {
				t.Fatal(err)
			}
			verify(t, m.Data, 2)
			draft, err := c.Draft(nil, r, 1, 2, testDate)
			if err != nil || !bytes.HasSuffix(m.Data, draft.Data) {
				t.Errorf("%s: %v, the signed message isn't signature and draft", name, err)
			}
			if more := len(m.Data) - len(draft.Data); more > c.SignatureSize() {
				t.Errorf("%s: signatures of %d octets, at most %d were said", name, more, c.SignatureSize())
			}
			verify(t, draft.Data, 0)
		}
	}
}

func TestNothingGoesUnsigned(t *testing.T) {
	c, err := NewComposer(signed(plainFrozen()))
	if err != nil {
		t.Fatal(err)
	}
	keys := bothKeys(t)
	refuses := func(when, selector string, err error) {
		t.Helper()
		var missing *KeyMissing
		if !errors.As(err, &missing) || missing.Domain != "example.gov" || missing.Selector != selector {
			t.Errorf("%s: %v", when, err)
		}
		m, err := c.Compose(nil, jo(), 0, 0, testDate)
		var refused *content.Refused
		if !errors.As(err, &missing) || errors.As(err, &refused) || m.Data != nil {
			t.Errorf("%s: composed, %v", when, err)
		}
		if text := fmt.Sprint(err); !strings.Contains(text, "example.gov") || !strings.Contains(text, selector) {
			t.Errorf("%s: %s", when, text)
		}
	}
	refuses("before UseKeys", "ed", &KeyMissing{"example.gov", "ed"})
	refuses("without keys", "ed", c.UseKeys(nil))
	refuses("with one of two", "rsa", c.UseKeys(keys[1:]))
	if err := c.UseKeys(keys); err != nil {
		t.Fatal(err)
	}
	m, err := c.Compose(nil, jo(), 0, 0, testDate)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, m.Data, 2)
	refuses("after a key went", "ed", c.UseKeys(keys[:2]))
}

func TestWithoutSelectorsNothingIsSigned(t *testing.T) {
	c, err := NewComposer(plainFrozen())
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]dkim.Key{nil, bothKeys(t)} {
		if err := c.UseKeys(keys); err != nil {
			t.Fatal(err)
		}
		m, err := c.Compose(nil, jo(), 0, 0, testDate)
		if err != nil {
			t.Fatal(err)
		}
		verify(t, m.Data, 0)
	}
}

// Keys change while others compose.
func TestUseKeysWhileComposing(t *testing.T) {
	c, err := NewComposer(signed(plainFrozen()))
	if err != nil {
		t.Fatal(err)
	}
	keys := bothKeys(t)
	if err := c.UseKeys(keys); err != nil {
		t.Fatal(err)
	}
	want, err := c.Compose(nil, jo(), 3, 14, testDate)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var s Scratch
			for range 20 {
				m, err := c.Compose(&s, jo(), 3, 14, testDate)
				if err != nil || !bytes.Equal(m.Data, want.Data) {
					t.Errorf("differs: %v", err)
				}
			}
		})
	}
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
		if err := c.UseKeys(keys); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}
