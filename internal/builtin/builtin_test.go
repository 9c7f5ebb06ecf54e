package builtin

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
)

var update = flag.Bool("update", false, "write golden files, shared blocks and the page of documentation anew: look at the difference")

func TestManifests(t *testing.T) {
	for _, name := range Names() {
		manifest, ok := Manifest(name)
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
		spec, ok := Get(name)
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
		if _, ok := Get(name); ok {
			t.Errorf("Get(%q) found something", name)
		}
		if _, ok := Manifest(name); ok {
			t.Errorf("Manifest(%q) found something", name)
		}
	}
}

func TestNamesAreACopy(t *testing.T) {
	Names()[0] = "changed"
	if Names()[0] == "changed" {
		t.Error("a caller can change the names")
	}
}

// TestFiles says that no template is forgotten in the list of names.
func TestFiles(t *testing.T) {
	files, err := manifests.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(names, strings.TrimSuffix(f.Name(), ".yaml")) {
			t.Errorf("%s is in no list", f.Name())
		}
	}
	if len(files) != len(names) {
		t.Errorf("%d files, %d names", len(files), len(names))
	}
}

// sharedFrom begins the blocks that are the same in all templates. Each has
// them, since a template that is exported must be complete.
const sharedFrom = "{{/* What follows is the same in all templates of Crier. */}}\n\n"

func TestSharedBlocks(t *testing.T) {
	blocks := map[string]string{"html": read(t, "shared/blocks.html"), "text": read(t, "shared/blocks.txt")}
	for _, name := range Names() {
		if *update {
			share(t, "templates/"+name+".yaml", blocks)
			continue
		}
		spec, _ := Get(name)
		for part, source := range map[string]string{"html": spec.HTML, "text": spec.Text} {
			_, got, _ := strings.Cut(source, sharedFrom)
			if got != blocks[part] {
				t.Errorf("%s: the shared blocks of %s differ from the folder shared; change them there and run go test ./internal/builtin -update", name, part)
			}
		}
	}
}

// share writes the shared blocks into a manifest. Run the tests twice: this
// one embeds what was there before.
func share(t *testing.T, file string, blocks map[string]string) {
	t.Helper()
	html, text, ok := strings.Cut(read(t, file), "\n  text: |\n")
	if !ok {
		t.Fatalf("%s has no text", file)
	}
	html = before(html) + indented(blocks["html"])
	text = before(text) + indented(blocks["text"])
	write(t, file, html+"  text: |\n"+text)
}

func before(part string) string {
	own, _, _ := strings.Cut(part, indented(sharedFrom))
	return own + indented(sharedFrom)
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
