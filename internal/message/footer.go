package message

import (
	"html"
	"strings"

	"crier.dev/crier/internal/content"
)

// withFooter adds the footer to both bodies: below a signature line in text
// (RFC 3676 section 4.3), and before the end of the body in HTML.
func withFooter(r content.Rendered, footer string) content.Rendered {
	if r.Text != "" {
		r.Text = strings.TrimRight(r.Text, "\r\n") + "\n\n-- \n" + footer + "\n"
	}
	if r.HTML != "" {
		lines := strings.ReplaceAll(html.EscapeString(footer), "\n", "<br>\n")
		block := `<p style="margin:24px 0 0;font:12px/1.5 sans-serif;color:#6b7280">` + lines + "</p>\n"
		end := endOfBody(r.HTML)
		r.HTML = r.HTML[:end] + block + r.HTML[end:]
	}
	return r
}

// endOfBody is where the body element is closed, or the end of the document.
func endOfBody(document string) int {
	lower := asciiLower(document)
	for _, tag := range []string{"</body", "</html"} {
		if at := strings.LastIndex(lower, tag); at >= 0 {
			return at
		}
	}
	return len(document)
}

// asciiLower keeps the length, which strings.ToLower doesn't.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
