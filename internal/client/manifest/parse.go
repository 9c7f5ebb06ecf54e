package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	yamlnode "go.yaml.in/yaml/v3"

	"crier.dev/crier/internal/words"
)

// Parse reads the documents of one file that somebody asked for by name.
// Documents with a mistake become problems, the others objects. Empty ones are
// left out, those that aren't Kubernetes objects at all are counted as others,
// and the elements of a List are objects of their own.
func Parse(path string, text []byte) (objects []Object, problems []Problem, others int) {
	p := parse(path, text, true)
	return p.objects, p.problems, p.others
}

// parse reads a file. One that isn't named but found in a folder may be
// anything: what can't be read in it is a problem only if it was to be an
// object.
func parse(path string, text []byte, named bool) *parser {
	p := &parser{path: path, named: named}
	if len(text) > MaxFile {
		p.large(text)
		return p
	}
	text = fromUTF16(text)
	p.text = text
	if !named && !mayHold(text) && len(bytes.TrimSpace(text)) > 0 {
		p.other("it has no apiVersion and kind")
		return p
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		p.encoding(text)
		return p
	}
	for _, d := range split(text) {
		p.document(d)
		if p.full() {
			break
		}
	}
	return p
}

// parser collects what is in one file.
type parser struct {
	path     string
	text     []byte
	named    bool
	objects  []Object
	problems []Problem
	// others are documents that aren't objects; why says it of the first.
	others int
	why    string
}

func (p *parser) problem(line, column int, message string) {
	p.problems = append(p.problems, Problem{Position: Position{Path: p.path, Line: line, Column: column}, Message: message})
}

// other counts a document that isn't an object.
func (p *parser) other(why string) {
	if p.others++; p.others == 1 {
		p.why = why
	}
}

// full keeps a file of lists bounded.
func (p *parser) full() bool {
	if len(p.objects)+len(p.problems) < MaxDocuments {
		return false
	}
	p.problem(0, 0, fmt.Sprintf("the file has more than %s; what comes after them isn't read", words.Count(MaxDocuments, "object")))
	return true
}

func (p *parser) large(text []byte) {
	message := fmt.Sprintf("the file is larger than %d MiB", MaxFile>>20)
	if !p.named && !wants(text, nil) {
		p.other(message)
		return
	}
	p.problems = append(p.problems, Problem{Position: Position{Path: p.path}, Message: message, Unreadable: true})
}

// encoding is for a file that isn't UTF-8.
func (p *parser) encoding(text []byte) {
	const message = "this isn't UTF-8 text"
	if !p.named && !wants(text, text) {
		p.other(message)
		return
	}
	good := 0
	for good < len(text) {
		r, size := utf8.DecodeRune(text[good:])
		if r == utf8.RuneError && size <= 1 || r == 0 {
			break
		}
		good += size
	}
	line := 1 + bytes.Count(text[:good], []byte("\n"))
	column := 1 + utf8.RuneCount(text[bytes.LastIndexByte(text[:good], '\n')+1:good])
	p.problem(line, column, message+fmt.Sprintf(" (octet 0x%X): save the file as UTF-8", text[good]))
}

func (p *parser) document(d document) {
	content, root, err := decode(d.text)
	if err != nil {
		p.mistake(d, err)
		return
	}
	switch content := content.(type) {
	case nil: // only comments
	case map[string]any:
		p.add(d, root, content, 0)
	case []any:
		if holdsOurs(content) {
			p.problem(d.first+root.Line, root.Column, "a list isn't a Kubernetes object: write its elements as documents, with --- between them, or as items of kind: List")
			return
		}
		p.other("it is a list")
	default:
		p.other("it is a text")
	}
}

// mistake is one of the writing. The parser may say a line behind the last.
func (p *parser) mistake(d document, err error) {
	if !p.named && !wants(p.text, d.text) {
		p.other("it can't be read as YAML or JSON")
		return
	}
	var m mistake
	if errors.As(err, &m) {
		p.problem(d.first+m.line, m.column, m.message)
		return
	}
	line, message := plainError(err, d.lines)
	line = min(max(line, 1), len(d.lines))
	p.problem(d.first+line, d.column(line), message)
}

// add takes an object, or the elements of a list.
func (p *parser) add(d document, root *yamlnode.Node, content map[string]any, depth int) {
	o := newObject(p.path, d, root, content)
	items, isList := content["items"].([]any)
	if !isList || !strings.HasSuffix(o.Kind, "List") || depth > 2 {
		p.object(o)
		return
	}
	nodes := value(root, "items")
	for i, item := range items {
		element, ok := item.(map[string]any)
		if !ok || nodes == nil || i >= len(resolve(nodes).Content) {
			at := o.At(fmt.Sprintf("items[%d]", i))
			p.problem(at.Line, at.Column, "an element of the list isn't a Kubernetes object")
			continue
		}
		if p.full() {
			return
		}
		p.add(d, resolve(nodes).Content[i], element, depth+1)
	}
}

// object takes one object, or what was to be one.
func (p *parser) object(o Object) {
	whole := o.Kind != "" && o.APIVersion != ""
	field, message := misnamed(o.Content)
	switch {
	case !whole && message != "":
		at := o.At(field)
		p.problem(at.Line, at.Column, message)
	case !whole:
		p.other("it has no apiVersion and kind")
	case hasKey(o.Content, patch):
		p.other("it is a strategic merge patch")
	case encrypted(o.Content) && ours.MatchString(o.APIVersion):
		p.other("it is encrypted")
	default:
		o.Opaque = encrypted(o.Content)
		p.objects = append(p.objects, o)
	}
}
