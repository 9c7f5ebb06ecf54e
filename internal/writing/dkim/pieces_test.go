package dkim

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// FuzzPieces holds that a body in pieces has the hash of the whole.
func FuzzPieces(f *testing.F) {
	f.Add("a\r\n\r\n\r\nb \t c\r\n\r\n \r\n", uint16(3))
	f.Add("\r\n\r\nx", uint16(0b11))
	f.Add(" \r\n \r\n\r\n", uint16(0b111))
	f.Add("a\r\n b\r\n\tc  \r\n--x--\r\n", uint16(0xffff))
	f.Fuzz(func(t *testing.T, body string, cuts uint16) {
		whole := sha256.New()
		hashBody(whole, []byte(body), nil)
		lines := bytes.SplitAfter([]byte(body), crlf)
		all := [][]byte{nil}
		for i, line := range lines {
			all[len(all)-1] = append(all[len(all)-1], line...)
			if cuts>>(i%16)&1 == 1 && bytes.HasSuffix(line, crlf) {
				all = append(all, nil)
			}
		}
		parts := sha256.New()
		hashBody(parts, all[0], all[1:])
		if !bytes.Equal(whole.Sum(nil), parts.Sum(nil)) {
			t.Fatalf("%q in pieces: %q", body, all)
		}
	})
}

// FuzzNextBlanks compares with a look at one octet after the other.
func FuzzNextBlanks(f *testing.F) {
	f.Add([]byte("abcdefgh ijklmnop\r\nx \t y  z\x00\x1f!\x7f\x80\xa0\xff "), 3)
	f.Add([]byte("       \x81\x21\x20\x20"), 0)
	f.Fuzz(func(t *testing.T, body []byte, at int) {
		if at < 0 || at > len(body) {
			return
		}
		want := at
		for ; want < len(body); want++ {
			if b := body[want]; b == '\t' || b == ' ' && (want+1 == len(body) || body[want+1] <= ' ') {
				break
			}
		}
		if got := nextBlanks(body, at); got != want {
			t.Fatalf("%q from %d: %d, want %d", body, at, got, want)
		}
	})
}
