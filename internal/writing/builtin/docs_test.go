package builtin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/builtin"
)

const docs = "../../../docs/templates.md"

// TestDocumentation holds the page to the manifests and to the samples, of
// which the pictures are.
func TestDocumentation(t *testing.T) {
	page := read(t, docs)
	want := section(t, page, "parameters: common", strings.TrimSpace(common()))
	var all strings.Builder
	for _, name := range builtin.Names() {
		spec, _ := builtin.Get(name)
		own := slices.DeleteFunc(slices.Clone(spec.Parameters), shared)
		title := strings.ToUpper(name[:1]) + name[1:]
		fmt.Fprintf(&all, "## %s\n\n%s\n\n![The template %s on a telephone and on a desktop, light and dark](templates/%s.png)\n\n%s\n```yaml\n%s```\n\n",
			title, spec.Description, name, name, table(own), read(t, "sample/broadcasts/"+name+".yaml"))
	}
	want = section(t, want, "templates", strings.TrimSpace(all.String()))
	if *update {
		write(t, docs, want)
		return
	}
	if page != want {
		t.Errorf("%s differs from the manifests or the samples; run go test ./internal/writing/builtin -update", docs)
	}
}

// section replaces what stands between a mark and its end, which it adds when
// it is missing.
func section(t *testing.T, page, mark, text string) string {
	t.Helper()
	begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->\n"
	head, rest, ok := strings.Cut(page, begin)
	if !ok {
		t.Fatalf("%s has no %q", docs, strings.TrimSpace(begin))
	}
	if _, tail, ended := strings.Cut(rest, end); ended {
		rest = tail
	}
	return head + begin + "\n" + text + "\n\n" + end + rest
}

// shared parameters are the same in all templates, and described once.
func shared(p crier.TemplateParameter) bool {
	return slices.Contains([]string{"preheader", "organization", "logoURL", "logoAlt", "brandColor", "contact", "unsubscribeText"}, p.Name)
}

func common() string {
	spec, _ := builtin.Get(builtin.Names()[0])
	return table(slices.DeleteFunc(slices.Clone(spec.Parameters), func(p crier.TemplateParameter) bool { return !shared(p) }))
}

// TestSharedParameters says that those are the same everywhere.
func TestSharedParameters(t *testing.T) {
	for _, name := range builtin.Names() {
		spec, _ := builtin.Get(name)
		got := table(slices.DeleteFunc(slices.Clone(spec.Parameters), func(p crier.TemplateParameter) bool { return !shared(p) }))
		if got != common() {
			t.Errorf("%s has other shared parameters than %s:\n%s", name, builtin.Names()[0], got)
		}
	}
}

func table(parameters []crier.TemplateParameter) string {
	var b strings.Builder
	b.WriteString("| Value | Type | Default | |\n|---|---|---|---|\n")
	for _, p := range parameters {
		byDefault := ""
		switch {
		case p.Required:
			byDefault = "required"
		case p.Default != "":
			byDefault = "`" + p.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.ValueType(), byDefault, p.Description)
	}
	return b.String()
}
