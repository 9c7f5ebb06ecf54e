package manifest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	yamlnode "go.yaml.in/yaml/v3"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Parse reads the documents of one file. Documents with a mistake become
// problems, the others objects. Empty ones are left out, those that aren't of
// Kubernetes at all are counted as others, and the elements of a List are
// objects of their own.
func Parse(path string, text []byte) (objects []Object, problems []Problem, others int) {
	if len(text) > MaxFile {
		return nil, []Problem{tooLarge(path)}, 0
	}
	if !utf8.Valid(text) {
		return nil, []Problem{{Position: Position{Path: path}, Message: "this is not UTF-8 text"}}, 0
	}
	p := parser{path: path}
	for _, d := range split(text) {
		p.document(d)
		if p.full() {
			break
		}
	}
	return p.objects, p.problems, p.others
}

func tooLarge(path string) Problem {
	return Problem{
		Position: Position{Path: path}, Unreadable: true,
		Message: fmt.Sprintf("the file is larger than %d MiB", MaxFile>>20),
	}
}

// parser collects what is in one file.
type parser struct {
	path     string
	objects  []Object
	problems []Problem
	others   int
}

func (p *parser) problem(line, column int, message string) {
	p.problems = append(p.problems, Problem{Position: Position{Path: p.path, Line: line, Column: column}, Message: message})
}

// full keeps a file of lists bounded.
func (p *parser) full() bool {
	if len(p.objects)+len(p.problems) < MaxDocuments {
		return false
	}
	p.problem(0, 0, fmt.Sprintf("the file has more than %d objects; what comes after them isn't read", MaxDocuments))
	return true
}

func (p *parser) document(d document) {
	content, err := decode(d.text)
	if err != nil {
		p.mistake(d, err)
		return
	}
	var file yamlnode.Node
	if err := yamlnode.Unmarshal(d.text, &file); err != nil {
		p.mistake(d, err)
		return
	}
	if content == nil {
		return // only comments
	}
	object, ok := content.(map[string]any)
	if !ok || len(file.Content) == 0 {
		p.problem(d.first+1, 1, "this is no object of Kubernetes, which has apiVersion, kind and metadata")
		return
	}
	p.add(d, file.Content[0], object, 0)
}

// mistake is one of the writing. The parser may say a line behind the last.
func (p *parser) mistake(d document, err error) {
	line, message := plainError(err)
	line = min(max(line, 1), len(d.lines))
	p.problem(d.first+line, d.column(line), message)
}

// add takes an object, or the elements of a list.
func (p *parser) add(d document, root *yamlnode.Node, content map[string]any, depth int) {
	o := newObject(p.path, d, root, content)
	items, isList := content["items"].([]any)
	if !isList || !strings.HasSuffix(o.Kind, "List") || depth > 2 {
		if foreign(content) {
			p.others++
			return
		}
		if o.Kind == "" || o.APIVersion == "" {
			at := o.At("")
			p.problem(at.Line, at.Column, "apiVersion and kind are missing: this is no object of Kubernetes")
			return
		}
		p.objects = append(p.objects, o)
		return
	}
	nodes := value(root, "items")
	for i, item := range items {
		element, ok := item.(map[string]any)
		if !ok || nodes == nil || i >= len(resolve(nodes).Content) {
			at := o.At(fmt.Sprintf("items[%d]", i))
			p.problem(at.Line, at.Column, "an element of the list is no object")
			continue
		}
		if p.full() {
			return
		}
		p.add(d, resolve(nodes).Content[i], element, depth+1)
	}
}

// foreign says whether a document doesn't even try to be an object, such as
// the values of a chart, and its Chart.yaml.
func foreign(content map[string]any) bool {
	for _, field := range []string{"kind", "metadata", "spec"} {
		if _, there := content[field]; there {
			return false
		}
	}
	return true
}

// decode is how kubectl reads a document: YAML 1.1 to JSON, and numbers as
// int64 where they are whole.
func decode(text []byte) (any, error) {
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(asJSON, []byte("null")) {
		return nil, nil
	}
	var content any
	if err := utiljson.Unmarshal(asJSON, &content); err != nil {
		return nil, err
	}
	if depth(content, 0) > maxDepth {
		return nil, fmt.Errorf("values are nested more than %d deep", maxDepth)
	}
	return content, nil
}

func depth(v any, at int) int {
	if at > maxDepth {
		return at
	}
	deepest := at
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			deepest = max(deepest, depth(child, at+1))
		}
	case []any:
		for _, child := range v {
			deepest = max(deepest, depth(child, at+1))
		}
	}
	return deepest
}
