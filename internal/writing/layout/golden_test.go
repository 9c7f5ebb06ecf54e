package layout

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

var update = flag.Bool("update", false, "write the golden files anew")

func announcement(t testing.TB) Input {
	t.Helper()
	html, err := os.ReadFile("testdata/announcement.html.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Template: &Template{Name: "announcement", HTML: string(html), Parameters: []Parameter{
			{Name: "preheader", Description: "What inboxes show beside the subject."}, {Name: "logo", Type: URL}, {Name: "logoAlt", Default: "State of Colorado"},
			{Name: "color", Type: Color, Default: "#0b3d91"}, {Name: "headline", Required: true}, {Name: "urgent", Type: Boolean}, {Name: "due", Type: Date},
		}},
		Subject: `{{.Values.headline}}{{with .Attributes.office}} in {{.}}{{end}}`,
		Values: map[string]string{
			"preheader": "Open enrollment ends soon", "logo": "https://www.example.gov/logo.png?a=1&b=2", "headline": "Open enrollment & you",
			"urgent": "true", "due": "2026-11-30",
		},
		Sections: []Section{
			{Title: "Health", Markdown: "Compare the plans:\n\n1. **Standard**, $120\n2. **Plus**, $180", LinkURL: "https://benefits.example.gov/start?employee={{.Attributes.id}}", LinkText: "Choose a plan"},
			{Title: "Dental", Markdown: "Nothing changes.", ImageURL: "https://www.example.gov/t.png", ImageAlt: "A tooth"},
		},
		Body: Body{Markdown: "Open enrollment is **November 2 to 30**. Without a choice you keep your plan.\n\n" +
			"{{if eq .Attributes.role \"manager\"}}\nPlease remind your team.\n{{end}}\n\n" +
			"| Day | Where |\n|---|---|\n| 2026-11-03 | Denver |\n| 2026-11-05 | Pueblo |\n\nQuestions? Write to <benefits@example.gov>, or see the [answers](https://benefits.example.gov/answers)."},
		List: List{
			Name: "Benefits News", Address: "benefits-news@example.gov", PostalAddress: "1525 Sherman St, Denver", UnsubscribeURL: "https://lists.example.gov/u",
			Footer: "You receive this message because you work for the state.", Author: "Benefits",
		},
		Attributes: []string{"office", "id", "role"},
	}
}

func TestGolden(t *testing.T) {
	r, err := Assemble(announcement(t))
	if err != nil {
		t.Fatal(err)
	}
	if !r.FooterInHTML || !r.FooterInText || len(r.Warnings) != 0 {
		t.Errorf("%+v", r.Warnings)
	}
	everybody := render(t, r, content.Data{Name: "", Email: "x@example.gov"})
	one := render(t, r, content.Data{Name: "Jo Garcia", Email: "jo@example.gov", Attributes: map[string]string{"office": "Denver", "id": "12&3", "role": "manager"}})
	for name, got := range map[string]string{
		"announcement.source.html": r.HTML, "announcement.source.txt": r.Text, "announcement.source.subject": r.Subject + "\n",
		"announcement.html": one.HTML, "announcement.txt": one.Text, "announcement-nobody.txt": everybody.Text,
	} {
		path := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || got != string(want) {
			t.Errorf("%s (%v): run go test -update and look at the difference:\n%s", path, err, got)
		}
	}
}

func BenchmarkAssemble(b *testing.B) {
	in := announcement(b)
	for b.Loop() {
		if _, err := Assemble(in); err != nil {
			b.Fatal(err)
		}
	}
}
