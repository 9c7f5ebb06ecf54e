package dkim

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"
	"time"
)

// Headers are the fields that a Signer covers, where a message has them.
var Headers = []string{
	"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"List-Id", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post",
	"List-Post", "List-Owner", "List-Archive", "Precedence",
}

// oversigned fields are named once more than they occur, also where they don't,
// so that one added later breaks the signature (RFC 6376 section 8.15): what
// people see, and what decides how the rest is read. Sender isn't among them:
// Exim adds one by default to what an account submits whose name isn't the
// author's, as lists and delegates do, and the signature has to survive that.
var oversigned = []string{
	"From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}

// Signer signs messages with one or several keys, each signature on its own.
// It is safe for concurrent use; Scratch isn't.
type Signer struct {
	keys  []Key
	lower []string // Headers in lower case
	over  []string // oversigned in lower case
}

// Scratch holds what is reused from one message to the next.
type Scratch struct {
	fields [][2][]byte // of the message: name, value
	block  []byte      // canonical form of the covered fields
	names  []byte      // value of h=, with colons
	text   []byte      // what one signature covers
	hash   hash.Hash
	sum    [sha256.Size]byte
}

// NewSigner signs with each of keys, in that order.
func NewSigner(keys []Key) *Signer {
	s := &Signer{keys: keys}
	for _, name := range Headers {
		s.lower = append(s.lower, strings.ToLower(name))
	}
	for _, name := range oversigned {
		s.over = append(s.over, strings.ToLower(name))
	}
	return s
}

// maxSignature is the longest value of b= in octets, folded: RSA of MaxRSA.
const maxSignature = (MaxRSA/8+2)/3*4 + ((MaxRSA/8+2)/3*4/lineWidth+1)*len(fold)

// MaxSize is more than the signature of one key adds to a message, in octets.
func MaxSize(domain, selector string) int {
	const tags = 256 // all but h=, d=, s= and b=
	names := 0
	for _, list := range [][]string{Headers, oversigned} {
		for _, name := range list {
			names += len(name) + 1
		}
	}
	names += (names/(lineWidth/2) + 1) * len(fold)
	return tags + names + maxSignature + len(domain) + len(selector)
}

// MaxSize is more than Append ever adds to a message, in octets, as long as
// it has each of Headers once.
func (s *Signer) MaxSize() int {
	size := 0
	for _, k := range s.keys {
		size += MaxSize(k.Domain, k.Selector)
	}
	return size
}

// Append appends one DKIM-Signature field per key to dst. header is the header
// block with CRLF line ends and without the empty line, body all after that
// line. rest is what follows in the body, piece by piece; each piece, and body
// before it, ends with CRLF unless it is the last or empty. at is the time of
// the signature, t=; the same input gives the same signature. The fields go
// before the header of the message.
func (s *Signer) Append(dst []byte, scratch *Scratch, header, body []byte, at time.Time, rest ...[]byte) ([]byte, error) {
	if len(s.keys) == 0 {
		return dst, nil
	}
	if scratch.hash == nil {
		scratch.hash = sha256.New()
	}
	scratch.hash.Reset()
	hashBody(scratch.hash, body, rest)
	bodySum := scratch.hash.Sum(scratch.sum[:0])
	s.cover(scratch, header)
	for _, key := range s.keys {
		begin := len(dst)
		dst = appendUnsigned(dst, key, scratch.names, bodySum, at)
		signature, err := scratch.sign(key, dst[begin:])
		if err != nil {
			return dst[:begin], err
		}
		dst = scratch.appendSignature(dst, signature)
	}
	return dst, nil
}

// cover collects the fields that are signed, in canonical form, and names them.
func (s *Signer) cover(scratch *Scratch, header []byte) {
	scratch.fields, scratch.block, scratch.names = scratch.fields[:0], scratch.block[:0], scratch.names[:0]
	for {
		name, value, rest, ok := nextField(header)
		if !ok {
			break
		}
		scratch.fields = append(scratch.fields, [2][]byte{name, value})
		header = rest
	}
	for i, name := range Headers {
		// Of several of one name the last one comes first (section 5.4.2).
		for j := len(scratch.fields) - 1; j >= 0; j-- {
			f := scratch.fields[j]
			if len(f[0]) == len(name) && equalFold(f[0], s.lower[i]) {
				scratch.block = appendField(scratch.block, f[0], f[1])
				scratch.names = appendName(scratch.names, s.lower[i])
			}
		}
	}
	for _, name := range s.over {
		scratch.names = appendName(scratch.names, name)
	}
}

func appendName(names []byte, name string) []byte {
	if len(names) > 0 {
		names = append(names, ':')
	}
	return append(names, name...)
}

// equalFold compares with a text in lower case.
func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// lineWidth is what a line of the field holds after its blank.
const lineWidth = 72

const fold = "\r\n\t"

// appendUnsigned writes the field up to its empty b=. It is folded between
// tags, and h= between names: a relaxed verifier makes one space of a fold,
// which the grammar allows there and nowhere within a name.
func appendUnsigned(dst []byte, key Key, names, bodySum []byte, at time.Time) []byte {
	dst = append(dst, "DKIM-Signature: v=1; a="...)
	dst = append(dst, key.Algorithm()...)
	dst = append(dst, "; c=relaxed/relaxed;"+fold+"d="...)
	dst = append(dst, key.Domain...)
	dst = append(dst, ";"+fold+"s="...)
	dst = append(dst, key.Selector...)
	dst = append(dst, "; t="...)
	dst = strconv.AppendInt(dst, at.Unix(), 10)
	dst = append(dst, ";"+fold+"h="...)
	column := len("h=")
	for len(names) > 0 {
		n := bytes.IndexByte(names, ':') + 1
		if n == 0 {
			n = len(names)
		}
		if column+n > lineWidth {
			dst = append(dst, fold...)
			column = 0
		}
		dst = append(dst, names[:n]...)
		column += n
		names = names[n:]
	}
	dst = append(dst, ";"+fold+"bh="...)
	dst = base64.StdEncoding.AppendEncode(dst, bodySum)
	return append(dst, ";"+fold+"b="...)
}

// sign covers the fields and the unsigned field itself, without a CRLF at its
// end (RFC 6376 section 3.7). Ed25519 signs the digest (RFC 8463 section 3).
func (s *Scratch) sign(key Key, field []byte) ([]byte, error) {
	colon := bytes.IndexByte(field, ':')
	s.text = append(s.text[:0], s.block...)
	s.text = appendField(s.text, field[:colon], field[colon+1:])
	s.hash.Reset()
	s.hash.Write(s.text[:len(s.text)-len(crlf)])
	digest := s.hash.Sum(s.text[:0])
	switch private := key.signer.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(private, digest), nil
	case *rsa.PrivateKey:
		// PKCS #1 v1.5 takes no randomness: the signature stays the same.
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
	}
	return nil, &Error{"there is no private key for " + key.String()}
}

// appendSignature writes the value of b= and ends the field.
func (s *Scratch) appendSignature(dst, signature []byte) []byte {
	s.text = base64.StdEncoding.AppendEncode(s.text[:0], signature)
	text := s.text
	for column := len("b="); len(text) > 0; column = 0 {
		n := min(len(text), lineWidth-column)
		dst = append(dst, text[:n]...)
		if text = text[n:]; len(text) > 0 {
			dst = append(dst, fold...)
		}
	}
	return append(dst, crlf...)
}
