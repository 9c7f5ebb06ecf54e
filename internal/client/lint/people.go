package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

// Bounds of the messages that are made for the people who are declared.
const (
	maxPeople  = 5000
	maxWritten = 64 << 20 // octets of all together
)

// people is what the message comes to for those who are declared.
type people struct {
	known   int
	refused map[string]int // by reason
	empty   map[string]int // by field that is printed whatever is in it
	order   []string
}

func (p *people) count(in map[string]int, what string) {
	if in[what]++; in[what] == 1 {
		p.order = append(p.order, what)
	}
}

// forPeople makes the message for everybody who is declared. What is wrong for
// some of them is found here, not when it is sent.
func (b *broadcast) forPeople(results []layout.Result) people {
	p := people{refused: map[string]int{}, empty: map[string]int{}}
	printed := make([][]string, len(results))
	for i, result := range results {
		printed[i] = bareFields(result.Source)
	}
	composer := b.composer()
	if composer == nil {
		return people{}
	}
	var scratch message.Scratch
	written := 0
	err := b.selection.Each(func(person roster.Subscriber) bool {
		i := min(person.List, len(results)-1)
		d := content.Data{Name: person.Name, Email: person.Email, Attributes: person.Attributes}
		p.known++
		var refused *content.Refused
		m, err := composer.Draft(&scratch, person, 0, 0, b.l.now)
		if errors.As(err, &refused) {
			p.count(p.refused, refused.Error())
		}
		for _, field := range printed[i] {
			if field != "."+content.FieldUnsubscribeURL && strings.TrimSpace(valueOf(d, field)) == "" {
				p.count(p.empty, field)
			}
		}
		written += m.Size()
		return p.known < maxPeople && written < maxWritten
	})
	if err != nil {
		return people{}
	}
	b.sayOfPeople(p)
	if p.known == 0 {
		b.ofNothing(composer)
	}
	return p
}

// composer makes the messages, without the files that go with them; nil if they
// can't be written, which is said elsewhere.
func (b *broadcast) composer() *message.Composer {
	facts := b.facts
	facts.Files = nil
	frozen, err := draft.Message(facts)
	if err != nil {
		return nil
	}
	composer, err := message.NewComposer(frozen)
	if err != nil {
		return nil
	}
	return composer
}

// ofNothing warns of conditions that leave nothing to read for somebody without
// attributes, where nobody is known.
func (b *broadcast) ofNothing(composer *message.Composer) {
	d := bare()
	for list := range b.facts.Lists {
		_, err := composer.Draft(nil, roster.Subscriber{Email: d.Email, Name: d.Name, List: list}, 0, 0, b.l.now)
		if refused := (*content.Refused)(nil); errors.As(err, &refused) && refused.Part == message.PartBody {
			b.at(Warning, RuleValue, "spec.content", "nothing is left of the message for subscribers without attributes, who then get none; write words outside {{ if }}, or add an {{ else }}")
		}
	}
}

func (b *broadcast) sayOfPeople(p people) {
	for _, what := range p.order {
		if n := p.refused[what]; n > 0 {
			b.found(Error, RuleValue, fieldIn(what), fmt.Sprintf("the message can't be written for %s of %s, who %s nothing: %s", words.Number(n), words.Count(p.known, "recipient"), words.Verb(n, "gets"), what))
		}
		if n := p.empty[what]; n > 0 {
			b.found(Warning, RuleValue, what, fmt.Sprintf("%s is empty for %s of %s; write {{ %s | default \"...\" }}, or put what is around it into {{ if %s }}", what, words.Number(n), words.Count(p.known, "recipient"), what, what))
		}
	}
}

// fieldIn is the field that a reason names.
func fieldIn(reason string) string {
	_, after, _ := strings.Cut(reason, "{{")
	action, _, _ := strings.Cut(after, "}}")
	for word := range strings.FieldsSeq(action) {
		if strings.HasPrefix(word, ".") {
			return word
		}
	}
	return action
}

func valueOf(d content.Data, field string) string {
	switch field {
	case ".Name":
		return d.Name
	case ".Email":
		return d.Email
	}
	return d.Attributes[strings.TrimPrefix(field, ".Attributes.")]
}

// bareFields are the fields that a message prints whether they are empty or
// not: in no condition that asks for them, and without a default.
func bareFields(src content.Source) []string {
	var found []string
	for _, text := range []string{src.Subject, src.Text, src.HTML} {
		if tree, _, problems := content.ParseSet(content.Place{}, text); len(problems) == 0 {
			found = bareIn(tree.Root, nil, found)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func bareIn(l *parse.ListNode, asked, found []string) []string {
	if l == nil {
		return found
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 {
				continue
			}
			if field := bareField(n.Pipe); field != "" && !slices.Contains(asked, field) {
				found = append(found, field)
			}
		case *parse.IfNode:
			inner := append(slices.Clip(asked), fieldsOf(n.Pipe)...)
			found = bareIn(n.ElseList, inner, bareIn(n.List, inner, found))
		case *parse.WithNode:
			inner := append(slices.Clip(asked), fieldsOf(n.Pipe)...)
			found = bareIn(n.ElseList, inner, bareIn(n.List, inner, found))
		}
	}
	return found
}

// bareField is the field that a pipeline prints, perhaps in another form.
func bareField(p *parse.PipeNode) string {
	text := p.String()
	for _, word := range []string{"default", "or ", "and ", "eq ", "ne ", "not ", "len ", "index"} {
		if strings.Contains(text, word) {
			return ""
		}
	}
	if fields := fieldsOf(p); len(fields) == 1 {
		return fields[0]
	}
	return ""
}

// fieldsOf are the fields of a recipient in a pipeline.
func fieldsOf(p *parse.PipeNode) []string {
	var found []string
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			switch arg := arg.(type) {
			case *parse.FieldNode:
				found = append(found, "."+strings.Join(arg.Ident, "."))
			case *parse.VariableNode:
				if arg.Ident[0] == "$" && len(arg.Ident) > 1 {
					found = append(found, "."+strings.Join(arg.Ident[1:], "."))
				}
			case *parse.PipeNode:
				found = append(found, fieldsOf(arg)...)
			}
		}
	}
	return found
}
