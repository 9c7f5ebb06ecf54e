package work

import (
	"bytes"
	"mime/quotedprintable"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// Message is what one Broadcast says.
type Message struct {
	Subject string
	Content crier.BroadcastContent
}

// ByHand is the message whose text and HTML are written out.
func ByHand() Message {
	return Message{Subject: Subject, Content: crier.BroadcastContent{Text: Text, HTML: HTML}}
}

// What makes ByHand longer: lines like those around them.
const (
	textLine = "  • The dental plan covers children up to the age of 26; nothing else is new.\n"
	htmlLine = `<tr><td style="padding:6px 32px;font-size:14px;color:#53606e">The dental plan covers children up to the age of 26 – nothing else is new.</td></tr>` + "\n"

	textPlace = "\nIf you do nothing"
	htmlPlace = `<tr><td style="padding:0 32px 28px`
)

// Longer is ByHand with so many octets more in each part, as they are sent in
// quoted-printable and to the nearest line. The actions are the same.
func Longer(text, html int) Message {
	m := ByHand()
	m.Content.Text = strings.Replace(Text, textPlace, "\n"+lines(textLine, text)+textPlace, 1)
	m.Content.HTML = strings.Replace(HTML, htmlPlace, lines(htmlLine, html)+htmlPlace, 1)
	return m
}

func lines(line string, octets int) string {
	each := quoted(line)
	return strings.Repeat(line, max(0, (octets+each/2)/each))
}

// quoted is how many octets a line takes in quoted-printable.
func quoted(line string) int {
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	_, _ = w.Write([]byte(strings.ReplaceAll(line, "\n", "\r\n"))) // a buffer takes everything
	_ = w.Close()
	return out.Len()
}

// InMarkdown is a message of Markdown, without a layout.
func InMarkdown() Message {
	return Message{Subject: Subject, Content: crier.BroadcastContent{Markdown: "Dear {{ .Name }},\n\n" + Markdown}}
}

// InTemplate is the same Markdown in a layout that comes with Crier; the
// layout greets by name.
func InTemplate() Message {
	return Message{Subject: Subject, Content: crier.BroadcastContent{
		TemplateRef: &crier.TemplateReference{Builtin: "announcement"},
		Values: map[string]crier.TemplateValue{
			"headline": "Open enrollment starts Monday", "preheader": "Choose your plans until Friday of next week.",
			"greeting": "Dear", "organization": FromName, "brandColor": "#14467c",
			"logoURL": "https://benefits.example.gov/logo.png", "logoAlt": "Commonwealth of Example",
			"summary":   "- **Until Friday of next week** you can choose.\n- If you do nothing, you keep the plans that you have.\n",
			"buttonURL": "https://benefits.example.gov/enroll", "buttonText": "Choose your plans",
			"contact": "Questions? Write to [the benefits team](mailto:benefits@example.gov).",
		},
		Markdown: Markdown,
	}}
}

// FileName is that of the attachment.
const FileName = "map.png"

// WithFile is ByHand with a file, which is a key of that name in a ConfigMap.
func WithFile(configMap string) Message {
	m := ByHand()
	m.Content.Attachments = []crier.ContentAttachment{{Name: FileName, ConfigMap: &crier.ObjectKey{Name: configMap, Key: FileName}}}
	return m
}

// FileSize is as much as a ConfigMap can hold.
const FileSize = 1 << 20

// File is the attachment. It need not be compressible or not: nothing on the
// way of a message compresses it.
func File() []byte {
	file := make([]byte, FileSize)
	copy(file, "\x89PNG\r\n\x1a\n")
	state := uint32(1)
	for i := 8; i < len(file); i++ {
		state = state*1664525 + 1013904223
		file[i] = byte(state >> 24)
	}
	return file
}
