package declared

import (
	"fmt"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// Gap is something that a Broadcast needs and that isn't declared here.
type Gap struct {
	// Field of the Broadcast, or of the first list for its Relay, that names it.
	Field string
	// Kind and Name of the object; Key of the file in it, if only that is
	// missing.
	Kind, Name, Key string
	// Instead says what stands in its place.
	Instead string
}

func (g Gap) String() string {
	what := g.Kind + " " + g.Name
	if g.Key != "" {
		what = "key " + g.Key + " of " + what
	}
	return what + " isn't known here: " + g.Instead
}

// Facts are everything that the message of a Broadcast depends on, and gaps
// for what is missing: stand-ins take the place of lists and Relay, files are
// left out. Attributes are nil unless all are known.
func (w *World) Facts(b *crier.Broadcast) (draft.Facts, []Gap) {
	f := draft.Facts{Broadcast: b, Key: make([]byte, message.KeySize)}
	var gaps []Gap
	f.Lists, gaps = w.lists(b)
	relay, missing := w.relay(f.Lists[0])
	f.Relay = relay
	gaps = append(gaps, missing...)
	switch ref := b.Spec.Content.TemplateRef; {
	case ref == nil:
	case ref.Builtin != "":
		f.Template = draft.Builtin(ref.Builtin)
	default:
		if t, ok := w.Templates.Get(Key{b.Namespace, ref.Name}); ok {
			f.Template = draft.Template(ref.Name, t.Value.Spec)
		} else {
			gaps = append(gaps, Gap{Field: "spec.content.templateRef.name", Kind: "MessageTemplate", Name: ref.Name, Instead: "the message can't be put together"})
		}
	}
	f.Files, missing = w.attachments(b)
	gaps = append(gaps, missing...)
	f.Attributes = w.attributes(f.Lists)
	return f, gaps
}

// TemplateMissing says whether nothing can be said about the content.
func TemplateMissing(gaps []Gap) bool {
	return slices.ContainsFunc(gaps, func(g Gap) bool { return g.Kind == "MessageTemplate" })
}

// ChangesMessage says whether something is missing that recipients would read,
// so that the message has another hash than where it is known.
func ChangesMessage(gaps []Gap) bool {
	return slices.ContainsFunc(gaps, func(g Gap) bool { return g.Kind != "Relay" })
}

// Refs are the lists that a Broadcast names, with the fields that do so.
func Refs(b *crier.Broadcast) (fields, names []string) {
	if b.Spec.ListRef != nil {
		fields, names = append(fields, "spec.listRef.name"), append(names, b.Spec.ListRef.Name)
	}
	for i, ref := range b.Spec.ListRefs {
		fields, names = append(fields, fmt.Sprintf("spec.listRefs[%d].name", i)), append(names, ref.Name)
	}
	return fields, names
}

func (w *World) lists(b *crier.Broadcast) (lists []*crier.MailingList, gaps []Gap) {
	fields, names := Refs(b)
	for i, name := range names {
		if list, ok := w.Lists.Get(Key{b.Namespace, name}); ok {
			lists = append(lists, list.Value)
			continue
		}
		lists = append(lists, standInList(b.Namespace, name))
		gaps = append(gaps, Gap{Field: fields[i], Kind: "MailingList", Name: name, Instead: "author, list address and footer are made up"})
	}
	if len(lists) == 0 {
		lists = append(lists, standInList(b.Namespace, "list"))
	}
	return lists, gaps
}

func (w *World) relay(list *crier.MailingList) (*crier.Relay, []Gap) {
	ref := list.Spec.RelayRef
	if relay, ok := w.Relays.Get(Key(list.RelayKey())); ok {
		return relay.Value, nil
	}
	relay := standInRelay()
	if ref.Name == "" {
		return relay, nil // the list is a stand-in itself
	}
	return relay, []Gap{{Field: "spec.relayRef.name", Kind: "Relay", Name: ref.Name, Instead: "the envelope sender is made up, and its limits aren't known"}}
}

func (w *World) attachments(b *crier.Broadcast) (files []message.Attachment, gaps []Gap) {
	for i, a := range b.Spec.Content.Attachments {
		kind, from := a.Object()
		if from == nil {
			continue
		}
		gap := Gap{Kind: kind, Name: from.Name, Instead: fmt.Sprintf("the attachment %s is left out", a.Name)}
		gap.Field = fmt.Sprintf("spec.content.attachments[%d].%s.name", i, map[string]string{"ConfigMap": "configMap", "Secret": "secret"}[kind])
		object, err := w.open(kind, Key{b.Namespace, from.Name})
		if err != nil {
			gaps = append(gaps, gap)
			continue
		}
		data, ok := object.Data[from.Key]
		if !ok {
			gap.Key = from.Key
			gaps = append(gaps, gap)
			continue
		}
		files = append(files, message.Attachment{Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID, Data: data})
	}
	return files, gaps
}

// attributes are those of the subscribers of all lists; nil unless all are
// known. Of nobody, nothing can be said.
func (w *World) attributes(lists []*crier.MailingList) []string {
	names := []string{}
	somebody := false
	for _, list := range lists {
		keys, whole := w.choose(list.Namespace, list.Spec.Audience.SubscriberSets, list.Spec.Audience.Selector)
		if !whole {
			return nil
		}
		for _, key := range keys {
			r := w.Roster(key)
			if !r.Complete && !r.People {
				return nil
			}
			somebody = somebody || !r.People || r.Subscribers > 0
			names = append(names, r.Attributes...)
		}
	}
	if !somebody {
		return nil
	}
	slices.Sort(names)
	return slices.Compact(names)
}
