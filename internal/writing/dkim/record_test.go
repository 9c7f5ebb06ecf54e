package dkim

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	keys := testKeys(t)
	ed, rs := keys[0], keys[1]
	other := mustKey(t, "example.gov", "rsa", encode(newRSA(2048)))
	p := func(k Key) string { return k.Record()[strings.Index(k.Record(), "p="):] }
	pkcs1 := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(rs.signer.Public().(*rsa.PublicKey)))
	for _, test := range []struct {
		name    string
		key     Key
		records []string
		want    Published
	}{
		{"RSA", rs, []string{rs.Record()}, Matches},
		{"Ed25519", ed, []string{ed.Record()}, Matches},
		{"without v= and k=", rs, []string{p(rs)}, Matches},
		{"blanks", rs, []string{" v = DKIM1 ;k=rsa;\r\n\t" + p(rs)[:50] + " " + p(rs)[50:] + " ; "}, Matches},
		{"RSAPublicKey", rs, []string{"v=DKIM1; p=" + pkcs1}, Matches},
		{"others at the name", rs, []string{"v=spf1 -all", "hello", rs.Record()}, Matches},
		{"hash and service", rs, []string{"v=DKIM1; h=sha1 : sha256; s=email; t=y:s; n=a note; " + p(rs)}, Matches},
		{"nothing", rs, nil, Missing},
		{"no key record", rs, []string{"v=spf1 -all", "v=DKIM2; " + p(rs), "p=; p=", "k=rsa; v=DKIM1; " + p(rs)}, Missing},
		{"revoked", rs, []string{"v=DKIM1; p="}, Revoked},
		{"revoked for another kind", ed, []string{"v=DKIM1; k=rsa; p= "}, Revoked},
		{"another key", rs, []string{other.Record()}, Different},
		{"cut off", rs, []string{rs.Record()[:255]}, Unusable},
		{"another kind", rs, []string{ed.Record()}, Unusable},
		{"Ed25519 without k=", ed, []string{"v=DKIM1; " + p(ed)}, Unusable},
		{"not base64", rs, []string{"v=DKIM1; p=!!!"}, Unusable},
		{"other hash", rs, []string{"v=DKIM1; h=sha1; " + p(rs)}, Unusable},
		{"not for mail", rs, []string{"v=DKIM1; s=tlsrpt; " + p(rs)}, Unusable},
		{"two", rs, []string{rs.Record(), other.Record()}, Several},
	} {
		if got := test.key.Compare(test.records); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestZoneLine(t *testing.T) {
	for _, key := range testKeys(t) {
		line := key.ZoneLine()
		strs := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, key.Selector+"._domainkey.example.gov. TXT \""), "\""), "\" \"")
		for _, s := range strs {
			if len(s) > 255 {
				t.Errorf("a string of %d octets", len(s))
			}
		}
		if strings.Join(strs, "") != key.Record() {
			t.Errorf("%s", line)
		}
	}
}

func FuzzCompare(f *testing.F) {
	keys := testKeys(f)
	f.Add(keys[0].Record())
	f.Add(keys[1].Record())
	f.Add(";;=;v=DKIM1;p==")
	f.Add("v=DKIM1; h=:; s=*; p=" + strings.Repeat("A", 400))
	ed := keys[0]
	public := ed.Record()[strings.Index(ed.Record(), "p=")+len("p="):]
	f.Fuzz(func(t *testing.T, text string) {
		keys[1].Compare([]string{text})
		// The last digit has bits that don't count.
		if ed.Compare([]string{text}) == Matches && !strings.Contains(strings.Join(strings.Fields(text), ""), public[:42]) {
			t.Errorf("%q matches", text)
		}
	})
}
