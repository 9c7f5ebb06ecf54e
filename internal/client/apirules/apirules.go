// Package apirules applies the rules of Crier's kinds to an object as an API
// server does when it is created: unknown fields, defaults, schema, rules in
// CEL. It uses the API server's own code on the CustomResourceDefinitions that
// are installed.
package apirules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	structurallisttype "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/cel"
)

// Problem is why an API server would refuse an object.
type Problem struct {
	// Field is the path of the field, such as spec.replyTo[0].address; "" for
	// the object as a whole.
	Field string
	// Message says what is wrong, without the value.
	Message string
	// Unknown says that there is no such field.
	Unknown bool
	// Missing says that the field is required and not there.
	Missing bool
	// Shape says that what is there has another form than the kind asks for,
	// so that nothing else can be said about the object.
	Shape bool
	// Wants is the type that the field has to be of, where it is of another one:
	// string, array, integer, boolean and the like.
	Wants string
}

// Result is what an API server would make of an object.
type Result struct {
	// Content is the object with defaults, without status and what is unknown.
	Content  map[string]any
	Problems []Problem
}

// Shaped says whether the object can be read as one of its kind.
func (r Result) Shaped() bool {
	return !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Shape || p.Missing })
}

// Group is the API group of the kinds.
const Group = "crier.dev"

// Kinds are the names of all kinds, sorted.
func Kinds() ([]string, error) {
	all, err := definitions()
	return slices.Sorted(maps.Keys(all)), err
}

// Versions are the versions that a kind has, sorted; none for a kind that
// there isn't.
func Versions(kind string) ([]string, error) {
	all, err := definitions()
	if err != nil || all[kind] == nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(all[kind].versions)), nil
}

// Check applies the rules to an object with the types of JSON, which it
// doesn't change. An error says that the rules themselves can't be read, or
// that there is no such kind or version.
func Check(ctx context.Context, object map[string]any) (Result, error) {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	all, err := definitions()
	if err != nil {
		return Result{}, err
	}
	d := all[kind]
	version, ours := strings.CutPrefix(apiVersion, Group+"/")
	if !ours || d == nil || d.versions[version] == nil {
		return Result{}, fmt.Errorf("there is no kind %s in %s", kind, apiVersion)
	}
	rules, err := d.versions[version].compiled()
	if err != nil {
		return Result{}, err
	}
	r := Result{Content: runtime.DeepCopyJSON(object)}
	r.unknown(rules)
	defaulting.Default(r.Content, rules.structural)
	delete(r.Content, "status") // it is not the author's to say
	errs := metadata(r.Content, d.namespaced)
	errs = append(errs, validation.ValidateCustomResource(nil, r.Content, rules.schema)...)
	errs = append(errs, structurallisttype.ValidateListSetsAndMaps(nil, rules.structural, r.Content)...)
	if !slices.ContainsFunc(errs, shape) {
		broken, _ := rules.cel.Validate(ctx, nil, rules.structural, r.Content, nil, cel.RuntimeCELCostBudget)
		errs = append(errs, broken...)
	}
	for _, e := range errs {
		r.add(e)
	}
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	return r, nil
}

// shape is what keeps an API server from applying rules in CEL.
func shape(e *field.Error) bool {
	switch e.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	}
	return false
}

func (r *Result) add(e *field.Error) {
	if strings.Contains(e.Detail, "Invalid date-time formatted string") {
		return // of a rule about a time that is a problem by itself
	}
	p := Problem{Field: e.Field, Message: sentence(e), Missing: e.Type == field.ErrorTypeRequired, Shape: e.Type == field.ErrorTypeTypeInvalid, Wants: wanted(e.Detail)}
	if p.Field == "<nil>" {
		p.Field = ""
	}
	for i := range r.Problems { // type and pattern of a time say the same
		if known := &r.Problems[i]; known.Field == p.Field && known.Message == p.Message {
			known.Shape, known.Missing = known.Shape || p.Shape, known.Missing || p.Missing
			return
		}
	}
	r.Problems = append(r.Problems, p)
}

// metadata checks names, labels and annotations. An object may leave the
// namespace to whoever applies it.
func metadata(object map[string]any, namespaced bool) field.ErrorList {
	path := field.NewPath("metadata")
	raw, ok := object["metadata"].(map[string]any)
	if !ok {
		return field.ErrorList{field.Required(path, "")}
	}
	meta := &metav1.ObjectMeta{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, meta); err != nil {
		return field.ErrorList{field.TypeInvalid(path, "", err.Error())}
	}
	switch {
	case namespaced && meta.Namespace == "":
		meta.Namespace = metav1.NamespaceDefault
	case !namespaced:
		meta.Namespace = ""
	}
	return apivalidation.ValidateObjectMeta(meta, namespaced, apivalidation.NameIsDNSSubdomain, path)
}
