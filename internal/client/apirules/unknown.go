package apirules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"

	"crier.dev/crier/internal/words"
)

// unknown takes fields away that there aren't, and says so.
func (r *Result) unknown(rules *rules) {
	paths := pruning.PruneWithOptions(r.Content, rules.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range paths {
		r.Problems = append(r.Problems, Problem{Field: path, Unknown: true, Message: unknownMessage(path, rules.structural)})
	}
	_, _, wrong, err := objectmeta.GetObjectMetaWithOptions(r.Content, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return // said by the check of metadata
	}
	for _, path := range wrong {
		r.Problems = append(r.Problems, Problem{Field: path, Unknown: true, Message: hint(last(path), metaFields)})
	}
}

// metaFields are those of metadata that people write.
var metaFields = []string{"name", "namespace", "labels", "annotations", "generateName", "finalizers", "ownerReferences"}

func last(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

// unknownMessage looks for what was meant: a field beside it, or the same name
// elsewhere in the spec.
func unknownMessage(path string, root *structuralschema.Structural) string {
	name := last(path)
	around := at(root, strings.TrimSuffix(strings.TrimSuffix(path, name), "."))
	var beside []string
	if around != nil {
		beside = slices.Sorted(maps.Keys(around.Properties))
	}
	if Nearest(name, beside) != "" {
		return hint(name, beside)
	}
	if elsewhere := places(root, name, "", 0); len(elsewhere) == 1 && !strings.HasPrefix(elsewhere[0], "status") {
		return fmt.Sprintf("there is no field %q here; it belongs to %s", name, parent(elsewhere[0]))
	}
	return hint(name, beside)
}

func parent(path string) string { return path[:strings.LastIndexByte(path, '.')] }

// maxNames is how many fields a message lists.
const maxNames = 24

func hint(name string, names []string) string {
	if best := Nearest(name, names); best != "" {
		return fmt.Sprintf("there is no field %q; did you mean %q?", name, best)
	}
	if len(names) == 0 || len(names) > maxNames {
		return fmt.Sprintf("there is no field %q here", name)
	}
	return fmt.Sprintf("there is no field %q; there are %s", name, strings.Join(names, ", "))
}

// Nearest is the one of the names that was probably meant, or "".
func Nearest(name string, names []string) string {
	best, distance := "", 4
	for _, candidate := range names {
		d := words.Edits(name, candidate)
		if d < distance && d < len(candidate)-1 && d < len(name) {
			best, distance = candidate, d
		}
	}
	return best
}

// at is the schema of the field at a path; nil if there is none.
func at(s *structuralschema.Structural, path string) *structuralschema.Structural {
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch child, ok := s.Properties[part]; {
		case ok:
			s = &child
		case s.Items != nil && isNumber(part):
			s = s.Items
		case s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil:
			s = s.AdditionalProperties.Structural
		default:
			return nil
		}
	}
	return s
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// places are the paths of fields of a name, without those of status.
func places(s *structuralschema.Structural, name, path string, depth int) []string {
	if depth > 8 {
		return nil
	}
	var found []string
	for _, property := range slices.Sorted(maps.Keys(s.Properties)) {
		if depth == 0 && property != "spec" {
			continue
		}
		child := s.Properties[property]
		here := strings.TrimPrefix(path+"."+property, ".")
		if property == name {
			found = append(found, here)
		}
		found = append(found, places(&child, name, here, depth+1)...)
		if child.Items != nil {
			found = append(found, places(child.Items, name, here+"[]", depth+1)...)
		}
	}
	return found
}
