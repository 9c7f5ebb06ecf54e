package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// digestAnnotation tells two versions of a CRD apart without comparing what the
// API server made of them.
const digestAnnotation = "crier.dev/crd-digest"

// crd is one generated CustomResourceDefinition.
type crd struct {
	file    string // base name of the generated file
	name    string // <plural>.<group>
	plural  string
	group   string
	cluster bool // cluster-scoped
	text    []byte
}

// readCRDs reads every CRD in folder, in the order of their file names.
func readCRDs(folder string) ([]crd, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no CRD, run make manifests", folder)
	}
	crds := make([]crd, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := parseCRD(filepath.Base(file), text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		crds = append(crds, c)
	}
	return crds, nil
}

func parseCRD(file string, text []byte) (crd, error) {
	var object struct {
		Kind     string
		Metadata struct{ Name string }
		Spec     struct {
			Group string
			Scope string
			Names struct{ Plural string }
		}
	}
	if err := yaml.Unmarshal(text, &object); err != nil {
		return crd{}, err
	}
	if object.Kind != "CustomResourceDefinition" {
		return crd{}, fmt.Errorf("kind is %q, not CustomResourceDefinition", object.Kind)
	}
	var whole map[string]any
	if err := yaml.Unmarshal(text, &whole); err != nil {
		return crd{}, err
	}
	if err := uniqueRules("", whole); err != nil {
		return crd{}, err
	}
	return crd{
		file:    file,
		name:    object.Metadata.Name,
		plural:  object.Spec.Names.Plural,
		group:   object.Spec.Group,
		cluster: object.Spec.Scope == "Cluster",
		text:    text,
	}, nil
}

// template is the CRD as a chart template: rendered when the chart says so,
// kept by Helm on uninstall.
func (c crd) template() ([]byte, error) {
	const at = "\n  annotations:\n"
	text := bytes.TrimPrefix(c.text, []byte("---\n"))
	// The line is found by its indentation: only metadata of the CRD itself
	// is that far left. Decoding and encoding instead would change the text.
	if bytes.Count(text, []byte(at)) != 1 {
		return nil, errors.New("expected exactly one metadata.annotations")
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(c.text))
	head, tail, _ := bytes.Cut(escapeTemplate(text), []byte(at))

	var out bytes.Buffer
	fmt.Fprintf(&out, "{{- /* Written by hack/chartsync from %s/%s. */}}\n", crdBases, c.file)
	fmt.Fprintf(&out, "{{- if include \"crier.crd.wanted\" (list . %q %q) }}\n", c.name, digest)
	out.Write(head)
	out.WriteString(at)
	out.WriteString("    helm.sh/resource-policy: keep\n")
	fmt.Fprintf(&out, "    %s: %q\n", digestAnnotation, digest)
	out.Write(tail)
	out.WriteString("{{- end }}\n")
	return out.Bytes(), nil
}

// escapeTemplate makes Helm print text as it is. The documentation of the API
// shows message templates, whose opening braces are Helm's as well; closing
// braces outside an action are plain text.
func escapeTemplate(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("{{"), []byte(`{{ "{{" }}`))
}
