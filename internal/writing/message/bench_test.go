package message

import (
	"bytes"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/dkim"
)

// newsletter is a personalised message of about 4 kB, text and HTML.
func newsletter() Frozen {
	f := plainFrozen()
	f.Subject = "{{ .Name }}, open enrollment starts Monday"
	f.Footer = "You receive this message because you are on the list All Employees, which can't be left.\n1 Capitol Square"
	paragraph := "Open enrollment for health, dental and vision plans runs from Monday, November 2,\n" +
		"through Friday, November 20 – changes take effect on January 1 of the new year. If\n" +
		"you do nothing, your present plans go on as they are, at next year's rates.\n"
	f.Text = "Dear {{ .Name }},\n\n" + paragraph + "\nYour agency, {{ .Attributes.agency }}, has a coordinator: {{ .Attributes.coordinator }}.\n" +
		"Please write to {{ .Attributes.contact | default \"the benefits desk\" }} with questions.\n\n" + strings.Repeat(paragraph+"\n", 2) + "The Benefits Team\n"
	f.HTML = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>Open enrollment</title></head>\n" +
		"<body style=\"font:15px/1.5 sans-serif;color:#111827;margin:0;padding:24px\">\n" +
		"<h1 style=\"font-size:22px\">Open enrollment starts Monday</h1>\n<p>Dear {{ .Name }},</p>\n" +
		"<p>" + paragraph + "</p>\n<p>Your agency, <strong>{{ .Attributes.agency }}</strong>, has a coordinator: {{ .Attributes.coordinator }}.</p>\n" +
		"<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%\">\n" +
		"  <tr><td style=\"padding:8px;background:#f3f4f6\">Plan</td><td style=\"padding:8px\">{{ .Attributes.plan }}</td></tr>\n" +
		"  <tr><td style=\"padding:8px;background:#f3f4f6\">Contact</td><td style=\"padding:8px\">{{ .Attributes.contact | default \"the benefits desk\" }}</td></tr>\n" +
		"</table>\n<p>" + paragraph + "</p>\n" +
		"<p><a href=\"https://benefits.example.gov/enroll?who={{ .Email }}\" style=\"background:#1d4ed8;color:#fff;padding:12px 20px\">Review your plans, {{ .Name }}</a></p>\n" +
		"<p>" + paragraph + "</p>\n</body>\n</html>\n"
	return f
}

func reader() roster.Subscriber {
	return roster.Subscriber{Email: "jo.doe@example.com", Name: "Jo Doe", Attributes: map[string]string{
		"agency": "Department of Revenue", "coordinator": "Ann O'Hara", "plan": "PPO & dental", "contact": "benefits@example.gov",
	}}
}

func BenchmarkCompose(b *testing.B) {
	for _, v := range []struct {
		name string
		keys [][2]string
	}{{"unsigned", nil}, {"ed25519", [][2]string{{"ed", "ed25519"}}}, {"rsa2048", [][2]string{{"rsa", "rsa"}}}} {
		b.Run(v.name, func(b *testing.B) {
			f := newsletter()
			var keys []dkim.Key
			for _, k := range v.keys {
				f.DKIM = append(f.DKIM, Selector{"example.gov", k[0]})
				keys = append(keys, testKey(b, "example.gov", k[0], k[1]))
			}
			benchmark(b, f, keys)
		})
	}
}

// BenchmarkFile is a message with a file of 1 MiB.
func BenchmarkFile(b *testing.B) {
	for _, kind := range []string{"unsigned", "ed25519"} {
		b.Run(kind, func(b *testing.B) {
			f := newsletter()
			f.Attachments = []Attachment{{Name: "map.png", ContentType: "image/png", Data: bytes.Repeat([]byte("\x89PNG\x00\x01"), 1<<20/6)}}
			var keys []dkim.Key
			if kind != "unsigned" {
				f.DKIM = append(f.DKIM, Selector{"example.gov", "ed"})
				keys = append(keys, testKey(b, "example.gov", "ed", kind))
			}
			benchmark(b, f, keys)
		})
	}
}

func benchmark(b *testing.B, f Frozen, keys []dkim.Key) {
	c, err := NewComposer(f)
	if err != nil {
		b.Fatal(err)
	}
	if err := c.UseKeys(keys); err != nil {
		b.Fatal(err)
	}
	var s Scratch
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		m, err := c.Compose(&s, reader(), 3, 14, testDate)
		if err != nil {
			b.Fatal(err)
		}
		size = m.Size()
	}
	b.ReportMetric(float64(size), "octets")
}

// BenchmarkReference is go-mail and the standard library.
func BenchmarkReference(b *testing.B) {
	c, err := NewComposer(newsletter())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.reference(reader(), testDate); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTemplates is what of BenchmarkCompose the templates take.
func BenchmarkTemplates(b *testing.B) {
	c, err := NewComposer(newsletter())
	if err != nil {
		b.Fatal(err)
	}
	var s Scratch
	to, r := mustParse(b, reader().Email), reader()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.render(&s, &variant{templates: c.variants[0].templates}, r, to, ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQuoted(b *testing.B) {
	text := bytes.Repeat([]byte("<td style=\"padding:8px;background:#f3f4f6\">für Contact</td>\r\n"), 64)
	var dst []byte
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		dst = appendQuoted(dst[:0], text)
	}
}
