package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// mistake is one in the writing of a document, at a line and column of it.
type mistake struct {
	line, column int
	message      string
}

func (m mistake) Error() string { return m.message }

// decode reads a document as kubectl does: YAML 1.1 to JSON, with numbers as
// int64 where they are whole. What kubectl would take without a word, and
// other programs otherwise, is a mistake: a field that is there twice. The
// node is nil where only comments are.
func decode(text []byte) (content any, root *yamlnode.Node, err error) {
	asJSON, err := toJSON(text)
	if err != nil {
		return nil, nil, err
	}
	file, err := parseNode(text)
	if err != nil && !json.Valid(text) {
		return nil, nil, err
	}
	if bytes.Equal(asJSON, []byte("null")) {
		return nil, nil, nil
	}
	if err := utiljson.Unmarshal(asJSON, &content); err != nil {
		return nil, nil, err
	}
	if depth(content, 0) > maxDepth {
		return nil, nil, fmt.Errorf("values are nested more than %d deep", maxDepth)
	}
	root = &yamlnode.Node{Kind: yamlnode.MappingNode, Line: 1, Column: 1} // of JSON that isn't YAML
	if len(file.Content) > 0 {
		root = file.Content[0]
	}
	if twice := repeated(root, 0); twice != nil {
		return nil, nil, *twice
	}
	return content, root, nil
}

// parseNode reads the one document that a text should be: kubectl takes the
// first, and leaves out what follows without a word.
func parseNode(text []byte) (yamlnode.Node, error) {
	var file, next yamlnode.Node
	d := yamlnode.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&file); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil // nothing but comments
		}
		return file, err
	}
	if err := d.Decode(&next); !errors.Is(err, io.EOF) {
		if m := behind(strings.Split(string(text), "\n")); m != nil {
			return file, *m
		}
	}
	return file, nil
}

// behind finds the line that isn't read: one behind the mark ..., or one that
// is further to the left than the first.
func behind(lines []string) *mistake {
	first, ended := -1, false
	for i, line := range lines {
		switch text := strings.TrimSpace(line); {
		case text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(line, "%"):
		case line == "..." || strings.HasPrefix(line, "... ") || line == "...\r":
			ended = true
		case ended:
			return &mistake{i + 1, 1, "this isn't read, since ... ends the document before it: write --- instead"}
		case first < 0:
			first = indent(line)
		case indent(line) < first:
			return &mistake{i + 1, 1, "the indentation isn't that of the first lines"}
		}
	}
	return nil
}

// toJSON leaves JSON as it is: some of its escapes aren't YAML.
func toJSON(text []byte) ([]byte, error) {
	if json.Valid(text) {
		return bytes.TrimSpace(text), nil
	}
	return yaml.YAMLToJSON(text)
}

// repeated finds a key that is there twice in one mapping, and one that stands
// before a << that has it too: kubectl takes the value of <<, others the
// key's own. After << a key of its own is what everybody takes.
func repeated(node *yamlnode.Node, deep int) *mistake {
	if node == nil || deep > 2*maxDepth {
		return nil
	}
	if node.Kind == yamlnode.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Tag == mergeTag {
				if hidden := overridden(seen, node.Content[i+1]); hidden != "" {
					return &mistake{key.Line, key.Column, fmt.Sprintf("the field %q stands before << and in what it merges: write << first, so that every program takes the same", hidden)}
				}
				continue
			}
			if key.Kind == yamlnode.ScalarNode && seen[keyOf(key)] {
				return &mistake{key.Line, key.Column, fmt.Sprintf("the field %q is there twice", key.Value)}
			}
			seen[keyOf(key)] = true
		}
	}
	for _, child := range node.Content {
		if twice := repeated(child, deep+1); twice != nil {
			return twice
		}
	}
	return nil
}

// overridden is one of the keys that a merge has too, "" for none.
func overridden(keys map[string]bool, merged *yamlnode.Node) string {
	for key := range keys {
		if _, value := entryWithin(resolve(merged), key, 0); value != nil {
			return key
		}
	}
	return ""
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

// hasKey says whether a key that the pattern matches is anywhere in a value.
func hasKey(v any, pattern *regexp.Regexp) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if pattern.MatchString(key) || hasKey(child, pattern) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if hasKey(child, pattern) {
				return true
			}
		}
	}
	return false
}
