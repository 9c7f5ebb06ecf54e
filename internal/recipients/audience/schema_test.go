package audience

import (
	"reflect"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/filter"
)

// declares makes a set whose status has some attributes, of which types are declared.
func declares(name string, types map[string]crier.AttributeType, has ...string) crier.SubscriberSet {
	set := crier.SubscriberSet{ObjectMeta: metav1.ObjectMeta{Name: name}}
	set.Status.Attributes = has
	for attribute, of := range types {
		if set.Spec.Attributes == nil {
			set.Spec.Attributes = map[string]crier.AttributeDeclaration{}
		}
		set.Spec.Attributes[attribute] = crier.AttributeDeclaration{Type: of}
	}
	return set
}

func TestSchema(t *testing.T) {
	sets := []crier.SubscriberSet{
		declares("staff", map[string]crier.AttributeType{"grade": crier.AttributeInteger, "since": ""}, "branch", "grade"),
		declares("board", map[string]crier.AttributeType{"grade": crier.AttributeInteger, "branch": crier.AttributeString}, "title"),
		declares("guests", nil, "grade"),
	}
	schema, disagreements := Schema(sets)
	if want := (filter.Schema{"branch": filter.TypeString, "grade": filter.TypeInteger, "since": filter.TypeString, "title": filter.TypeString}); !reflect.DeepEqual(schema, want) {
		t.Errorf("%v, want %v", schema, want)
	}
	want := map[string]string{"grade": "attribute grade is a Integer in SubscriberSet board and a String in SubscriberSet guests: declare one type in spec.attributes of both"}
	if !reflect.DeepEqual(disagreements, want) {
		t.Errorf("%q, want %q", disagreements, want)
	}
	if schema, disagreements = Schema(nil); schema == nil || disagreements == nil || len(schema) > 0 {
		t.Errorf("without sets: %v, %v", schema, disagreements)
	}
	if got := strings.Join(Attributes(sets), " "); got != "branch grade since branch grade title grade" {
		t.Errorf("attributes %s", got)
	}
	if got := strings.Join(sets[0].Status.Attributes, " "); got != "branch grade" {
		t.Errorf("the status was changed: %s", got)
	}
}

func TestCheckers(t *testing.T) {
	got := Checkers(declares("staff", map[string]crier.AttributeType{"grade": crier.AttributeInteger, "since": ""}).Spec)
	if len(got) != 2 || got["grade"] != filter.TypeInteger || got["since"] != filter.TypeString {
		t.Errorf("%v", got)
	}
}

func TestFilter(t *testing.T) {
	sets := []crier.SubscriberSet{
		declares("staff", map[string]crier.AttributeType{"grade": crier.AttributeInteger}, "branch", "grade"), declares("guests", nil, "grade"),
	}
	for name, c := range map[string]struct {
		expression crier.SubscriberFilter
		wrong      string
	}{
		"one that compiles":        {`subscriber.attributes.branch == "parks"`, ""},
		"an attribute of no set":   {`subscriber.attributes.brunch == "parks"`, "brunch"},
		"sets that don't agree":    {`subscriber.attributes.grade > 3`, "declare one type in spec.attributes of both"},
		"one that is no condition": {`subscriber.name`, ""},
	} {
		compiled, err := Filter(c.expression, sets)
		if wrong := c.wrong != "" || name == "one that is no condition"; (err != nil) != wrong || (compiled == nil) != wrong {
			t.Errorf("%s: %v, %v", name, compiled, err)
		} else if wrong && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if compiled, err := Filter("", sets); compiled != nil || err != nil {
		t.Errorf("no filter: %v, %v", compiled, err)
	}
}

func TestSelectsNothing(t *testing.T) {
	const advice = " selects no SubscriberSet. Label the sets that are meant, or correct the selector."
	// A label's value has at most 63 octets: three of 60 make 191 with names and commas.
	long := func(rest int) (*metav1.LabelSelector, string) {
		x := strings.Repeat("x", 60)
		return &metav1.LabelSelector{MatchLabels: map[string]string{"a1": x, "a2": x, "a3": x, "a4": x[:rest]}},
			"a1=" + x + ",a2=" + x + ",a3=" + x + ",a4=" + x[:rest]
	}
	short := &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
	if got := SelectsNothing("spec.sets", short, false); got != "spec.sets (a=b)"+advice {
		t.Errorf("an audience: %s", got)
	}
	const exclusion = "spec.sets (a=b) selects no SubscriberSet, so it would leave out nobody. Label the sets that are meant, correct the selector, or add optional: true beside it if there may be none."
	if got := SelectsNothing("spec.sets", short, true); got != exclusion {
		t.Errorf("an exclusion: %s", got)
	}
	whole, words := long(5)
	if got := SelectsNothing("spec.sets", whole, false); len(words) != 200 || got != "spec.sets ("+words+")"+advice {
		t.Errorf("of %d octets: %s", len(words), got)
	}
	cut, _ := long(6)
	if got := SelectsNothing("spec.sets", cut, false); got != "spec.sets ("+words+"...)"+advice {
		t.Errorf("an octet more: %s", got)
	}
}
