package https

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"crier.dev/crier/internal/recipients/source"
)

// validators are what a server calls a version of the file (RFC 9110, section
// 8.8), and which settings it was asked for with.
type validators struct {
	Settings string `json:"s"`
	ETag     string `json:"e,omitempty"`
	Modified string `json:"m,omitempty"`
}

// maxMark bounds a mark in octets: it is kept in a status.
const maxMark = 1024

// settings is a digest of the spec.
func (s https) settings() string {
	text, _ := json.Marshal(s.spec) // it came as JSON
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// mark remembers the version of an answer; empty if the server doesn't tell.
func (s https) mark(answer *http.Response) source.Mark {
	v := validators{Settings: s.settings(), ETag: answer.Header.Get("ETag"), Modified: answer.Header.Get("Last-Modified")}
	if v.ETag == "" && v.Modified == "" {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil || len(text) > maxMark {
		return ""
	}
	return source.Mark(text)
}

// parse reads a mark. One of other settings has the file read as a whole.
func (s https) parse(mark source.Mark) (v validators) {
	if json.Unmarshal([]byte(mark), &v) != nil || v.Settings != s.settings() {
		return validators{}
	}
	return v
}

// ask makes a request conditional (RFC 9110, section 13.1).
func (v validators) ask(request *http.Request) {
	if v.ETag != "" {
		request.Header.Set("If-None-Match", v.ETag)
	}
	if v.Modified != "" {
		request.Header.Set("If-Modified-Since", v.Modified)
	}
}
