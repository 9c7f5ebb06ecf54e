package sink

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

// parts opens a body that has to be of a certain kind.
func parts(contentType, want string, body io.Reader) (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != want {
		return nil, wrong(fmt.Sprintf("the body is %q", kind), err)
	}
	return multipart.NewReader(body, params["boundary"]), nil
}

// end wants no more parts.
func end(all *multipart.Reader) error {
	if _, err := all.NextRawPart(); !errors.Is(err, io.EOF) {
		return wrong("there is a part too many", err)
	}
	return nil
}

// checkBodies wants one text and one HTML body, both in quoted-printable, and
// says how many octets they are.
func checkBodies(contentType string, body io.Reader) (sizes [2]int, err error) {
	all, err := parts(contentType, "multipart/alternative", body)
	if err != nil {
		return sizes, err
	}
	for i, want := range []string{"text/plain", "text/html"} {
		part, err := all.NextRawPart()
		if err != nil {
			return sizes, err
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != want || !strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			return sizes, wrong(fmt.Sprintf("a part is %q in %q", kind, part.Header.Get("Content-Transfer-Encoding")), err)
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return sizes, err
		}
		sizes[i] = len(raw)
		text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
		if err != nil || !utf8.Valid(text) || !bytes.Contains(text, []byte("https://benefits.example.gov/enroll")) {
			return sizes, wrong("a part isn't what was written", err)
		}
	}
	return sizes, end(all)
}

// checkMixed wants the bodies and one file behind them.
func checkMixed(contentType string, body io.Reader, file []byte) (sizes [2]int, err error) {
	all, err := parts(contentType, "multipart/mixed", body)
	if err != nil {
		return sizes, err
	}
	first, err := all.NextRawPart()
	if err != nil {
		return sizes, err
	}
	if sizes, err = checkBodies(first.Header.Get("Content-Type"), first); err != nil {
		return sizes, err
	}
	second, err := all.NextRawPart()
	if err != nil {
		return sizes, err
	}
	if !strings.EqualFold(second.Header.Get("Content-Transfer-Encoding"), "base64") || second.FileName() == "" {
		return sizes, errors.New("the second part isn't a file in base64")
	}
	got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, second))
	if err != nil || !bytes.Equal(got, file) {
		return sizes, wrong("the file isn't what was attached", err)
	}
	return sizes, end(all)
}
