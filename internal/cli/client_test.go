package cli

import (
	"bytes"
	"errors"
	"flag"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// result is what a command left.
type result struct {
	out, err string
	code     int
	opened   string
}

// run carries out a command line of the verbs for people, on a day in 2026.
func run(t *testing.T, stdin string, args ...string) (r result) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("TMPDIR", t.TempDir())
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	open := func(path string) error {
		page, err := os.ReadFile(path)
		r.opened = string(page)
		return errors.Join(err, os.Remove(path))
	}
	root := &cobra.Command{Use: "crier", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(newLintCommand(now), newPreviewCommand(now, open), newTemplateCommand(), newLedgerCommand(now))
	var out, stderr bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&stderr)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	if err != nil {
		stderr.WriteString("crier: " + err.Error() + "\n")
		r.code = exitCode(err)
	}
	r.out, r.err = out.String(), strings.ReplaceAll(stderr.String(), os.Getenv("TMPDIR"), "TMP")
	return r
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestLint(t *testing.T) {
	const (
		mistake = "testdata/mistakes.yaml:6:12: error: unknown field .Naem. Did you mean .Name?"
		warning = `testdata/warnings.yaml:7:23: warning: the link "http://example.gov/" isn't encrypted; write https:// [link]` + "\n"
	)
	for _, c := range []struct {
		name, stdin, args string
		code              int
		out, err          string
	}{
		{"fine", "", "testdata/../../client/lint/testdata/good", 0, "", "crier: 0 errors, 0 warnings in 1 file (6 Crier objects, 1 other skipped)\n"},
		{"mistake", "", "testdata/mistakes.yaml", 1, mistake, "crier: 1 error, 0 warnings in 1 file (1 Crier object)\n"},
		{"warning", "", "testdata/warnings.yaml", 0, warning, "crier: 0 errors, 1 warning in 1 file (1 Crier object)\n"},
		{"strict", "", "--strict testdata/warnings.yaml", 1, warning, "crier: 0 errors, 1 warning in 1 file (1 Crier object)\n"},
		{"standard input", "apiVersion: crier.dev/v1alpha1\nkind: Poem\n", "-", 1, `stdin:2:1: error: there is no kind "Poem"`, ""},
		{"github", "", "-o github testdata/warnings.yaml", 0, "::warning file=testdata/warnings.yaml,line=7,col=23,title=link::the link ", ""},
		{"json", "", "--output=json testdata/warnings.yaml", 0, "{\n  \"findings\": [\n    {\n      \"path\": \"testdata/warnings.yaml\",", ""},
		{"no file", "", "testdata/none.yaml", 2, "testdata/none.yaml: error: can't be read: no such file or directory [unreadable]\n", "crier: 1 error, 0 warnings in 0 files"},
		{"nothing", "", "", 2, "", "crier: name the files or folders to look at"},
		{"format", "", "-o sarif a.yaml", 2, "", "crier: --output sarif: write text, json, github\n"},
		{"flag", "", "--fast a.yaml", 2, "", "crier: unknown flag: --fast\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, c.stdin, append([]string{"lint"}, strings.Fields(c.args)...)...)
			if r.code != c.code || !strings.HasPrefix(r.out, c.out) || !strings.HasPrefix(r.err, c.err) || c.out == "" && r.out != "" {
				t.Errorf("%d\n%s%s", r.code, r.out, r.err)
			}
		})
	}
}

func TestPreviewText(t *testing.T) {
	for name, args := range map[string]string{
		"first":     "enrollment",
		"somebody":  "enrollment --as BOB@example.gov",
		"nobody":    "enrollment --as zed@example.gov --set agency=Labor",
		"made-up":   "text-only",
		"set":       "text-only --as zed@example.gov --name Zed --set agency=Parks --set grade=9",
		"namespace": "enrollment -n hr",
		"hostile":   "enrollment --name A\u202eb --set agency=\x1b[31mred\u2066",
	} {
		r := run(t, "", append([]string{"preview", "-f", "testdata/hr.yaml"}, strings.Fields(args)...)...)
		if r.code != 0 {
			t.Errorf("%s: %d %s", name, r.code, r.err)
		}
		golden(t, "preview-"+name+".txt", r.err+r.out)
	}
}

func TestPreviewForms(t *testing.T) {
	with := func(args ...string) result {
		return run(t, "", append([]string{"preview", "-f", "testdata/hr.yaml", "enrollment"}, args...)...)
	}
	if r := with("--html"); r.code != 0 || !strings.Contains(r.out, `<p>Dear Ann Lee of Parks</p>`) || !strings.Contains(r.out, `src="cid:seal"`) {
		t.Error(r)
	}
	r := with("--eml")
	m, err := mail.ReadMessage(strings.NewReader(r.out))
	if err != nil || m.Header.Get("To") != `"Ann Lee" <ann@example.gov>` || m.Header.Get("DKIM-Signature") != "" || !strings.Contains(r.err, "no signature (DKIM)") {
		t.Error(err, r)
	}
	r = with("--open")
	if !strings.Contains(r.opened, `src="data:image/png;base64,iVBORw0KGgo="`) || !strings.Contains(r.opened, "default-src 'none'") || r.out != "" || !strings.HasPrefix(r.err, "crier: the HTML part is in TMP/crier-preview-") {
		t.Errorf("%+v", r)
	}
}

func TestPreviewProblems(t *testing.T) {
	for _, c := range []struct {
		name, stdin, args string
		code              int
		err               string
	}{
		{"typo", "", "-f testdata/hr.yaml typo", 1, "crier: InvalidTemplate: subject, line 1: unknown field .Naem. Did you mean .Name?"},
		{"no template", "", "-f testdata/hr.yaml no-template", 1, "crier: TemplateNotFound: there is no MessageTemplate none\n"},
		{"refused", "", "-f testdata/hr.yaml refused", 1, "crier: an API server would refuse Broadcast refused\n"},
		{"no HTML", "", "-f testdata/hr.yaml text-only --html", 1, "crier: the message has no HTML part\n"},
		{"which", "", "-f testdata/hr.yaml", 2, "crier: there are several Broadcasts; name one of enrollment, no-template, refused, text-only, typo\n"},
		{"another", "", "-f testdata/hr.yaml other", 2, "crier: there is no Broadcast other in these files; there are enrollment, no-template, "},
		{"no file", "", "-f testdata/none.yaml a", 2, "crier: testdata/none.yaml: can't be read: no such file or directory\n"},
		{"nothing", "a: b", "-f - a", 2, "crier: there is no Broadcast in these files; 1 file skipped: not Kubernetes objects\n"},
		{"two forms", "", "-f testdata/hr.yaml enrollment --html --eml", 2, "crier: give one of --text, --html, --eml and --open\n"},
		{"as", "", "-f testdata/hr.yaml enrollment --as ann", 2, "crier: --as: this isn't a valid email address: "},
		{"two names", "", "-f testdata/hr.yaml a b", 2, "crier: name one Broadcast\n"},
		{"no name", "", "", 2, "crier: name the Broadcast, or give files with -f\n"},
		{"no cluster", "", "enrollment", 2, "crier: "},
		{"set", "", "-f testdata/hr.yaml enrollment --set agency", 2, "crier: invalid argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, c.stdin, append([]string{"preview"}, strings.Fields(c.args)...)...)
			if r.code != c.code || r.out != "" || !strings.Contains(r.err, c.err) {
				t.Errorf("%d %s\n%s", r.code, r.out, r.err)
			}
		})
	}
}

// A message that is too large is shown, and then it is said.
func TestPreviewOfALargeMessage(t *testing.T) {
	text, err := os.ReadFile("testdata/hr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	small := strings.Replace(string(text), "maxMessageBytes: 100000", "maxMessageBytes: 1024", 1)
	r := run(t, small, "preview", "-f", "-", "enrollment")
	if r.code != 1 || !strings.Contains(r.out, "Dear Ann Lee") || !strings.Contains(r.err, "crier: MessageTooLarge: the message has ") || !strings.Contains(r.err, "the Relay takes 1,024") {
		t.Error(r)
	}
}

// A message that somebody wouldn't get is shown, and then it is said why.
func TestPreviewForSomebodyWhoGetsNothing(t *testing.T) {
	text, err := os.ReadFile("testdata/hr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for suppression, want := range map[string]struct {
		code int
		err  string
	}{
		"{scope: {kind: Namespace}, reason: Manual, entries: [{address: BOB@example.gov}]}":                                  {1, "crier: this subscriber wouldn't get the message: the address is suppressed (Manual)\n"},
		`{scope: {kind: Namespace}, reason: Manual, entries: [{address: bob@example.gov, expires: "2026-03-01T11:00:00Z"}]}`: {0, ""},
		"{scope: {kind: Namespace}, reason: Manual, csv: {from: [{secret: {name: left}}]}}":                                  {0, "crier: Suppression left: Secret left isn't known here: this person may be suppressed\n"},
		"{scope: {kind: Namespace}, reason: Manual, csv: {from: [{configMap: {name: files}}]}}":                              {1, "crier: SuppressionNotReady: Suppression left can't be read: "},
	} {
		all := string(text) + "---\n{apiVersion: crier.dev/v1alpha1, kind: Suppression, metadata: {name: left}, spec: " + suppression + "}\n"
		r := run(t, all, "preview", "-f", "-", "enrollment", "--as", "bob@example.gov")
		if r.code != want.code || !strings.HasPrefix(r.err, want.err) || want.err == "" && r.err != "" || !strings.Contains(r.out, "Dear Bob Roe") {
			t.Errorf("%s: %+v", suppression, r)
		}
	}
}

func TestTemplates(t *testing.T) {
	r := run(t, "", "template", "list")
	if r.code != 0 || !strings.HasPrefix(r.out, "NAME           PARAMETERS       DESCRIPTION\nannouncement   ") || strings.Count(r.out, "\n") < 7 {
		t.Error(r)
	}
	r = run(t, "", "template", "export", "alert", "--name", "flood", "-n", "parks")
	if r.code != 0 || !strings.HasPrefix(r.out, "apiVersion: crier.dev/v1alpha1\nkind: MessageTemplate\nmetadata:\n  name: flood\n  namespace: parks\nspec:\n") {
		t.Error(r)
	}
	if l := run(t, r.out, "lint", "-"); l.code != 0 || l.out != "" {
		t.Error(l)
	}
	if r = run(t, "", "template", "export", "alert"); !strings.Contains(r.out, "\n  name: alert\nspec:\n") {
		t.Error(r.out)
	}
	for args, want := range map[string]string{
		"":                  "crier: name one template: announcement, ",
		"alert letter":      "crier: name one template: announcement, ",
		"brochure":          "crier: there is no template brochure; there are announcement, ",
		"alert --name A_":   `crier: "A_" can't be a name: use lower-case letters, digits and hyphens`,
		"alert --namespace": "crier: flag needs an argument",
	} {
		r := run(t, "", append([]string{"template", "export"}, strings.Fields(args)...)...)
		if r.code != 2 || r.out != "" || !strings.HasPrefix(r.err, want) {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"template export ":             "alert\tSomething happened",
		"template export alert ":       ":4",
		"template ":                    "export\tWrite a template",
		"preview -f testdata/hr.yaml ": "enrollment\ntext-only\ntypo\n",
		"preview ":                     ":4",
		"lint ":                        "yaml\nyml\njson\n:8",
		"lint --output ":               "text\njson\ngithub\n:4",
	} {
		words := strings.Split(args, " ")
		if r := run(t, "", append([]string{"__complete"}, words...)...); !strings.Contains(r.out, want) {
			t.Errorf("%q: %s", args, r.out)
		}
	}
}

// Every command says what it does, and shows how.
func TestHelp(t *testing.T) {
	for _, args := range []string{"lint", "preview", "template export", "template list"} {
		r := run(t, "", append(strings.Fields(args), "--help")...)
		if r.code != 0 || !strings.Contains(r.out, "Examples:\n  crier "+args) {
			t.Errorf("%s: %s", args, r.out)
		}
	}
}
