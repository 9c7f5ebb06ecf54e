// Package manifest reads Kubernetes objects out of YAML and JSON files, and
// remembers where in a file each field stands, so that a problem can be shown
// at its place. Values are read as kubectl reads them.
package manifest

import (
	"fmt"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
)

// Limits of what is read.
const (
	MaxFile      = 16 << 20  // octets of one file
	MaxTotal     = 256 << 20 // octets of all files of one call
	MaxFiles     = 10_000    // files of one call
	MaxEntries   = 200_000   // files and folders of one folder, with all that is below it
	MaxDocuments = 10_000    // documents and elements of lists in one file
	maxDepth     = 200       // nesting of values
)

// Position is a place in a file. Line and Column count from 1, columns in
// characters; Line is 0 if it concerns the file as a whole.
type Position struct {
	Path         string
	Line, Column int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.Path
	}
	return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
}

// Problem is why a document, or a whole file, isn't used.
type Problem struct {
	Position
	Message string
	// Unreadable says that the file couldn't be read at all, as opposed to
	// having a mistake in it.
	Unreadable bool
}

func (p Problem) Error() string { return p.String() + ": " + p.Message }

// Object is one object of a file.
type Object struct {
	Path                              string
	APIVersion, Kind, Namespace, Name string
	// Content is the object with the types of JSON: map[string]any, []any,
	// string, int64, float64, bool and nil.
	Content map[string]any
	// Opaque says that the data of a Secret or ConfigMap isn't here: it is
	// encrypted, or in a file that can't be read.
	Opaque bool

	root  *yamlnode.Node
	lines []string // of the document that it is in
	first int      // line of the file, from 0, that lines begin with
	// files are those that texts come from that aren't in the manifest itself,
	// by the field.
	files map[string]string
	// scope is the folder of the kustomization that lists or makes it, "" for
	// none.
	scope string
}

// Group is the part of apiVersion before the slash, "" for the core group.
func (o *Object) Group() string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// Title is kind and name for people: "Broadcast hr/open-enrollment".
func (o *Object) Title() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	return o.Kind + " " + name
}

func newObject(path string, d document, root *yamlnode.Node, content map[string]any) Object {
	o := Object{Path: path, Content: content, root: root, lines: d.lines, first: d.first}
	o.APIVersion, _ = content["apiVersion"].(string)
	o.Kind, _ = content["kind"].(string)
	if meta, ok := content["metadata"].(map[string]any); ok {
		o.Namespace, _ = meta["namespace"].(string)
		o.Name, _ = meta["name"].(string)
		if o.Name == "" {
			o.Name, _ = meta["generateName"].(string)
		}
	}
	return o
}

// SetNamespace gives a namespace to an object that leaves it to whoever applies
// it. It does nothing if the object has one, or namespace is empty.
func (o *Object) SetNamespace(namespace string) {
	if meta, ok := o.Content["metadata"].(map[string]any); ok && o.Namespace == "" && namespace != "" {
		meta["namespace"], o.Namespace = namespace, namespace
	}
}
