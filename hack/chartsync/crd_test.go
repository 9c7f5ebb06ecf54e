package main

import (
	"strings"
	"testing"
	"text/template"
)

const braces = `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.0.0
  name: letters.example.org
spec:
  group: example.org
  names:
    plural: letters
  scope: Cluster
  versions:
  - schema:
      description: '"{{ .Name }}", or {{if .Attributes.a}}x{{end}}'
      annotations:
        a: b
`

func TestTemplatePrintsTheCRD(t *testing.T) {
	c, err := parseCRD("example.org_letters.yaml", []byte(braces))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.template()
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	want := strings.Replace(strings.TrimPrefix(braces, "---\n"), "  annotations:\n",
		"  annotations:\n    helm.sh/resource-policy: keep\n    crier.dev/crd-digest: \"DIGEST\"\n", 1)
	for _, wanted := range []string{"true", ""} {
		// include and list stand for Helm's functions of these names.
		parsed, err := template.New("crd").Funcs(template.FuncMap{
			"list": func(arguments ...any) []any { return arguments },
			"include": func(name string, arguments []any) string {
				if name != "crier.crd.wanted" || arguments[1] != "letters.example.org" {
					t.Errorf("include %q of %v", name, arguments)
				}
				digests = append(digests, arguments[2].(string))
				return wanted
			},
		}).Parse(string(text))
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		var out strings.Builder
		if err := parsed.Execute(&out, nil); err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(out.String())
		expected := ""
		if wanted != "" {
			expected = strings.TrimSpace(strings.Replace(want, "DIGEST", digests[0], 1))
		}
		if got != expected {
			t.Errorf("wanted %q: got\n%s\nwant\n%s", wanted, got, expected)
		}
	}
}

func TestDigestFollowsTheText(t *testing.T) {
	render := func(text string) string {
		t.Helper()
		c, err := parseCRD("a.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.template()
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(string(out), digestAnnotation)
		digest, _, _ := strings.Cut(line, "\n")
		return digest
	}
	if render(braces) != render(braces) {
		t.Error("one text, two digests")
	}
	if render(braces) == render(strings.Replace(braces, "a: b", "a: c", 1)) {
		t.Error("two texts, one digest")
	}
}

func TestParseCRD(t *testing.T) {
	c, err := parseCRD("a.yaml", []byte(braces))
	if err != nil {
		t.Fatal(err)
	}
	if c.name != "letters.example.org" || c.group != "example.org" || c.plural != "letters" || !c.cluster {
		t.Errorf("got %+v", c)
	}
	for _, text := range []string{"kind: Secret\n", "kind: [\n"} {
		if _, err := parseCRD("a.yaml", []byte(text)); err == nil {
			t.Errorf("%q was taken for a CRD", text)
		}
	}
}

func TestTemplateNeedsOnePlaceForAnnotations(t *testing.T) {
	for name, text := range map[string]string{
		"none": strings.Replace(braces, "  annotations:\n", "  labels:\n", 1),
		"two":  braces + "  annotations:\n    a: b\n",
	} {
		if _, err := (crd{text: []byte(text)}).template(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
