package kinds

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
)

// Every member of a spec is a kind that is known, and the fields of the API are
// the list: one that is added there and not here fails.
func TestEveryKindIsKnown(t *testing.T) {
	fields := reflect.TypeFor[crier.SubscriberSource]()
	for i := range fields.NumField() {
		var spec crier.SubscriberSource
		field := reflect.ValueOf(&spec).Elem().Field(i)
		if field.Kind() == reflect.Slice {
			field.Set(reflect.MakeSlice(field.Type(), 0, 0))
		} else {
			field.Set(reflect.New(field.Type().Elem()))
		}
		name := fields.Field(i).Name
		if problem := Check(spec); problem != nil {
			t.Errorf("%s: %s", name, problem)
		}
		remote := slices.Contains([]string{"LDAP", "SQL", "HTTPS"}, name)
		if got := New(spec).Remote(); got != remote {
			t.Errorf("%s: remote is %v", name, got)
		}
	}
}

func TestAKindThatIsNotKnownIsNotNobody(t *testing.T) {
	var spec crier.SubscriberSource // what is left of a member that isn't known
	_, err := New(spec).Read(t.Context(), nil, "", nil)
	var problem *source.Problem
	if !errors.As(err, &problem) || problem.Kind != source.Invalid {
		t.Errorf("it could be read: %v", err)
	}
	if _, all := New(spec).Attributes(); all {
		t.Error("its attributes are said to be known")
	}
	if Check(spec) == nil {
		t.Error("nothing is wrong with it")
	}
}

func TestMembers(t *testing.T) {
	spec := crier.SubscriberSource{Union: &crier.UnionSource{SubscriberSets: []crier.LocalReference{{Name: "a"}, {Name: "b"}}}}
	if got := Members(spec); !slices.Equal(got, []string{"a", "b"}) {
		t.Error(got)
	}
	if got := Members(crier.SubscriberSource{CSV: &crier.CSVSource{From: []crier.CSVObject{{ConfigMap: &crier.CSVKeys{Name: "a"}}}}}); got != nil {
		t.Error(got)
	}
}
