package message

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden messages anew")

// Retries of what is under way while Crier is upgraded must be the same
// messages, down to the octet.
func TestGoldenMessages(t *testing.T) {
	files := newsletter()
	files.Attachments = []Attachment{{Name: "a.csv", ContentType: "text/csv; charset=utf-8", Data: []byte("a,b\r\n")}}
	literal := plainFrozen()
	literal.Literal, literal.Subject, literal.Text, literal.HTML = true, "Report: 100 %", "All went well.\n", ""
	signed := newsletter()
	signed.DKIM = []Selector{{"example.gov", "ed"}}
	invitation := newsletter()
	invitation.HTML = strings.Replace(invitation.HTML, "<h1", "<img src=\"cid:logo\" alt=\"\">\n<h1", 1)
	invitation.Attachments = []Attachment{logo, report}
	invitation.Calendar = &event
	for name, f := range map[string]Frozen{"invitation": invitation, "newsletter": newsletter(), "files": files, "literal": literal, "signed": signed} {
		c, err := NewComposer(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.UseKeys(bothKeys(t)); err != nil {
			t.Fatal(err)
		}
		m, err := c.Compose(nil, jo(), 3, 14, testDate)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".eml")
		if *update {
			if err := os.WriteFile(file, m.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(m.Data) {
			t.Errorf("%s differs:\n%s", file, m.Data)
		}
	}
}
