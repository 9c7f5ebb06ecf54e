package collect

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// Rows of sources that only a server knows are counted and never shown.
func TestRowsOfRemoteSourcesAreNotShown(t *testing.T) {
	for _, remote := range []bool{false, true} {
		fill := map[string]func(s *Sink) error{
			"entry": func(s *Sink) error {
				s.Subscriber("staff", 2, roster.Subscriber{Email: "secret person"})
				return nil
			},
			"CSV": func(s *Sink) error {
				return s.CSV("staff", strings.NewReader("email\nann@example.gov\nsecret person\n"), roster.Mapping{}, roster.CSVOptions{})
			},
			"JSON": func(s *Sink) error {
				return s.JSONLines("staff", strings.NewReader(`{"email":"ann@example.gov"}`+"\n"+`{"email":"secret person"}`+"\n"), roster.Mapping{}, roster.CSVOptions{})
			},
		}
		for name, give := range fill {
			s := New(crier.SubscriberSetSpec{}, roster.Limits{}, remote, func() {})
			s.Subscriber("staff", 1, roster.Subscriber{Email: "ann@example.gov"})
			if err := give(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			r, err := s.Outcome()
			if err != nil || r.Subscribers != 1 || r.RejectedTotal != 1 {
				t.Errorf("%s, remote %v: %+v, %v", name, remote, r, err)
			}
			shown := false
			for _, row := range r.Rejected {
				shown = shown || strings.Contains(row.Reason, "secret")
			}
			if shown && remote {
				t.Errorf("%s: %+v", name, r.Rejected)
			}
		}
	}
}

// Attributes are held against the types that the set declares.
func TestDeclaredTypesAreChecked(t *testing.T) {
	spec := crier.SubscriberSetSpec{Attributes: map[string]crier.AttributeDeclaration{
		"grade": {Type: crier.AttributeInteger}, "teams": {Type: crier.AttributeList},
	}}
	s := New(spec, roster.Limits{}, false, func() {})
	if lists := s.ListAttributes(); !lists["teams"] || lists["grade"] || lists["other"] {
		t.Errorf("lists %v", lists)
	}
	for _, grade := range []string{"12", "twelve"} {
		s.Subscriber("inline", 1, roster.Subscriber{Email: "p" + grade + "@example.gov", Attributes: map[string]string{"grade": grade}})
	}
	if r, err := s.Outcome(); err != nil || r.Subscribers != 1 || r.RejectedTotal != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A source with more people than a set may have is stopped and can't be used:
// a part is never taken for the whole.
func TestTooMany(t *testing.T) {
	stopped := 0
	s := New(crier.SubscriberSetSpec{}, roster.Limits{Rows: 2}, false, func() { stopped++ })
	for i := range 100 {
		s.Subscriber("staff", i+1, roster.Subscriber{Email: fmt.Sprintf("p%d@example.gov", i)})
	}
	var problem *source.Problem
	if _, err := s.Outcome(); stopped == 0 || !errors.As(err, &problem) || problem.Kind != source.TooLarge {
		t.Errorf("stopped %d times, %v", stopped, err)
	}
}

// Rows of which none can be used are no empty set.
func TestNobodyCanBeMadeOut(t *testing.T) {
	s := New(crier.SubscriberSetSpec{}, roster.Limits{}, false, func() {})
	for i := range 3 {
		s.Subscriber("staff", i+1, roster.Subscriber{Email: "nobody"})
	}
	var problem *source.Problem
	if _, err := s.Outcome(); !errors.As(err, &problem) || problem.Kind != source.Unreadable {
		t.Errorf("%v", err)
	}
	if r, err := New(crier.SubscriberSetSpec{}, roster.Limits{}, false, func() {}).Outcome(); err != nil || r.Subscribers != 0 {
		t.Errorf("an empty source: %+v, %v", r, err)
	}
}

// Who is in several sets is taken from the first of them.
func TestSortedRowsComeFirstToFirst(t *testing.T) {
	s := New(crier.SubscriberSetSpec{}, roster.Limits{}, false, func() {})
	for _, name := range []string{"Ann", "Anna"} {
		rows, err := roster.Of([]roster.Subscriber{{Email: "ann@example.gov", Name: name}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sorted(rows); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := s.Outcome(); err != nil || r.Subscribers != 1 || r.Duplicates != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	rows, err := s.Rows()
	if err != nil {
		t.Fatal(err)
	}
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	if sub, err := row.Subscriber(); err != nil || sub.Name != "Ann" {
		t.Errorf("%+v, %v", sub, err)
	}
	if _, err := rows.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("a second row: %v", err)
	}
}
