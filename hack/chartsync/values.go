package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// The table of values stands between these lines of the chart's README.
const (
	tableStart = "<!-- values: written by hack/chartsync from values.yaml -->\n"
	tableEnd   = "<!-- end of values -->\n"
)

// keyLine is a key of a block mapping: indentation, name, and what follows.
var keyLine = regexp.MustCompile(`^( *)([A-Za-z][A-Za-z0-9]*):(.*)$`)

// valueRow is one documented value of the chart.
type valueRow struct {
	path  string // keys joined by dots
	value string // the default, as JSON
	about string
}

// valueRows reads values.yaml. A comment that begins with "# --" documents the
// key below it, with everything inside; a value without such a comment, on
// itself or on a key around it, is an error.
func valueRows(text []byte) ([]valueRow, error) {
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	var rows []valueRow
	var path []string
	var about []string
	covered := "" // the documented key whose inside is being read
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#"); ok {
			about = addComment(about, comment)
			continue
		}
		match := keyLine.FindStringSubmatch(line)
		if match == nil {
			about = nil
			continue
		}
		depth := len(match[1]) / 2
		if depth > len(path) {
			continue // Inside a list.
		}
		path = append(path[:depth:depth], match[2])
		name := strings.Join(path, ".")
		switch {
		case covered != "" && strings.HasPrefix(name, covered+"."):
		case len(about) > 0:
			row, err := newRow(values, path, about)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
			covered = name
		case strings.TrimSpace(match[3]) != "":
			return nil, fmt.Errorf("%s has no comment that begins with \"# --\"", name)
		}
		about = nil
	}
	return rows, nil
}

// addComment adds a line of a comment to a description, or begins one.
func addComment(about []string, comment string) []string {
	comment = strings.TrimSpace(comment)
	if first, ok := strings.CutPrefix(comment, "-- "); ok {
		return []string{first}
	}
	if len(about) > 0 {
		return append(about, comment)
	}
	return nil
}

func newRow(values map[string]any, path, about []string) (valueRow, error) {
	name := strings.Join(path, ".")
	var value any = values
	for _, key := range path {
		inner, ok := value.(map[string]any)
		if !ok {
			return valueRow{}, fmt.Errorf("%s is not where its indentation says", name)
		}
		value = inner[key]
	}
	text, err := json.Marshal(value)
	return valueRow{path: name, value: string(text), about: strings.Join(about, " ")}, err
}

// writeTable puts the table of values into the README.
func writeTable(readme []byte, rows []valueRow) ([]byte, error) {
	head, rest, ok := bytes.Cut(readme, []byte(tableStart))
	_, tail, ok2 := bytes.Cut(rest, []byte(tableEnd))
	if !ok || !ok2 {
		return nil, fmt.Errorf("no place for the table of values: %q and %q are missing", tableStart, tableEnd)
	}
	var out bytes.Buffer
	out.Write(head)
	out.WriteString(tableStart + "\n| Value | Default | What it does |\n|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&out, "| `%s` | `%s` | %s |\n", row.path, row.value, strings.ReplaceAll(row.about, "|", "\\|"))
	}
	out.WriteString("\n" + tableEnd)
	out.Write(tail)
	return out.Bytes(), nil
}
