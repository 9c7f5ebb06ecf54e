package message

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckAttachments(t *testing.T) {
	file := func(name string, size int) Attachment { return Attachment{Name: name, Data: make([]byte, size)} }
	var many []Attachment
	for i := range MaxFiles + 1 {
		many = append(many, file(fmt.Sprintf("%d.txt", i), 1<<20))
	}
	withID := func(name, id string) Attachment { return Attachment{Name: name, ContentID: id} }
	for _, test := range []struct {
		name  string
		files []Attachment
		limit int64
		want  string
	}{
		{"none", nil, 1, ""},
		{"at the limit", []Attachment{file("a.pdf", 57)}, 78, ""},
		{"over the limit", []Attachment{file("a.pdf", 58)}, 78, "the attachments have 1 KiB encoded (a.pdf 1 KiB); the message may have 1 KiB"},
		{"two", []Attachment{file("map.png", 1_600_000), file("report.pdf", 3_900_000)}, 5 << 20,
			"the attachments have 7.2 MiB encoded (report.pdf 5.1 MiB, map.png 2.1 MiB); the message may have 5 MiB"},
		{"many", many[:8], 1 << 20, "(0.txt 1.4 MiB, 1.txt 1.4 MiB, 2.txt 1.4 MiB, 3.txt 1.4 MiB, 4.txt 1.4 MiB, 3 more)"},
		{"number", many, 0, "there are 21 attachments; a message may have 20"},
		{"same name", []Attachment{file("a.txt", 1), file("A.TXT", 1)}, 0, "attachment 2: there is another one of the name A.TXT"},
		{"same ID", []Attachment{withID("a.png", "logo"), withID("b.png", "Logo")}, 0, "attachment 2: there is another one of the content ID Logo"},
		{"bad ID", []Attachment{withID("a.png", "logo@example.gov")}, 0, "content ID must have"},
		{"long ID", []Attachment{withID("a.png", strings.Repeat("x", 61))}, 0, "content ID must have"},
		{"program", []Attachment{file("setup.EXE", 1)}, 0, "setup.EXE: mail servers refuse a message with a program in it, and .exe is one"},
		{"program behind a document", []Attachment{file("report.pdf.js", 1)}, 0, ".js is one"},
		{"program with dots", []Attachment{file("run.bat. .", 1)}, 0, ".bat is one"},
		{"hidden program", []Attachment{file("\u202efdp.exe", 1)}, 0, "direction of writing"},
		{"type", []Attachment{{Name: "a", ContentType: "multipart/mixed"}}, 0, "attachment 1: content type multipart can't be attached"},
	} {
		err := CheckAttachments(test.files, test.limit)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestTypeOf(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf": "application/pdf", "A.PNG": "image/png", "a.b.csv": "text/csv; charset=utf-8", "none": "application/octet-stream",
		".": "application/octet-stream", "a.": "application/octet-stream", "a.unknown": "application/octet-stream",
		"b.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	} {
		if got := TypeOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for ending, media := range mediaTypes {
		if programs[ending] {
			t.Errorf("%s has a type and is refused", ending)
		}
		if got, err := mediaType(Attachment{Name: "a." + ending}); err != nil || got != media {
			t.Errorf("%s: %s, %v", ending, got, err)
		}
	}
}

func TestEncodedSize(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 10000} {
		if got := len(base64Lines(make([]byte, n))); got != encodedSize(n) {
			t.Errorf("%d octets: %d, said %d", n, got, encodedSize(n))
		}
	}
}
