package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/words"
)

// quote says what to write where YAML has read something else than a text.
func quote(o *manifest.Object, path string) string {
	w, ok := o.Written(path)
	switch {
	case !ok || !w.Plain:
		return ""
	case w.Text == "":
		return ": it is empty, and a text that begins with # needs quotation marks"
	}
	return fmt.Sprintf(": write it in quotation marks, %q", w.Text)
}

// remedy says what to write where a value isn't of the type that it has to be.
func remedy(o *manifest.Object, p apirules.Problem) string {
	w, ok := o.Written(p.Field)
	switch {
	case p.Wants == "string":
		return quote(o, p.Field)
	case !ok:
	case p.Wants == "array":
		return fmt.Sprintf(": write a list, [%s]", w.Text)
	case p.Wants == "integer", p.Wants == "boolean":
		_, err := strconv.ParseInt(w.Text, 10, 64)
		if !w.Plain && (err == nil || w.Text == "true" || w.Text == "false") {
			return ": write it without quotation marks, " + w.Text
		}
	}
	return ""
}

// metadata looks for what has to be a text in it and isn't one. It says
// whether there is any.
func (l *linter) metadata(o *manifest.Object) (found bool) {
	meta, _ := o.Content["metadata"].(map[string]any)
	check := func(path string, value any) {
		if _, ok := value.(string); !ok && value != nil {
			found = true
			l.at(o, Error, RuleSchema, path, "this must be text"+quote(o, path))
		}
	}
	for _, field := range []string{"name", "namespace", "generateName"} {
		check("metadata."+field, meta[field])
	}
	for _, field := range []string{"labels", "annotations"} {
		values, _ := meta[field].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			check("metadata."+field+"["+key+"]", values[key])
		}
	}
	return found
}

// cut is a comment that was hardly meant as one: "Sale #1 today".
var cut = regexp.MustCompile(`^#[^\s#]`)

// cutTexts looks for texts of which YAML takes another part than the author
// sees.
func (l *linter) cutTexts(o *manifest.Object) { l.cutText(o, "spec", o.Content["spec"], 0) }

func (l *linter) cutText(o *manifest.Object, path string, value any, depth int) {
	const deepest = 20
	if depth > deepest {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			l.cutText(o, path+"."+key, child, depth+1)
		}
	case []any:
		for i, child := range value {
			l.cutText(o, path+"["+strconv.Itoa(i)+"]", child, depth+1)
		}
	case string:
		w, ok := o.Written(path)
		switch {
		case !ok || !w.Plain:
		case cut.MatchString(w.Comment):
			l.at(o, Warning, RuleContent, path, fmt.Sprintf("YAML takes %q for a comment, and leaves it out; write the text in quotation marks", words.Clip(w.Comment)))
		case strings.HasPrefix(w.Text, "“") && strings.HasSuffix(w.Text, "”"):
			l.at(o, Warning, RuleContent, path, `the quotation marks “ ” are a part of the text: write " instead, or leave them out`)
		}
	}
}
