package message

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// footer says why one gets a message, who sends it and how to leave the list,
// ready to be added to both bodies.
type footer struct{ text, html part }

// part is a footer for one body: what stands before the way to leave, and what
// after it. Without one there is only before.
type part struct {
	before, after []byte
	way           bool
}

func newFooter(f Frozen) footer {
	if f.Footer == "" {
		return footer{}
	}
	lines := strings.ReplaceAll(html.EscapeString(f.Footer), "\n", "<br>\n")
	out := footer{
		text: part{before: []byte("\n\n-- \n" + f.Footer), after: []byte("\n")},
		html: part{before: []byte(`<p style="margin:24px 0 0;font:12px/1.5 sans-serif;color:#6b7280">` + lines), after: []byte("</p>\n")},
	}
	if !f.Leave || len(f.ListUnsubscribe) == 0 {
		return out
	}
	out.html.way = true
	out.html.before = append(out.html.before, "<br>\n<a href=\""...)
	out.html.after = []byte(`" style="color:#6b7280">Unsubscribe</a></p>` + "\n")
	if !strings.Contains(f.Footer, shownWay(f.ListUnsubscribe[0])) { // it can't be followed there in HTML
		out.text.way = true
		out.text.before = append(out.text.before, "\nUnsubscribe: "...)
	}
	return out
}

// appendTo adds it, with url in its place.
func (p *part) appendTo(dst []byte, url string) []byte {
	dst = append(dst, p.before...)
	if p.way {
		dst = append(dst, url...)
	}
	return append(dst, p.after...)
}

// addText puts it below a signature line (RFC 3676 section 4.3).
func (f *footer) addText(text []byte, url string) []byte {
	if f.text.before == nil || len(text) == 0 {
		return text
	}
	return f.text.appendTo(bytes.TrimRight(text, "\r\n"), shownWay(url))
}

// addHTML puts it before the end of the body.
func (f *footer) addHTML(document []byte, url string) []byte {
	if f.html.before == nil || len(document) == 0 {
		return document
	}
	return slices.Insert(document, endOfBody(document), f.html.appendTo(nil, html.EscapeString(url))...)
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
