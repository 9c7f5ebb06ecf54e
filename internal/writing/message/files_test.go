package message

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"
	"testing"
)

// event is an iCalendar object as internal/writing/calendar writes it.
var event = Calendar{Method: "PUBLISH", Data: []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//crier.dev//Crier//EN\r\nMETHOD:PUBLISH\r\n" +
	"BEGIN:VEVENT\r\nUID:town-hall@example.gov\r\nDTSTAMP:20261102T090000Z\r\nDTSTART:20261203T130000Z\r\nDTEND:20261203T143000Z\r\n" +
	"SUMMARY:Town hall\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")}

var (
	logo   = Attachment{Name: "logo.png", ContentID: "logo", Data: []byte("\x89PNG\r\n\x1a\n")}
	banner = Attachment{Name: "Banner.GIF", ContentID: "banner-1.x", Data: []byte("GIF89a")}
	report = Attachment{Name: "report.pdf", Data: []byte("%PDF-1.7")}
)

// outline is the tree of parts as a reader sees it: types, and names of files.
func outline(t *testing.T, h getter, body io.Reader) string {
	t.Helper()
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%q: %v", h.Get("Content-Type"), err)
	}
	kind, ok := strings.CutPrefix(media, "multipart/")
	if !ok {
		disposition, file, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
		if disposition == "" {
			return media
		}
		return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", media, disposition, file["filename"], h.Get("Content-ID")))
	}
	if kind == "related" && params["type"] != "text/html" {
		t.Errorf("related of type %q", params["type"])
	}
	var parts []string
	for r := multipart.NewReader(body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return kind + "(" + strings.Join(parts, ", ") + ")"
		}
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, outline(t, part.Header, part))
	}
}

func TestStructure(t *testing.T) {
	const (
		logoIn, bannerIn = "image/png inline logo.png <logo>", "image/gif inline Banner.GIF <banner-1.x>"
		logoBy, reportBy = "image/png attachment logo.png", "application/pdf attachment report.pdf"
		invite           = "application/ics attachment invite.ics"
	)
	for _, test := range []struct {
		name, text, html string
		files            []Attachment
		event            bool
		want             string
	}{
		{"text", "x", "", nil, false, "text/plain"},
		{"HTML", "", "x", nil, false, "text/html"},
		{"both", "x", "x", nil, false, "alternative(text/plain, text/html)"},
		{"file", "x", "", []Attachment{report}, false, "mixed(text/plain, " + reportBy + ")"},
		{"inline, HTML", "", "x", []Attachment{logo}, false, "related(text/html, " + logoIn + ")"},
		{"inline, both", "x", "x", []Attachment{logo, banner}, false, "alternative(text/plain, related(text/html, " + logoIn + ", " + bannerIn + "))"},
		{"inline, no HTML", "x", "", []Attachment{report, logo}, false, "mixed(text/plain, " + logoBy + ", " + reportBy + ")"},
		{"inline and file", "", "x", []Attachment{logo, report}, false, "mixed(related(text/html, " + logoIn + "), " + reportBy + ")"},
		{"event, text", "x", "", nil, true, "mixed(alternative(text/plain, text/calendar), " + invite + ")"},
		{"event, HTML", "", "x", nil, true, "mixed(alternative(text/html, text/calendar), " + invite + ")"},
		{"all", "x", "x", []Attachment{report, logo}, true, "mixed(alternative(text/plain, related(text/html, " + logoIn + "), text/calendar), " + reportBy + ", " + invite + ")"},
	} {
		for _, large := range []bool{false, true} {
			f := plainFrozen()
			f.Text, f.HTML, f.Attachments = test.text, test.html, slices.Clone(test.files)
			if test.event {
				f.Calendar = &event
			}
			for i := range f.Attachments {
				if large {
					f.Attachments[i].Data = bytes.Repeat([]byte("large "), 5000+i)
				}
			}
			m := compose(t, f, jo())
			read(t, m.Data)
			parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(t, parsed.Header, parsed.Body); got != test.want {
				t.Errorf("%s: %s\nwant %s", test.name, got, test.want)
			}
		}
	}
}

// Large files are the same memory in every message, and nothing else is.
func TestLargeFilesAreShared(t *testing.T) {
	f := signed(plainFrozen())
	f.Attachments = []Attachment{logo, report, banner}
	f.Attachments[0].Data = bytes.Repeat([]byte("a"), 100<<10)
	f.Attachments[1].Data = bytes.Repeat([]byte("b"), 200<<10)
	f.Calendar = &event
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.UseKeys(bothKeys(t)); err != nil {
		t.Fatal(err)
	}
	var one, two Scratch
	a, err := c.Compose(&one, jo(), 3, 14, testDate)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.Compose(nil, jo(), 3, 14, testDate)
	if err != nil || whole.Rest != nil {
		t.Fatalf("%v, %d pieces", err, len(whole.Rest))
	}
	if got := bytes.Join(append([][]byte{a.Data}, a.Rest...), nil); !bytes.Equal(got, whole.Data) || a.Size() != len(whole.Data) || len(a.Rest) != 4 {
		t.Fatalf("%d octets in %d pieces, want %d", a.Size(), len(a.Rest), len(whole.Data))
	}
	verify(t, whole.Data, 2)
	b, err := c.Compose(&two, reader(), 3, 15, testDate)
	if err != nil {
		t.Fatal(err)
	}
	for i, piece := range a.Rest {
		if shared := &piece[0] == &b.Rest[i][0]; shared != (i%2 == 0) {
			t.Errorf("piece %d is shared: %t", i, shared)
		}
		if !bytes.HasSuffix(piece, []byte("\r\n")) || !bytes.HasSuffix(a.Data, []byte("\r\n")) {
			t.Errorf("piece %d doesn't end a line", i)
		}
	}
	if len(a.Data) > 16<<10 {
		t.Errorf("%d octets are copied", len(a.Data))
	}
}

func TestCalendarIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Calendar){
		"no method":    func(c *Calendar) { c.Method = "" },
		"other method": func(c *Calendar) { c.Method = "REQUEST" },
		"line break":   func(c *Calendar) { c.Method = "PUBLISH\r\nX: y" },
		"no object":    func(c *Calendar) { c.Data = []byte("x\r\nMETHOD:PUBLISH\r\n") },
		"bare LF":      func(c *Calendar) { c.Data = bytes.Replace(c.Data, []byte("hall\r\n"), []byte("hall\n"), 1) },
		"bare CR":      func(c *Calendar) { c.Data = bytes.Replace(c.Data, []byte("hall\r\n"), []byte("hall\r"), 1) },
		"no UTF-8":     func(c *Calendar) { c.Data = bytes.Replace(c.Data, []byte("hall"), []byte("\xff"), 1) },
		"NUL":          func(c *Calendar) { c.Data = bytes.Replace(c.Data, []byte("hall"), []byte("\x00"), 1) },
		"large": func(c *Calendar) {
			c.Data = bytes.Replace(c.Data, []byte("hall"), []byte(strings.Repeat("hall\r\n ", 20000)), 1)
		},
	} {
		f, changed := plainFrozen(), Calendar{bytes.Clone(event.Data), event.Method}
		change(&changed)
		f.Calendar = &changed
		if _, err := NewComposer(f); err == nil || !strings.HasPrefix(err.Error(), "calendar: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFile holds that no name, type or content ID can add a field or a part,
// and that names read back.
func FuzzFile(f *testing.F) {
	f.Add("a.txt", "text/plain", "logo")
	f.Add("r\u00e9sum\u00e9 \"x\".pdf", "", "")
	f.Add("a\r\nX: y.txt", "text/plain\r\nX: y", "a>\r\nX: y")
	f.Add("\u202egpj.exe", "text/plain; name=\"a\\\"b\"", "..")
	f.Add("a'b%20*=;.txt", "text/plain; charset=\"\u00fc\"", "a@b")
	f.Add(strings.Repeat("ä", 75), "image/png; x="+strings.Repeat("y", 900), strings.Repeat("i", 61))
	f.Fuzz(func(t *testing.T, name, contentType, id string) {
		frozen := plainFrozen()
		frozen.Attachments = []Attachment{{Name: name, ContentType: contentType, ContentID: id, Data: []byte("x")}}
		checked := CheckAttachments(frozen.Attachments, 0)
		c, err := NewComposer(frozen)
		if (err == nil) != (checked == nil) {
			t.Fatalf("NewComposer: %v, CheckAttachments: %v", err, checked)
		}
		if err != nil {
			return
		}
		m, err := c.Compose(nil, jo(), 0, 0, testDate)
		if err != nil {
			t.Fatal(err)
		}
		checkReference(t, c, jo(), m.Data)
		p := read(t, m.Data)
		if len(p.types) != 3 || p.files[2] != name || p.bodies[2] != "x" {
			t.Fatalf("files %q, types %q in\n%s", p.files, p.types, m.Data)
		}
		want := 0
		if id != "" {
			want = 1
		}
		if bytes.Count(m.Data, []byte("\r\nContent-ID: <"+id+">\r\n")) != want || bytes.Contains(m.Data, []byte("\r\nX: ")) {
			t.Fatalf("fields in\n%s", m.Data)
		}
	})
}
