package draft

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/unsubscribe"
)

// problems are those of what isn't put together by package layout: fields of
// the recipient in texts that are the same for everybody, and in the address to
// leave at.
func (f Facts) problems(list *crier.MailingList) (problems content.Problems) {
	add := func(piece content.Piece, texts []Plain) {
		for _, text := range texts {
			if text.Personal() {
				problems = append(problems, content.Problem{Place: content.Place{Piece: piece, Field: text.Field}, Rule: content.RulePlain, Message: "this is the same for everybody, and would go out with the braces as they are: " +
					"fields such as {{ .Name }} can stand in subject, bodies, sections and values only"})
			}
		}
	}
	add(content.PieceList, PlainOfList(list.Spec))
	add(content.PieceBroadcast, plainOfBroadcast(f.Broadcast.Spec))
	if targets := waysToLeave(list.Spec); len(targets) > 0 && list.Spec.Unsubscribe.URL != "" {
		problems = append(problems, unsubscribe.Problems(targets[0], f.Attributes)...)
	}
	return problems
}

// Ways is a template with the fields of the ways to leave the lists, for those
// who look for the attributes that a message needs.
func (f Facts) Ways() content.Source {
	var ways []string
	for _, list := range f.Lists {
		ways = append(ways, waysToLeave(list.Spec)...)
	}
	return content.Source{Text: strings.Join(ways, "\n")}
}

// Plain is a text that everybody gets as it is.
type Plain struct {
	// Field is its path in the spec.
	Field, Value string
}

// Personal says whether somebody took it for a template.
func (p Plain) Personal() bool { return strings.Contains(p.Value, "{{") }

// PlainOfList are the texts of a list that go out as they are.
func PlainOfList(list crier.MailingListSpec) []Plain {
	texts := []Plain{
		{"displayName", list.DisplayName}, {"footer", list.Footer}, {"postalAddress", list.PostalAddress},
		{"from.name", list.From.Name}, {"from.address", list.From.Address}, {"address", string(list.Address)},
	}
	texts = append(texts, plainMailboxes(list.ReplyTo)...)
	for i, owner := range list.Owners {
		texts = append(texts, Plain{fmt.Sprintf("owners[%d]", i), string(owner)})
	}
	if list.Unsubscribe != nil {
		texts = append(texts, Plain{"unsubscribe.mailto", string(list.Unsubscribe.Mailto)})
	}
	return texts
}

func plainMailboxes(replyTo []crier.Mailbox) (texts []Plain) {
	for i, m := range replyTo {
		texts = append(texts, Plain{fmt.Sprintf("replyTo[%d].name", i), m.Name}, Plain{fmt.Sprintf("replyTo[%d].address", i), m.Address})
	}
	return texts
}

func plainOfBroadcast(b crier.BroadcastSpec) []Plain {
	texts := append([]Plain{{"fromName", b.FromName}}, plainMailboxes(b.ReplyTo)...)
	for i, a := range b.Content.Attachments {
		texts = append(texts, Plain{fmt.Sprintf("content.attachments[%d].name", i), a.Name})
	}
	if e := b.Content.Event; e != nil {
		texts = append(texts, Plain{"content.event.summary", e.Summary}, Plain{"content.event.location", e.Location},
			Plain{"content.event.description", e.Description}, Plain{"content.event.url", e.URL})
	}
	return texts
}
