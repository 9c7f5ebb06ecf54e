package manifest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

const twoObjects = `# people who speak
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata:
  name: enrollment
  namespace: hr
  labels: {example.gov/team: benefits}
spec:
  subject: "Open enrollment"
  replyTo:
  - address: a@example.gov
  - address: b@example.gov
  content:
    text: |
      Hello {{ .Name }},

        enrollment is open.
    html: "<p>Hello</p>"
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: people}
  data:
    people.csv: |-

      email
      a@example.gov
`

func parseGood(t *testing.T, text string) []Object {
	t.Helper()
	objects, problems, _ := Parse("a.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return objects
}

func TestPositions(t *testing.T) {
	objects := parseGood(t, twoObjects)
	if len(objects) != 2 {
		t.Fatalf("%d objects", len(objects))
	}
	if got := objects[0].Title() + ", " + objects[1].Title(); got != "Broadcast hr/enrollment, ConfigMap people" {
		t.Error(got)
	}
	if objects[0].Group() != "crier.dev" || objects[1].Group() != "" {
		t.Error(objects[0].Group(), objects[1].Group())
	}
	for _, c := range []struct {
		object int
		path   string
		want   string
	}{
		{0, "", "a.yaml:2:1"},
		{0, "metadata.name", "a.yaml:5:3"},
		{0, "metadata.labels[example.gov/team]", "a.yaml:7:12"},
		{0, "metadata.labels.example.gov/team", "a.yaml:7:12"},
		{0, "spec.replyTo[1].address", "a.yaml:12:5"},
		{0, "spec.replyTo[1]", "a.yaml:12:5"},
		{0, "spec.replyTo[7].address", "a.yaml:10:3"},
		{0, "spec.replyTo[x]", "a.yaml:10:3"},
		{0, "spec.replyTo[", "a.yaml:10:3"},
		{0, "spec.content.markdown", "a.yaml:13:3"},
		{0, "nothing", "a.yaml:2:1"},
		{1, "metadata.name", "a.yaml:25:14"},
		{1, "data[people.csv]", "a.yaml:27:5"},
		{1, "data.people.csv", "a.yaml:27:5"},
	} {
		if got := objects[c.object].At(c.path).String(); got != c.want {
			t.Errorf("%q: %s, want %s", c.path, got, c.want)
		}
	}
	if objects[0].Has("spec.content.markdown") || !objects[0].Has("spec.content.text") {
		t.Error("Has")
	}
}

func TestPositionsInTexts(t *testing.T) {
	objects := parseGood(t, twoObjects)
	for _, c := range []struct {
		object       int
		path         string
		line, column int
		want         string
	}{
		{0, "spec.content.text", 1, 1, "a.yaml:15:7"},
		{0, "spec.content.text", 1, 7, "a.yaml:15:13"},
		{0, "spec.content.text", 3, 3, "a.yaml:17:9"},
		{0, "spec.content.text", 0, 0, "a.yaml:14:5"},
		{0, "spec.content.text", 99, 1, "a.yaml:14:5"},
		{0, "spec.subject", 1, 1, "a.yaml:9:13"},
		{0, "spec.subject", 1, 6, "a.yaml:9:18"},
		{0, "spec.content.html", 2, 1, "a.yaml:18:11"},
		{0, "spec.content", 1, 1, "a.yaml:13:3"},
		{1, "data[people.csv]", 3, 2, "a.yaml:30:8"},
	} {
		if got := objects[c.object].TextAt(c.path, c.line, c.column).String(); got != c.want {
			t.Errorf("%q line %d: %s, want %s", c.path, c.line, got, c.want)
		}
	}
}

func TestMergedKeys(t *testing.T) {
	objects := parseGood(t, "apiVersion: v1\nkind: A\nbase: &b\n  x: 1\nspec:\n  <<: *b\n  z: 2\nmore: *b\nlast:\n  <<: [*b, {x: 3, w: 4}]\n  x: 5\n")
	for path, want := range map[string]string{
		"spec.x": "a.yaml:4:3", "spec.z": "a.yaml:7:3", "more.x": "a.yaml:4:3", "more": "a.yaml:8:1",
		"last.w": "a.yaml:10:19", "last.x": "a.yaml:11:3",
	} {
		if got := objects[0].At(path).String(); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if last := objects[0].Content["last"].(map[string]any); last["x"] != int64(5) || last["w"] != int64(4) {
		t.Errorf("a field of its own after << counts: %v", last)
	}
}

// Values are those that kubectl would send.
func TestValues(t *testing.T) {
	o := parseGood(t, "apiVersion: v1\nkind: A\nspec: {g: 010, h: 1_000, i: 0o17, j: 12:30:45, n: 1, 'n': 2, a: yes, b: 12, c: 1.5, d: '12', e: 2026-01-31, f: null}\n")[0]
	spec := o.Content["spec"].(map[string]any)
	if spec["a"] != true || spec["b"] != int64(12) || spec["c"] != 1.5 || spec["d"] != "12" || spec["e"] != "2026-01-31" || spec["f"] != nil ||
		spec["g"] != int64(8) || spec["h"] != int64(1000) || spec["i"] != int64(15) || spec["j"] != "12:30:45" || spec["false"] != int64(1) || spec["n"] != int64(2) {
		t.Errorf("%#v", spec)
	}
	if at := o.At("spec.false").String(); at != "a.yaml:3:48" {
		t.Errorf("the key n is read as false, at %s", at)
	}
	if w, ok := o.Written("spec.a"); !ok || w.Text != "yes" || !w.Plain {
		t.Errorf("%+v", w)
	}
	if w, ok := o.Written("spec.d"); !ok || w.Text != "12" || w.Plain {
		t.Errorf("%+v", w)
	}
}

// JSON has escapes that YAML doesn't have.
func TestJSON(t *testing.T) {
	o := parseGood(t, "{\n\t\"apiVersion\": \"v1\", \"kind\": \"A\",\n\t\"text\": \"\\ud83d\\ude00 \\/\"\n}\n")[0]
	if o.Content["text"] != "😀 /" {
		t.Errorf("%q", o.Content["text"])
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"tab", "apiVersion: v1\nkind: A\nspec:\n\ta: b\n", "a.yaml:4:1: a tab can't indent a line"},
		{"colon", "apiVersion: v1\nkind: A\nspec:\n  subject: News: soon\n", "a.yaml:4:3: mapping values are not allowed"},
		{"twice", "apiVersion: v1\nkind: A\nspec:\n  a: 1\n  a: 2\n", `a.yaml:5:3: the field "a" is there twice`},
		{"tab after a blank", "apiVersion: v1\nkind: A\nspec:\n  a: b\n  \tc: d\n", "a.yaml:5:3: a tab can't indent a line"},
		{"first line", " apiVersion: v1\nkind: A\n", "a.yaml:2:1: the indentation isn't that of the first lines"},
		{"end mark", "apiVersion: v1\nkind: A\n...\nkind: B\n", "a.yaml:4:1: this isn't read, since ... ends the document"},
		{"after quotation marks", "apiVersion: v1\nkind: A\nspec:\n  a: b\n  c: \"d\" e\n  f: g\n", "a.yaml:5:3: did not find expected key"},
		{"variable", "apiVersion: v1\nkind: A\nmetadata: {name: ${NAME}}\n", "a.yaml:3:1: what stands in ${ } has to be filled in first"},
		{"UTF-16 without mark", "a\x00:\x00 \x00b\x00", "a.yaml:1:2: this isn't UTF-8 text"},
		{"second document", "apiVersion: v1\nkind: A\n---\n# x\nspec:\n  a: 1\n  a: 2\n", `a.yaml:7:3: the field "a" is there twice`},
		{"list", "\n- apiVersion: crier.dev/v1alpha1\n  kind: Relay\n", "a.yaml:2:1: a list isn't a Kubernetes object"},
		{"no kind", "\n\napiVersion: crier.dev/v1alpha1\n", "a.yaml:3:1: this isn't a Kubernetes object without a kind"},
		{"no apiVersion", "# x\nkind: Relay\nspec: {}\n", "a.yaml:2:1: this isn't a Kubernetes object without an apiVersion: write apiVersion: crier.dev/v1alpha1"},
		{"misspelt", "metadata: {}\nversion: crier.dev/v1alpha1\nkind: Relay\n", "a.yaml:2:1: this isn't a Kubernetes object: write apiVersion instead of version"},
		{"element", "apiVersion: v1\nkind: List\nitems:\n- a\n", "a.yaml:4:3: an element of the list isn't a Kubernetes object"},
		{"not UTF-8", "a: b\nc: M\xfcller\n", "a.yaml:2:5: this isn't UTF-8 text (octet 0xFC): save the file as UTF-8"},
		{"before a merge", "apiVersion: v1\nkind: A\nb: &b {x: 1}\nspec:\n  x: 2\n  <<: *b\n", `a.yaml:6:3: the field "x" stands before << and in what it merges`},
		{"unquoted field", "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nspec:\n  subject: {{ .Name }}\n", "a.yaml:4:3: a text that begins with {{ needs quotation marks"},
		{"text after a field", "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nspec:\n  subject: {{ .Name }}, hello\n", "a.yaml:4:3: a text that begins with {{ needs quotation marks"},
		{"template", "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n", "a.yaml:3:1: a line that begins with {{ has to be indented"},
		{"JSON, twice", `{"apiVersion": "v1", "kind": "A", "a": 1, "a": 2}`, `a.yaml:1:43: the field "a" is there twice`},
		{"large", strings.Repeat("#", MaxFile+1), "a.yaml: the file is larger than 16 MiB"},
		{"bomb", bomb(), "document contains excessive aliasing"},
		{"deep", "a: " + strings.Repeat("[", 300) + strings.Repeat("]", 300), "nested more than 200 deep"},
		{"many", strings.Repeat("apiVersion: v1\nkind: A\n---\n", MaxDocuments+1), "more than 10,000 objects"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems, _ := Parse("a.yaml", []byte(c.text))
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
				t.Errorf("%v, want %q", problems, c.want)
			}
		})
	}
}

func bomb() string {
	text := "apiVersion: v1\nkind: A\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 9; i++ {
		alias := "*a" + string(rune('0'+i-1))
		text += "a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.Repeat(alias+", ", 8) + alias + "]\n"
	}
	return text
}

func TestOtherDocuments(t *testing.T) {
	objects, problems, others := Parse("values.yaml", []byte("image: a\n---\nresources: [a.yaml]\n---\nkind: A\n---\n- a\n--- \na\n"))
	if len(objects) != 0 || len(problems) != 0 || others != 5 {
		t.Error(objects, problems, others)
	}
}

func TestEmptyDocuments(t *testing.T) {
	for _, text := range []string{"", "---\n", "# nothing\n", "---\n---\n# x\n--- # y\n", "\ufeff"} {
		if objects := parseGood(t, text); len(objects) != 0 {
			t.Errorf("%q: %v", text, objects)
		}
	}
	text := "--- # first\r\napiVersion: v1\r\nkind: A\r\n--- {apiVersion: v1, kind: B}\r\n"
	if objects := parseGood(t, text); len(objects) != 2 || objects[1].Kind != "B" || objects[1].At("kind").String() != "a.yaml:4:22" {
		t.Error(objects, objects[1].At("kind"))
	}
}

// Editors and programs write the same text in several ways.
func TestEncodings(t *testing.T) {
	utf16 := func(order binary.AppendByteOrder, text string) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	const text = "apiVersion: v1\nkind: Ä\nmetadata: {name: a}\n"
	for name, written := range map[string]string{
		"plain": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "directive": "%YAML 1.1\n---\n" + text,
		"byte order mark": "\ufeff" + text, "in the middle": "# a\n---\n\ufeff" + text,
		"UTF-16, little": utf16(binary.LittleEndian, text), "UTF-16, big": utf16(binary.BigEndian, text),
	} {
		if objects := parseGood(t, written); len(objects) != 1 || objects[0].Title() != "Ä a" {
			t.Errorf("%s: %v", name, objects)
		}
	}
}

func TestRead(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, kind := range map[string]string{
		"b.yaml": "B", "a/a.yml": "A", "a/c.JSON": "C", "notes.txt": "T", ".git/x.yaml": "G", ".hidden.yaml": "H",
	} {
		write(name, "{apiVersion: v1, kind: "+kind+"}")
	}
	write("chart/Chart.yaml", "{apiVersion: v2, name: a}")
	write("chart/templates/x.yaml", "{{ broken")
	if err := os.Symlink(folder, filepath.Join(folder, "circle.yaml")); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(folder, "b.yaml")
	got := Read([]string{folder, one, "-", filepath.Join(folder, "none.yaml")}, strings.NewReader("{apiVersion: v1, kind: S}"))
	kinds := ""
	for _, o := range got.Objects {
		kinds += o.Kind
	}
	if kinds != "ACBS" || got.Files != 4 || got.Others != 0 || got.Objects[3].Path != "stdin" {
		t.Errorf("%s, %+v", kinds, got)
	}
	if skips := got.Skips.String(); skips != "2 files skipped: not Kubernetes objects (1), templates of Helm charts (1)" {
		t.Error(skips)
	}
	if len(got.Problems) != 1 || !got.Problems[0].Unreadable || !strings.HasSuffix(got.Problems[0].Error(), "none.yaml: can't be read: no such file or directory") {
		t.Error(got.Problems)
	}
	empty := Read([]string{t.TempDir()}, nil)
	if len(empty.Problems) != 1 || !strings.Contains(empty.Problems[0].Message, "no .yaml") {
		t.Error(empty.Problems)
	}
}

// FuzzParse holds that no text panics, and that every place is in the file.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		twoObjects, bomb(), "---\n", "a: &x [*x]", "<<: {a: b}", "{a: b", "--- |\n x", "? [a]\n: b\napiVersion: v1\nkind: A", "apiVersion: v1\nkind: A\nx: |2\n   a\n",
		"apiVersion: v1\nkind: AList\nitems: [{}]",
	} {
		f.Add(text, "spec.content.text", 3)
	}
	f.Fuzz(func(t *testing.T, text, path string, line int) {
		objects, problems, _ := Parse("f", []byte(text))
		lines := strings.Count(text, "\n") + 1
		for _, p := range problems {
			if p.Line > lines {
				t.Errorf("%v is behind line %d", p, lines)
			}
		}
		for i := range objects {
			for _, at := range []Position{objects[i].At(path), objects[i].TextLine(path, line)} {
				if at.Line < 1 || at.Line > lines || at.Column < 1 {
					t.Errorf("%v is outside of %d lines", at, lines)
				}
			}
		}
	})
}
