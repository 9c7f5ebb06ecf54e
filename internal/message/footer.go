package message

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// footer says why one gets a message, ready to be added to both bodies.
type footer struct{ text, html []byte }

func newFooter(text string) footer {
	if text == "" {
		return footer{}
	}
	lines := strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n")
	return footer{
		text: []byte("\n\n-- \n" + text + "\n"),
		html: []byte(`<p style="margin:24px 0 0;font:12px/1.5 sans-serif;color:#6b7280">` + lines + "</p>\n"),
	}
}

// addText puts it below a signature line (RFC 3676 section 4.3).
func (f footer) addText(text []byte) []byte {
	if f.text == nil || len(text) == 0 {
		return text
	}
	return append(bytes.TrimRight(text, "\r\n"), f.text...)
}

// addHTML puts it before the end of the body.
func (f footer) addHTML(document []byte) []byte {
	if f.html == nil || len(document) == 0 {
		return document
	}
	return slices.Insert(document, endOfBody(document), f.html...)
}

// endOfBody is where the body element is closed, or the end of the document.
func endOfBody(document []byte) int {
	end := len(document)
	for before := document; ; {
		at := bytes.LastIndex(before, []byte("</"))
		if at < 0 {
			return end
		}
		switch name := document[at+2 : min(at+6, len(document))]; {
		case equalFold(name, "body"):
			return at
		case equalFold(name, "html") && end == len(document):
			end = at
		}
		before = document[:at]
	}
}

// equalFold compares with a word in lower case, letters of ASCII only.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c != lower[i] && (c < 'A' || c > 'Z' || c+'a'-'A' != lower[i]) {
			return false
		}
	}
	return true
}
