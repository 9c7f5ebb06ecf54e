// Package validation_test holds every rule of the API against a real API
// server: what it lets through, what it refuses, and in which words.
package validation_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

// refusal is a case: base, changed by a merge patch in YAML, is refused with
// words, or let through where they are empty.
type refusal struct{ name, patch, words string }

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return u
}

// patched is a copy of base after a merge patch (RFC 7396).
func patched(t *testing.T, base *unstructured.Unstructured, patch string) *unstructured.Unstructured {
	t.Helper()
	out := base.DeepCopy()
	merge(out.Object, object(t, patch).Object)
	return out
}

func merge(into, patch map[string]any) {
	for key, value := range patch {
		from, isMap := value.(map[string]any)
		to, wasMap := into[key].(map[string]any)
		switch {
		case value == nil:
			delete(into, key)
		case isMap && wasMap:
			merge(to, from)
		case isMap:
			fresh := map[string]any{}
			merge(fresh, from)
			into[key] = fresh
		default:
			into[key] = value
		}
	}
}

// check wants an answer to fit the words.
func check(t *testing.T, name string, err error, words string) {
	t.Helper()
	switch {
	case words == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case words == "":
	case err == nil:
		t.Errorf("%s: let through, want %q", name, words)
	case !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), words):
		t.Errorf("%s: refused with %v, want %q", name, err, words)
	}
}

// creations tries to create variants of base, without storing any.
func creations(t *testing.T, base string, cases []refusal) {
	t.Helper()
	obj := object(t, base)
	if obj.GetNamespace() == "" && obj.GetKind() != "DeliveryRecord" {
		obj.SetNamespace(apitest.OperatorNamespace)
	}
	check(t, "base", server.Client.Create(t.Context(), obj.DeepCopy(), client.DryRunAll), "")
	for _, c := range cases {
		variant := patched(t, obj, c.patch)
		byClient(t, c.name, variant, c.words == "")
		check(t, c.name, server.Client.Create(t.Context(), variant, client.DryRunAll), c.words)
	}
}

// byClient wants the rules that the client checks manifests by to say the
// same as the API server.
func byClient(t *testing.T, name string, obj *unstructured.Unstructured, fine bool) {
	t.Helper()
	// Numbers are whole where they are read from a manifest.
	text, err := obj.MarshalJSON()
	read := &unstructured.Unstructured{}
	if err := errors.Join(err, read.UnmarshalJSON(text)); err != nil {
		t.Fatal(err)
	}
	result, err := apirules.Check(t.Context(), read.Object)
	if err != nil {
		t.Fatal(err)
	}
	if (len(result.Problems) == 0) != fine {
		t.Errorf("%s: the client finds %+v", name, result.Problems)
	}
}

// updates stores base and tries to update it to variants, without storing
// those.
func updates(t *testing.T, base *unstructured.Unstructured, cases []refusal) {
	t.Helper()
	for _, c := range cases {
		check(t, c.name, server.Client.Update(t.Context(), patched(t, base, c.patch), client.DryRunAll), c.words)
	}
}

func create(t *testing.T, base string) *unstructured.Unstructured {
	t.Helper()
	obj := object(t, base)
	if obj.GetKind() != "DeliveryRecord" {
		obj.SetNamespace(server.Namespace(t, nil))
	}
	if err := server.Client.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	return obj
}

// Every rule of the CRDs must have a case that it refuses.
func TestEveryRuleIsTried(t *testing.T) {
	tried := ""
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tests {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tried += string(text)
	}
	files, err := filepath.Glob(filepath.Join(server.Root(), "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	messages := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd any
		if err := yaml.Unmarshal(text, &crd); err != nil {
			t.Fatal(err)
		}
		collect(crd, messages)
	}
	if len(messages) < 20 {
		t.Fatalf("only %d rules found", len(messages))
	}
	for _, message := range slices.Sorted(maps.Keys(messages)) {
		if !strings.Contains(tried, message) {
			t.Errorf("no case expects %q", message)
		}
	}
}

func collect(node any, messages map[string]bool) {
	switch n := node.(type) {
	case map[string]any:
		if rules, ok := n["x-kubernetes-validations"].([]any); ok {
			for _, r := range rules {
				if message, ok := r.(map[string]any)["message"].(string); ok {
					messages[message] = true
				}
			}
		}
		for _, child := range n {
			collect(child, messages)
		}
	case []any:
		for _, child := range n {
			collect(child, messages)
		}
	}
}
