package apirules

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const broadcast = `
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: enrollment}
spec:
  listRef: {name: staff}
  subject: Open enrollment
  content: {text: Hello}
  notAfter: "2026-03-10T17:00:00Z"
`

// changed is the Broadcast with another value in one place, or none for nil.
func changed(t *testing.T, path string, value any) map[string]any {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte(broadcast), &object); err != nil {
		t.Fatal(err)
	}
	o := object
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		o = o[p].(map[string]any)
	}
	if o[parts[len(parts)-1]] = value; value == nil {
		delete(o, parts[len(parts)-1])
	}
	return object
}

type object = map[string]any

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		path  string
		value any
		want  []Problem
	}{
		{"spec.priority", "Urgent", nil},
		{"spec.subject", nil, []Problem{{Field: "spec.subject", Message: "this field is required", Missing: true}}},
		{"spec", nil, []Problem{{Field: "spec", Message: "this field is required", Missing: true}}},
		{"spec.subject", int64(3), []Problem{{Field: "spec.subject", Message: `must be of type string: "integer"`, Shape: true, Wants: "string"}}},
		{"spec.subject", "", []Problem{{Field: "spec.subject", Message: "this must not be empty"}}},
		{"spec.subject", strings.Repeat("a", 999), []Problem{{Field: "spec.subject", Message: "too long: may not be more than 998 bytes"}}},
		{"spec.subjct", "a", []Problem{{Field: "spec.subjct", Message: `there is no field "subjct"; did you mean "subject"?`, Unknown: true}}},
		{"spec.html", "a", []Problem{{Field: "spec.html", Message: `there is no field "html" here; it belongs to spec.content`, Unknown: true}}},
		{"spec.listRef.kind", "a", []Problem{{Field: "spec.listRef.kind", Message: `there is no field "kind"; there are name`, Unknown: true}}},
		{"metadata.namee", "a", []Problem{{Field: "metadata.namee", Message: `there is no field "namee"; did you mean "name"?`, Unknown: true}}},
		{"spec.replyTo", []any{object{"address": "Ann <a@example.gov>"}}, []Problem{{Field: "spec.replyTo[0].address",
			Message: "this must be one address alone, such as ann@example.gov, without a name or brackets"}}},
		{"spec.content.sections", []any{object{"titel": "a"}}, []Problem{
			{Field: "spec.content", Message: "values and sections need a templateRef"},
			{Field: "spec.content.sections[0]", Message: "a section needs a title or markdown"},
			{Field: "spec.content.sections[0].titel", Message: `there is no field "titel"; did you mean "title"?`, Unknown: true},
		}},
		{"spec.priority", "High", []Problem{{Field: "spec.priority", Message: `"High" can't stand here; supported values are "Normal", "Urgent"`}}},
		{"spec.notAfter", "tomorrow", []Problem{{Field: "spec.notAfter", Shape: true,
			Message: "this must be a time with a time zone, such as 2026-03-10T17:00:00-05:00 or 2026-03-10T22:00:00Z"}}},
		{"spec.notAfter", "2026-03-10T17:00:00z", []Problem{{Field: "spec.notAfter",
			Message: "this must be a time with a time zone, such as 2026-03-10T17:00:00-05:00 or 2026-03-10T22:00:00Z"}}},
		{"spec.maxDeferral", "3w", []Problem{{Field: "spec.maxDeferral",
			Message: "this isn't a duration, such as 90s, 30m or 24h; maxDeferral must be from 1m to 168h"}}},
		{"spec.listRef", nil, []Problem{{Field: "spec", Message: "give exactly one of listRef and listRefs"}}},
		{"spec.content.attachments", []any{object{"name": "a", "configMap": object{"name": "a", "key": "b"}}, object{"name": "a", "configMap": object{"name": "a", "key": "b"}}},
			[]Problem{{Field: "spec.content.attachments[1]", Message: "this is there twice"}}},
		{"metadata.name", "X_", []Problem{{Field: "metadata.name",
			Message: "a name has only lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit"}}},
		{"metadata.name", strings.Repeat("a", 64), []Problem{{Message: "the name of a Broadcast has at most 63 characters"}}},
		{"status", object{"phase": "Nonsense"}, nil},
	} {
		r, err := Check(t.Context(), changed(t, c.path, c.value))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Problems, c.want) {
			t.Errorf("%s = %.40v:\n%+v, want\n%+v", c.path, c.value, r.Problems, c.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	given := changed(t, "status", object{"phase": "Sent"})
	r, err := Check(t.Context(), given)
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(err, r.Problems)
	}
	spec := r.Content["spec"].(object)
	if spec["priority"] != "Normal" || spec["maxDeferral"] != "24h" || spec["onRecreate"] != "Hold" || r.Content["status"] != nil {
		t.Error(r.Content)
	}
	if given["spec"].(object)["priority"] != nil || given["status"] == nil {
		t.Error("the object was changed")
	}
}

func TestShaped(t *testing.T) {
	for _, c := range []struct {
		path  string
		value any
		want  bool
	}{{"spec.subject", "x", true}, {"spec.subject", "", true}, {"spec.subject", int64(1), false}, {"spec.content", nil, false}, {"spec.extra", "x", true}} {
		if r, err := Check(t.Context(), changed(t, c.path, c.value)); err != nil || r.Shaped() != c.want {
			t.Errorf("%s: %v, %v", c.path, r.Problems, err)
		}
	}
}

func TestKinds(t *testing.T) {
	kinds, err := Kinds()
	if err != nil || !slices.Contains(kinds, "Broadcast") || !slices.Contains(kinds, "Suppression") {
		t.Error(kinds, err)
	}
	if v, err := Versions("Broadcast"); err != nil || !slices.Equal(v, []string{"v1alpha1"}) {
		t.Error(v, err)
	}
	if v, err := Versions("Poem"); err != nil || v != nil {
		t.Error(v, err)
	}
	for _, kind := range []string{"Poem", ""} {
		if _, err := Check(t.Context(), object{"apiVersion": "crier.dev/v1alpha1", "kind": kind}); err == nil {
			t.Errorf("%q is a kind", kind)
		}
	}
}
