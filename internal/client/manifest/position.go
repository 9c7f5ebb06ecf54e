package manifest

import (
	"strconv"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
)

// At is where the field stands: its key, or the element of a list. The path is
// one of Kubernetes' errors, such as spec.replyTo[1].address or
// metadata.labels[example.gov/team]. Of what isn't there it is the nearest
// field around it.
func (o *Object) At(path string) Position {
	if file, ok := o.files[path]; ok {
		return Position{file, 1, 1}
	}
	at, _ := o.find(path)
	return at
}

// Has says whether the field is in the file.
func (o *Object) Has(path string) bool {
	_, node := o.find(path)
	return node != nil
}

// Written is how a value that isn't a mapping or list stands in the file: YAML
// may have read something else in it than was meant.
type Written struct {
	// Text of the value, Comment that follows it on the line, with its #.
	Text, Comment string
	// Plain is without quotation marks, and not a block of lines; Folded is a
	// block whose lines are joined (>), if it has several words.
	Plain, Folded bool
}

// Written finds how a value is written.
func (o *Object) Written(path string) (w Written, ok bool) {
	_, node := o.find(path)
	if node == nil || node.Kind != yamlnode.ScalarNode {
		return Written{}, false
	}
	return Written{
		Text: node.Value, Comment: node.LineComment, Plain: node.Style&^yamlnode.TaggedStyle == 0,
		Folded: node.Style&yamlnode.FoldedStyle != 0 && strings.Contains(strings.TrimSpace(node.Value), " "),
	}, true
}

// TextLine is where a line of the text in a field stands; line counts from 1.
// Where the text isn't kept as it is written, as in quotes over several lines,
// that is the field itself.
func (o *Object) TextLine(path string, line int) Position {
	return o.TextAt(path, line, 1)
}

// TextAt is TextLine, and a column of that line, from 1, in characters.
func (o *Object) TextAt(path string, line, column int) Position {
	if file, ok := o.files[path]; ok {
		return Position{file, max(line, 1), max(column, 1)}
	}
	at, node := o.find(path)
	if node == nil || node.Kind != yamlnode.ScalarNode || line < 1 {
		return at
	}
	switch {
	case node.Style&yamlnode.LiteralStyle != 0:
		i := node.Line + line - 1 // of o.lines
		if i >= len(o.lines) {
			return at
		}
		return Position{o.Path, o.first + i + 1, o.blockIndent(node) + column}
	case node.Style&yamlnode.FoldedStyle != 0 || strings.Contains(node.Value, "\n") || line > 1:
		return Position{o.Path, o.first + node.Line, o.column(node)}
	case node.Style&(yamlnode.DoubleQuotedStyle|yamlnode.SingleQuotedStyle) != 0:
		column++
	}
	return Position{o.Path, o.first + node.Line, o.column(node) + column - 1}
}

// blockIndent is the indentation of a literal: that of its first line that
// isn't blank, which the text itself may add to when the indicator says so.
func (o *Object) blockIndent(node *yamlnode.Node) int {
	text := strings.Split(node.Value, "\n")
	for i, line := range text {
		if at := node.Line + i; strings.TrimSpace(line) != "" && at < len(o.lines) {
			return max(0, indent(o.lines[at])-indent(line))
		}
	}
	return 0
}

// column is that of a node in characters. The parser counts them so.
func (o *Object) column(node *yamlnode.Node) int { return max(node.Column, 1) }

// find is the place of a field and its value, which is nil if it isn't there.
func (o *Object) find(path string) (Position, *yamlnode.Node) {
	node := resolve(o.root)
	at := o.position(o.root)
	rest := path
	for rest != "" {
		var place, next *yamlnode.Node
		place, next, rest = step(node, rest)
		if next == nil {
			return at, nil
		}
		at, node = o.position(place), resolve(next)
	}
	return at, node
}

func (o *Object) position(node *yamlnode.Node) Position {
	return Position{o.Path, o.first + max(node.Line, 1), o.column(node)}
}

// step goes one field or element down. Keys may have dots in them, so the
// longest that is there is taken.
func step(node *yamlnode.Node, path string) (place, next *yamlnode.Node, rest string) {
	path = strings.TrimPrefix(path, ".")
	if strings.HasPrefix(path, "[") {
		end := strings.IndexByte(path, ']')
		if end < 0 {
			return nil, nil, ""
		}
		key, rest := path[1:end], path[end+1:]
		if node.Kind == yamlnode.SequenceNode {
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(node.Content) {
				return nil, nil, ""
			}
			return node.Content[i], node.Content[i], rest
		}
		place, next = entry(node, key)
		return place, next, rest
	}
	for end := len(path); end > 0; end = strings.LastIndexAny(path[:end], ".[") {
		if place, next = entry(node, path[:end]); next != nil {
			return place, next, path[end:]
		}
	}
	return nil, nil, ""
}

// mergeTag is that of the key <<.
const mergeTag = "!!merge"

// entry is a key of a mapping and its value; of several, the last counts.
// Merged mappings (<<) are looked into where they stand, as kubectl does.
func entry(node *yamlnode.Node, key string) (name, value *yamlnode.Node) {
	return entryWithin(node, key, 0)
}

func entryWithin(node *yamlnode.Node, key string, depth int) (name, value *yamlnode.Node) {
	if node == nil || depth > maxDepth {
		return nil, nil
	}
	switch node.Kind {
	case yamlnode.MappingNode:
		for i := len(node.Content) - 2; i >= 0; i -= 2 {
			if node.Content[i].Tag != mergeTag {
				if keyOf(node.Content[i]) == key {
					return node.Content[i], node.Content[i+1]
				}
			} else if name, value = entryWithin(resolve(node.Content[i+1]), key, depth+1); value != nil {
				return name, value
			}
		}
	case yamlnode.SequenceNode: // of several mappings that are merged the first counts
		if depth == 0 {
			return nil, nil
		}
		for _, merged := range node.Content {
			if name, value = entryWithin(resolve(merged), key, depth+1); value != nil {
				return name, value
			}
		}
	}
	return nil, nil
}

// keyOf is a key as kubectl reads it: in YAML 1.1, y and on are true.
func keyOf(node *yamlnode.Node) string {
	if node.Style != 0 || node.Kind != yamlnode.ScalarNode {
		return node.Value
	}
	switch node.Value {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE":
		return "true"
	case "n", "N", "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE":
		return "false"
	}
	return node.Value
}

func value(node *yamlnode.Node, key string) *yamlnode.Node {
	_, v := entry(resolve(node), key)
	return v
}

// resolve follows aliases.
func resolve(node *yamlnode.Node) *yamlnode.Node {
	for range maxDepth {
		if node == nil || node.Kind != yamlnode.AliasNode {
			break
		}
		node = node.Alias
	}
	return node
}
