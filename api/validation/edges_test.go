package validation_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

// edgesGroup has each kind once more, with nothing that binds several fields
// together, so that an object may consist of any one of them.
const edgesGroup = "edges.crier.dev"

// leaf is a field that has no others below it. path has the names of fields,
// "[]" for the items of a list and "{}" for the values of a map.
type leaf struct {
	kind   string
	path   []string
	schema apiextensionsv1.JSONSchemaProps
}

func (l leaf) String() string {
	return strings.NewReplacer(".[]", "[]", ".{}", "{}").Replace(l.kind + "." + strings.Join(l.path, "."))
}

// holding is an object that has value in the field and nothing else.
func (l leaf) holding(value any) map[string]any {
	for _, step := range slices.Backward(l.path) {
		switch step {
		case "[]":
			value = []any{value}
		case "{}":
			value = map[string]any{"key": value}
		default:
			value = map[string]any{step: value}
		}
	}
	return value.(map[string]any)
}

// relax takes away what binds fields together, and finds the leaves.
func relax(s *apiextensionsv1.JSONSchemaProps, kind string, path []string) []leaf {
	if s.Type != "object" && s.Type != "array" {
		return []leaf{{kind, slices.Clone(path), *s}}
	}
	s.Required, s.XValidations, s.XListType, s.XListMapKeys, s.Default = nil, nil, nil, nil, nil
	s.MinItems, s.MinProperties = nil, nil
	var leaves []leaf
	for name, child := range s.Properties {
		if len(path) > 0 || name == "spec" || name == "state" || name == "status" {
			leaves = append(leaves, relax(&child, kind, append(path, name))...)
			s.Properties[name] = child
		}
	}
	if s.Items != nil {
		leaves = append(leaves, relax(s.Items.Schema, kind, append(path, "[]"))...)
	}
	if s.AdditionalProperties != nil {
		leaves = append(leaves, relax(s.AdditionalProperties.Schema, kind, append(path, "{}"))...)
	}
	return leaves
}

// leaves are those of all kinds, which the server has in edgesGroup from then on.
func leaves(t *testing.T) []leaf {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(server.Root(), "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all []leaf
	var definitions []*apiextensionsv1.CustomResourceDefinition
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(text, crd); err != nil {
			t.Fatal(err)
		}
		version := &crd.Spec.Versions[0]
		version.AdditionalPrinterColumns, version.Subresources = nil, nil
		all = append(all, relax(version.Schema.OpenAPIV3Schema, crd.Spec.Names.Kind, nil)...)
		crd.Spec.Group, crd.Name = edgesGroup, crd.Spec.Names.Plural+"."+edgesGroup
		crd.Spec.Names.ShortNames, crd.Spec.Names.Categories = nil, nil
		definitions = append(definitions, crd)
	}
	if _, err := envtest.InstallCRDs(server.Config, envtest.CRDInstallOptions{CRDs: definitions}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Times as people and programs write them, of which Go reads some.
var times = []any{
	"2026-03-10T17:00:00Z", "2026-03-10T17:00:00z", "2026-03-10t17:00:00Z", "2026-03-10T17:00:00+01:00",
	"2026-03-10T17:00:00+99:00", "2026-03-10T17:00:00+24:00", "2026-03-10T17:00:00+24:60", "2026-03-10T17:00:00-00:00",
	"2026-03-10T17:00:00+0100", "2026-03-10T17:00:00 Z", "2026-03-10 17:00:00Z", "2026-03-10T17:00:00", "2026-03-10",
	"2026-03-10T17:00:60Z", "2026-06-30T23:59:60Z", "2026-03-10T24:00:00Z", "2026-03-10T17:60:00Z", "2026-02-30T17:00:00Z",
	"2026-3-1T17:00:00Z", "2026-03-10T17:00Z", "2026-03-10T7:00:00Z", "2026-W11-2T17:00:00Z", "2026-069T17:00:00Z",
	"2026-03-10T17:00:00.5Z", "2026-03-10T17:00:00,5Z", "2026-03-10T17:00:00x5Z", "2026-03-10T17:00:00.Z",
	"2026-03-10T17:00:00.123456Z", "2026-03-10T17:00:00.123456+01:00", "2026-03-10T17:00:00.123456789Z", "2026-03-10T17:00:00.1234567890123456789Z",
	"2026-03-10T17:00:00Zt", "2026-03-10T17:00:00Zt17:00:00Z", "2026-03-10T17:00:00Z\n", "\u0662026-03-10T17:00:00Z",
	"0000-01-01T00:00:00Z", "0000-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "1000-01-01T00:00:00+23:00",
	"9999-12-31T23:59:59Z", "9999-12-31T23:59:59-05:00", "10000-01-01T00:00:00Z", "+2026-03-10T17:00:00Z", "-2026-03-10T17:00:00Z",
	"1741626000", "tomorrow", "",
}

// durations, likewise.
var durations = []any{
	"1h", "90s", "2h45m", "1.5h", "1h0m0s", "+1h", "-1h", "1us", "1µs", "1μs", ".5h", "5.h", "1e3s", "0", "1", "60", "",
	"P1D", "PT1H", "1d", "1w", "1H", "1 h", "1h ", "24h0", "9223372036s", "2562047h47m16.854775807s", "2562047h47m16.854775808s",
	"9999999999999999999h", "10000000h", "١h", "NaN", "1h\n", "0.0000000000000000000000000001h", "168h0m0.000000001s",
}

// texts have something for each pattern and bound of the kinds.
var texts = []any{
	"a", "A1", "", "a.b", "ann@example.gov", "example.gov", "https://example.gov/a", "ldaps://example.gov", "cid:a", "+1", "a b", "ä", "\x00", "\u2028", "a\nb",
	strings.Repeat("a", 20), "sha256:" + strings.Repeat("a", 64), strings.Repeat("ä", 5000), "\U0001F600", "text/plain", "*.example.gov", "de-CH",
}

var numbers = []any{
	int64(0), int64(1), int64(-1), int64(10), int64(1024), int64(1 << 20), int64(1<<31 - 1), int64(1 << 31), int64(-1 << 31), int64(-1<<31 - 1),
	int64(1<<53 + 1), int64(1<<63 - 1), int64(-1 << 63), 1.0, 10.0, 1.5, 1e3, 1e15, 1e19, -1e19, 1e300, 9223372036854775808.0, 2147483648.0,
}

// edges are values at and beyond what a field takes.
func (l leaf) edges() []any {
	others := []any{nil, true, int64(7), 7.5, "x", []any{}, map[string]any{}, []any{"x"}}
	for _, one := range l.schema.Enum {
		var text any
		if json.Unmarshal(one.Raw, &text) == nil {
			others = append(others, text)
		}
	}
	switch l.schema.Type {
	case "integer", "number":
		return append(others, numbers...)
	case "string":
		others = append(others, texts...)
		switch {
		case l.schema.Format != "":
			others = append(others, times...)
		case len(l.schema.XValidations) > 0:
			others = append(others, durations...)
		}
	}
	return others
}

// Nothing passes the API server that the program can't decode, in any field of
// any kind, and what it decodes it writes so that it can be decoded again.
func TestWhatIsLetThroughIsDecoded(t *testing.T) {
	all := leaves(t)
	if len(all) < 300 {
		t.Fatalf("only %d fields", len(all))
	}
	work := make(chan leaf)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for l := range work {
				l.try(t)
			}
		})
	}
	for _, l := range all {
		work <- l
	}
	close(work)
	workers.Wait()
}

// try gives a field one value after another.
func (l leaf) try(t *testing.T) {
	through := 0
	for _, value := range l.edges() {
		obj := &unstructured.Unstructured{Object: l.holding(value)}
		obj.SetAPIVersion(edgesGroup + "/" + crier.GroupVersion.Version)
		obj.SetKind(l.kind)
		obj.SetName("edge")
		if l.kind != "DeliveryRecord" {
			obj.SetNamespace(apitest.OperatorNamespace)
		}
		if server.Client.Create(t.Context(), obj, client.DryRunAll) != nil {
			continue
		}
		if value != nil {
			through++
		}
		obj.SetAPIVersion(crier.GroupVersion.String())
		if err := decodes(obj); err != nil {
			t.Errorf("%s: %q passes the API server, and then: %v", l, fmt.Sprint(value), err)
		}
	}
	if through == 0 {
		t.Errorf("%s: no value passes, so nothing is shown", l)
	}
}

// decodes reads an object as the program does, writes it and reads it again.
func decodes(obj *unstructured.Unstructured) error {
	text, err := obj.MarshalJSON()
	for range 2 {
		if err != nil {
			return err
		}
		typed, fresh := server.Scheme.New(obj.GroupVersionKind())
		if fresh != nil {
			return fresh
		}
		if err := utiljson.Unmarshal(text, typed); err != nil {
			return err
		}
		text, err = json.Marshal(typed)
	}
	return err
}
