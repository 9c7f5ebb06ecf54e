package preview

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"crier.dev/crier/internal/client/terminal"
)

// rule is between header, text and what is said about the message.
const rule = "────────────────────────────────────────────────────────────────────────"

// WriteText shows header, text and sizes, safe for a terminal.
func (p *Preview) WriteText(w io.Writer) error {
	var b strings.Builder
	width := 0
	for _, f := range p.Header {
		width = max(width, len(f.Name))
	}
	for _, f := range p.Header {
		fmt.Fprintf(&b, "%-*s %s\n", width+1, f.Name+":", terminal.Line(f.Value))
	}
	b.WriteString(rule + "\n")
	text := terminal.Text(p.Text)
	if p.Text == "" {
		text = "(no text part)"
	}
	b.WriteString(strings.TrimRight(text, "\n") + "\n" + rule + "\n")
	b.WriteString("Size: " + octets(p.Size()))
	if p.Text != "" {
		b.WriteString(", text " + octets(len(p.Text)))
	}
	if p.HTML != "" {
		b.WriteString(", HTML " + octets(len(p.HTML)))
	}
	b.WriteByte('\n')
	for _, f := range p.Files {
		kind := "Attachment"
		if f.ContentID != "" {
			kind = "Image"
		}
		fmt.Fprintf(&b, "%s: %s (%s, %s)\n", kind, terminal.Line(f.Name), terminal.Line(f.ContentType), octets(len(f.Data)))
	}
	if p.Hash != "" {
		b.WriteString("Message hash: " + p.Hash + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// octets is a size for people.
func octets(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n == 1:
		return "1 octet"
	}
	return fmt.Sprintf("%d octets", n)
}

// policy keeps a browser from running what mail programs don't run, and from
// reading files of this machine.
const policy = `<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; form-action 'none'">`

// Page is the HTML part for a browser: images that are attached are in it, and
// scripts don't run. It is "" if there is no HTML part.
func (p *Preview) Page() string {
	if p.HTML == "" {
		return ""
	}
	page := p.HTML
	for _, f := range p.Files {
		if f.ContentID != "" {
			page = strings.ReplaceAll(page, `"cid:`+f.ContentID+`"`, `"data:`+f.ContentType+";base64,"+base64.StdEncoding.EncodeToString(f.Data)+`"`)
		}
	}
	return policy + page
}
