package dkim

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
)

// Published is what the DNS says of a key.
type Published int

const (
	// Matches means that receivers find the public half of the key.
	Matches Published = iota
	// Missing means that there is no key record.
	Missing
	// Revoked means that the record has an empty p=.
	Revoked
	// Different means that there is another key in the record.
	Different
	// Unusable means that receivers can't use the record for what the key
	// signs: k=, h= or s= forbid it, or it can't be read.
	Unusable
	// Several means that there is more than one key record: what receivers do
	// is undefined (RFC 6376 section 3.6.2.2).
	Several
)

// Name is where receivers look for the public key: a domain name with a dot at
// its end.
func (k Key) Name() string { return k.String() + "." }

// Record is the text of the TXT record to publish at Name (RFC 6376 section
// 3.6.1, RFC 8463 section 4).
func (k Key) Record() string {
	switch public := k.signer.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err == nil {
			return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
		}
	}
	return "" // ParseKey makes no such key
}

// ZoneLine is Record as a line of a zone file: in strings of at most 255
// octets, of which receivers make one (RFC 1035 section 3.3.14).
func (k Key) ZoneLine() string {
	const most = 255
	var b strings.Builder
	b.WriteString(k.Name() + " TXT")
	for text := k.Record(); text != ""; {
		n := min(most, len(text))
		b.WriteString(` "` + text[:n] + `"`)
		text = text[n:]
	}
	return b.String()
}

// maxRecords bounds how many TXT records of one name are looked at.
const maxRecords = 32

// Compare says what the TXT records at Name mean for the key. What isn't a key
// record is passed over.
func (k Key) Compare(records []string) Published {
	result, found := Missing, 0
	for _, text := range records[:min(len(records), maxRecords)] {
		tags, ok := parseTags(text)
		if !ok {
			continue
		}
		found++
		result = k.compare(tags)
	}
	if found > 1 {
		return Several
	}
	return result
}

// parseTags reads a tag-list (RFC 6376 section 3.2). ok is false for what is
// no key record: v= must come first if it is there, and p= is required.
func parseTags(text string) (tags map[string]string, ok bool) {
	tags = map[string]string{}
	for i, part := range strings.Split(strings.TrimRight(text, "; \t\r\n"), ";") {
		name, value, pair := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if _, twice := tags[name]; !pair || twice || name == "v" && (i > 0 || value != "DKIM1") {
			return nil, false
		}
		tags[name] = value
	}
	_, ok = tags["p"]
	return tags, ok
}

func (k Key) compare(tags map[string]string) Published {
	kind := tags["k"]
	if kind == "" {
		kind = "rsa"
	}
	public, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(tags["p"]), ""))
	switch {
	case tags["p"] == "":
		return Revoked
	case kind+"-sha256" != k.Algorithm(), err != nil,
		!allows(tags, "h", "sha256"), !allows(tags, "s", "email", "*"):
		return Unusable
	case !k.isPublic(public):
		return Different
	}
	return Matches
}

// allows says whether a list of words, which allows all if it isn't there, has
// one of those that are needed.
func allows(tags map[string]string, name string, one ...string) bool {
	list, ok := tags[name]
	if !ok {
		return true
	}
	for word := range strings.SplitSeq(list, ":") {
		if slices.Contains(one, strings.TrimSpace(word)) {
			return true
		}
	}
	return false
}

// isPublic compares the value of p= with the public half. RFC 6376 says
// RSAPublicKey for RSA, and everybody writes SubjectPublicKeyInfo (erratum
// 3017): both are read.
func (k Key) isPublic(data []byte) bool {
	switch own := k.signer.Public().(type) {
	case ed25519.PublicKey:
		return bytes.Equal(own, data)
	case *rsa.PublicKey:
		if public, err := x509.ParsePKIXPublicKey(data); err == nil {
			return own.Equal(public)
		}
		public, err := x509.ParsePKCS1PublicKey(data)
		return err == nil && own.Equal(public)
	}
	return false
}
