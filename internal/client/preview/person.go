package preview

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
)

// Person says who the message is for.
type Person struct {
	// As is the address; "" for the first of the audience.
	As string
	// Set are attributes that are given for the subscriber.
	Set map[string]string
	// Name is the name that is given; "" for none.
	Name string
}

// The person that is made up where nobody is known.
const (
	madeUpName  = "Jordan Sample"
	madeUpEmail = "jordan.sample@example.org"
)

// Recipient finds the subscriber, and says what had to be made up and what
// couldn't be read.
func Recipient(w *declared.World, f draft.Facts, p Person) (roster.Subscriber, []string) {
	selection := w.Select(f)
	s, known := find(selection, p)
	s.Attributes = maps.Clone(s.Attributes)
	if s.Attributes == nil {
		s.Attributes = map[string]string{}
	}
	maps.Copy(s.Attributes, p.Set)
	if p.Name != "" {
		s.Name = p.Name
	}
	notes := slices.Concat(selection.Remarks, selection.Doubts)
	if known {
		return s, append(notes, selection.Partly...)
	}
	notes = append(notes, makeUp(&s, w, f, p))
	return s, notes
}

// find is the subscriber as the plan has them: as a member of the list that
// they are reached by.
func find(selection *declared.Selection, p Person) (s roster.Subscriber, known bool) {
	if p.As == "" {
		s, known, _ = selection.First()
		return s, known
	}
	answer, _ := selection.Ask(p.As, p.Set)
	if answer.Listed {
		return answer.Subscriber, true
	}
	s.Email = p.As
	if stranger, _ := selection.AskOfStranger(p.As); stranger.Listed {
		s.List = stranger.Subscriber.List
	}
	return s, false
}

// Check says why nothing would be sent: to anybody, or to this person. It is
// nil if nothing is known that speaks against it.
func Check(w *declared.World, f draft.Facts, p Person) *Problem {
	selection := w.Select(f)
	if v := selection.Verdict(); v != nil {
		return &Problem{v.Reason, []string{v.Message}}
	}
	if problem := forNobody(w, f, selection); problem != nil {
		return problem
	}
	if p.As == "" {
		return nil // the first who gets it
	}
	answer, err := selection.Ask(p.As, p.Set)
	if err == nil && !answer.Listed {
		answer, err = selection.AskOfStranger(p.As)
	}
	if err != nil {
		return &Problem{Lines: []string{err.Error()}}
	}
	if why := whyNot(answer); why != "" {
		return &Problem{Lines: []string{"this subscriber wouldn't get the message: " + why}}
	}
	return nil
}

// whyNot says why somebody gets nothing; "" if they do, or if nothing is known
// of them.
func whyNot(answer audience.Answer) string {
	if !answer.Listed {
		return ""
	}
	switch answer.Fate {
	case audience.Excluded:
		return "the address stands in a set that is excluded"
	case audience.NotSelected:
		return "a filter selects others"
	case audience.Undecided:
		return "a filter compares an attribute that is missing here"
	case audience.Suppressed:
		return fmt.Sprintf("the address is suppressed (%s)", answer.Reason)
	}
	return ""
}

// makeUp fills what isn't known of a subscriber, and says so.
func makeUp(s *roster.Subscriber, w *declared.World, f draft.Facts, p Person) string {
	note := "the subscribers can't be read here"
	if p.As != "" {
		note = "nothing is known here of " + p.As
	}
	var made []string
	if s.Email == "" {
		s.Email = madeUpEmail
		made = append(made, "address")
	}
	if p.Name == "" {
		s.Name = madeUpName
		made = append(made, "name")
	}
	types := attributeTypes(w, f.Lists)
	for _, name := range used(f) {
		if _, given := s.Attributes[name]; !given {
			s.Attributes[name] = example(name, types[name])
			made = append(made, name+"="+s.Attributes[name])
		}
	}
	if len(made) == 0 {
		return note + "; name and attributes are those of the command line"
	}
	return fmt.Sprintf("%s; made up: %s", note, strings.Join(made, ", "))
}

func attributeTypes(w *declared.World, lists []*crier.MailingList) map[string]crier.AttributeType {
	types := map[string]crier.AttributeType{}
	for _, list := range lists {
		for _, set := range w.Audience(list).Sets {
			for name, declaration := range set.Spec.Attributes {
				types[name] = declaration.ValueType()
			}
		}
	}
	return types
}

// example is a value of a type.
func example(name string, t crier.AttributeType) string {
	switch t {
	case crier.AttributeInteger:
		return "12"
	case crier.AttributeNumber:
		return "0.5"
	case crier.AttributeBoolean:
		return "true"
	case crier.AttributeDate:
		return "2026-01-31"
	case crier.AttributeList:
		return "one; two"
	}
	return "[" + name + "]"
}

// used are the attributes that the content has a place for.
func used(f draft.Facts) []string {
	results, err := draft.Content(f)
	if err != nil {
		return nil
	}
	sources := []content.Source{f.Ways()}
	for _, r := range results {
		sources = append(sources, r.Source)
	}
	return declared.Used(sources...)
}
