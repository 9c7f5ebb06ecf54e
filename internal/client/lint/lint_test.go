package lint

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/client/manifest"
)

var update = flag.Bool("update", false, "write what is found into testdata")

// today is when the deadlines in testdata are looked at.
var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func check(t testing.TB, path, text string) Report {
	t.Helper()
	objects, problems, others := manifest.Parse(path, []byte(text))
	r, err := Check(t.Context(), manifest.Result{Objects: objects, Problems: problems, Others: others, Files: 1}, today)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(t testing.TB, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNothingWrong(t *testing.T) {
	for _, c := range []struct {
		paths []string
		today time.Time
		least int
	}{
		{[]string{"testdata/good"}, today, 6},
		{[]string{"../../../config/samples", "../../../config/demo-sources"}, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 19},
		{[]string{"../../writing/builtin/templates"}, today, 6},
	} {
		r, err := Check(t.Context(), manifest.Read(c.paths, nil), c.today)
		if err != nil {
			t.Fatal(err)
		}
		if out := lines(t, r); out != "" || r.Objects < c.least {
			t.Errorf("%s: %s\n%s", c.paths, r.Summary(), out)
		}
	}
}

// Each file of testdata/bad says in its last lines what is wrong with it.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body, want := parts(string(text))
			var got []string
			for line := range strings.Lines(lines(t, check(t, "f", body))) {
				got = append(got, "# want "+strings.TrimPrefix(line, "f:"))
			}
			if all := strings.Join(got, ""); *update {
				if err := os.WriteFile(file, []byte(body+all), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if all != want {
				t.Errorf("found\n%s\nwant\n%s", all, want)
			}
		})
	}
}

func parts(text string) (body, want string) {
	if i := strings.Index(text, "# want "); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// Every rule but that for files has a mistake in testdata, and its place in
// the documentation.
func TestEveryRuleIsTried(t *testing.T) {
	tried := ""
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tried += string(text)
	}
	docs, err := os.ReadFile("../../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range Rules() {
		if rule != RuleUnreadable && !strings.Contains(tried, "["+string(rule)+"]\n") {
			t.Errorf("no mistake of rule %s is tried", rule)
		}
		if !strings.Contains(string(docs), "| `"+string(rule)+"` |") {
			t.Errorf("rule %s isn't in docs/lint.md", rule)
		}
	}
}

func TestFormats(t *testing.T) {
	r := check(t, "a,b.yaml", "apiVersion: crier.dev/v1alpha1\nkind: \"Po\\x1bem 100%\"\nmetadata: {name: a}\n")
	var github, asJSON bytes.Buffer
	if err := r.GitHub(&github); err != nil {
		t.Fatal(err)
	}
	if err := r.JSON(&asJSON); err != nil {
		t.Fatal(err)
	}
	if want := `::error file=a%2Cb.yaml,line=2,col=1,title=kind::there is no kind "Po\x1bem 100%25" in crier.dev; there are `; !strings.HasPrefix(github.String(), want) {
		t.Errorf("%s, want %s", github.String(), want)
	}
	for _, want := range []string{`"path": "a,b.yaml"`, `"line": 2`, `"severity": "error"`, `"rule": "kind"`, `"errors": 1`, `"object": "Po\u001bem 100% a"`} {
		if !strings.Contains(asJSON.String(), want) {
			t.Errorf("%s lacks %s", asJSON.String(), want)
		}
	}
	if got := r.Summary(); got != "1 error, 0 warnings in 1 file (0 Crier objects)" {
		t.Error(got)
	}
}

// A large message, and one whose HTML mail programs cut off.
func TestSizes(t *testing.T) {
	broadcast := func(content string) string {
		return "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nmetadata: {name: a}\nspec:\n  listRef: {name: a}\n  subject: a\n  notAfter: \"2026-03-10T00:00:00Z\"\n  content:\n" + content
	}
	out := lines(t, check(t, "f", broadcast("    html: \"<p>"+strings.Repeat("words ", 20000)+"</p>\"\n")))
	if out != "f:8:3: warning: the HTML has 120 kB; Gmail cuts messages off after 102 kB [size]\n" {
		t.Error(out)
	}
	file := "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\nbinaryData: {a: " + strings.Repeat("AAAA", 1400000) + "}\n"
	out = lines(t, check(t, "f", broadcast("    text: a\n    attachments:\n    - {name: a.pdf, configMap: {name: files, key: a}}\n    - {name: b.pdf, configMap: {name: files, key: a}}\n")+file))
	if !strings.Contains(out, "the message has 10 MiB") {
		t.Error(out)
	}
}

// FuzzCheck holds that no manifest brings the checks down.
func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, "f", text) })
}
