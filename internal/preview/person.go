package preview

import (
	"fmt"
	"maps"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/content"
	"crier.dev/crier/internal/declared"
	"crier.dev/crier/internal/draft"
	"crier.dev/crier/internal/roster"
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

// Recipient finds the subscriber, and says what had to be made up.
func Recipient(w *declared.World, f draft.Facts, p Person) (roster.Subscriber, []string) {
	member, known := w.First(f.Broadcast, f.Lists)
	var notes []string
	if p.As != "" {
		if member, known = w.Find(p.As, f.Lists); !known {
			member = declared.Member{Subscriber: roster.Subscriber{Email: p.As}}
		}
	}
	s := member.Subscriber
	s.List = member.List
	s.Attributes = maps.Clone(s.Attributes)
	if s.Attributes == nil {
		s.Attributes = map[string]string{}
	}
	maps.Copy(s.Attributes, p.Set)
	if p.Name != "" {
		s.Name = p.Name
	}
	if !known {
		notes = append(notes, makeUp(&s, w, f, p))
	} else if why := w.WhyNot(f.Broadcast, f.Lists[member.List], s); why != "" {
		notes = append(notes, "this subscriber wouldn't get the message: "+why)
	}
	return s, notes
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
				types[name] = declaration.Type
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
	var sources []content.Source
	for _, r := range results {
		sources = append(sources, r.Source)
	}
	return declared.Used(sources...)
}
