package builtin_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/builtin"
)

var update = flag.Bool("update", false, "write golden files, shared blocks and the page of documentation anew: look at the difference")

func TestManifests(t *testing.T) {
	for _, name := range builtin.Names() {
		manifest, ok := builtin.Manifest(name)
		if !ok {
			t.Fatalf("%s: no manifest", name)
		}
		var template crier.MessageTemplate
		if err := yaml.UnmarshalStrict(manifest, &template); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if template.APIVersion != "crier.dev/v1alpha1" || template.Kind != "MessageTemplate" || template.Name != name {
			t.Errorf("%s: is %s %s %q", name, template.APIVersion, template.Kind, template.Name)
		}
		spec, ok := builtin.Get(name)
		if !ok || spec.HTML != template.Spec.HTML || spec.Description == "" || spec.Text == "" {
			t.Errorf("%s: Get gives something else", name)
		}
		for _, p := range spec.Parameters {
			if p.Description == "" || p.Type == "" {
				t.Errorf("%s: parameter %s has no description or no type", name, p.Name)
			}
			if !strings.Contains(spec.HTML, ".Values."+p.Name) {
				t.Errorf("%s: parameter %s does nothing", name, p.Name)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", "Announcement", "../builtin", "alert.yaml"} {
		if _, ok := builtin.Get(name); ok {
			t.Errorf("Get(%q) found something", name)
		}
		if _, ok := builtin.Manifest(name); ok {
			t.Errorf("Manifest(%q) found something", name)
		}
	}
}

func TestNamesAreACopy(t *testing.T) {
	builtin.Names()[0] = "changed"
	if builtin.Names()[0] == "changed" {
		t.Error("a caller can change the names")
	}
}

// TestFiles says that no template is forgotten in the list of names.
func TestFiles(t *testing.T) {
	files, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(builtin.Names(), strings.TrimSuffix(f.Name(), ".yaml")) {
			t.Errorf("%s is in no list", f.Name())
		}
	}
	if len(files) != len(builtin.Names()) {
		t.Errorf("%d files, %d names", len(files), len(builtin.Names()))
	}
}

// sharedFrom begins the blocks that are the same in all templates. Each
// has those that it uses, since a template that is exported must be complete.
const sharedFrom = "/* What follows is the same in all templates of Crier. */}}\n\n"

func TestSharedBlocks(t *testing.T) {
	parts := map[string]map[string]string{"html": byName(read(t, "shared/blocks.html")), "text": byName(read(t, "shared/blocks.txt"))}
	for _, name := range builtin.Names() {
		spec, _ := builtin.Get(name)
		file := "templates/" + name + ".yaml"
		manifest := read(t, file)
		for part, source := range map[string]string{"html": spec.HTML, "text": spec.Text} {
			page, blocks, _ := strings.Cut(source, sharedFrom)
			for block, got := range byName(blocks) {
				want := parts[part][block]
				manifest = strings.Replace(manifest, indented(got), indented(want), 1)
				if got != want && !*update {
					t.Errorf("%s: block %q of %s is not as in the folder shared; change it there and run go test ./internal/writing/builtin -update", name, block, part)
				}
				if use := `{{template "` + block + `" .}}`; !strings.Contains(page+blocks, use) {
					t.Errorf("%s: block %q of %s is not used", name, block, part)
				}
			}
		}
		if *update {
			write(t, file, manifest)
		}
	}
}

var blockName = regexp.MustCompile(`define "(\w+)"}}`)

// between ends a block: an empty line, and the beginning of another.
var between = strings.NewReplacer("\n\n{{define", "\x00{{define", "\n\n{{- define", "\x00{{- define", "\n\n{{/*", "\x00{{/*")

// byName are blocks, each with the comment before it and the line break at its
// end.
func byName(source string) map[string]string {
	blocks := map[string]string{}
	for block := range strings.SplitSeq(between.Replace(strings.TrimSuffix(source, "\n")), "\x00") {
		if m := blockName.FindStringSubmatch(block); m != nil {
			blocks[m[1]] = block + "\n"
		}
	}
	return blocks
}

// indented is the text as it stands in a manifest.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
