// Package draft makes a message out of what is declared: a Broadcast, its
// lists, the Relay, a template and files. The result is what is frozen and
// sent; the client shows the same before that.
package draft

import (
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/listid"
	"crier.dev/crier/internal/writing/message"
)

// Facts are everything that a message depends on.
type Facts struct {
	Broadcast *crier.Broadcast
	// Lists in their order; the first leads.
	Lists []*crier.MailingList
	// Relay that the message leaves through.
	Relay *crier.Relay
	// Template around the body; nil for none.
	Template *layout.Template
	// Files of the Broadcast, as they are now.
	Files []message.Attachment
	// Attributes that subscribers have; nil leaves their names unchecked.
	Attributes []string
	// Key of the run; nil as long as the message isn't sealed.
	Key []byte
	// Edition is which run the message is written for, and when.
	Edition Edition
}

// Attachments are all that the Broadcast declares, those whose content isn't
// known without it: names, types and Content-IDs can be judged all the same.
func (f Facts) Attachments() []message.Attachment {
	files := slices.Clone(f.Files)
	var all []message.Attachment
	for _, a := range f.Broadcast.Spec.Content.Attachments {
		one := message.Attachment{Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID}
		if i := slices.IndexFunc(files, func(file message.Attachment) bool { return file.Name == a.Name }); i >= 0 {
			one.Data = files[i].Data
			files = slices.Delete(files, i, i+1)
		}
		all = append(all, one)
	}
	return append(all, files...)
}

// Content is the personal template of each list's message, in the order of
// the lists; of one without facts if there is no list. It also gives what an
// author should look at. An error is content.Problems.
func Content(f Facts) (results []layout.Result, err error) {
	lists := f.Lists
	if len(lists) == 0 {
		lists = []*crier.MailingList{{}}
	}
	for _, list := range lists {
		if problems := f.problems(list); len(problems) > 0 {
			return nil, problems
		}
		result, err := layout.Assemble(f.input(list))
		if err != nil {
			return nil, err
		}
		if _, err := content.Compile(result.Source, f.Attributes); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (f Facts) input(list *crier.MailingList) layout.Input {
	spec := f.Broadcast.Spec
	in := layout.Input{
		Template: f.Template, Subject: spec.Subject, Language: spec.Content.Language,
		Body:       layout.Body{Markdown: spec.Content.Markdown, HTML: spec.Content.HTML, Text: spec.Content.Text},
		Attributes: f.Attributes,
		List: layout.List{
			Name: Name(list.Spec), Address: string(list.Spec.Address), PostalAddress: list.Spec.PostalAddress,
			Footer: Why(list.Spec), Author: f.author().Name,
		},
	}
	if targets := waysToLeave(list.Spec); len(targets) > 0 {
		in.List.UnsubscribeURL = targets[0]
		in.List.UnsubscribePersonal = strings.Contains(targets[0], "{{")
	}
	for name, value := range spec.Content.Values {
		if in.Values == nil {
			in.Values = map[string]string{}
		}
		in.Values[name] = string(value)
	}
	for _, s := range spec.Content.Sections {
		in.Sections = append(in.Sections, section(s))
	}
	return in
}

func section(s crier.ContentSection) layout.Section {
	out := layout.Section{Title: s.Title, Markdown: s.Markdown}
	if s.Image != nil {
		out.ImageURL, out.ImageAlt = s.Image.URL, s.Image.Alt
	}
	if s.Link != nil {
		out.LinkURL, out.LinkText = s.Link.URL, s.Link.Text
	}
	return out
}

// Message is the frozen message, with its hash. An error is content.Problems,
// or says what can't be written.
func Message(f Facts) (message.Frozen, error) {
	results, err := Content(f)
	if err != nil {
		return message.Frozen{}, err
	}
	return MessageOf(f, results)
}

// MessageOf is the message whose content was assembled already, see Content.
func MessageOf(f Facts, results []layout.Result) (frozen message.Frozen, err error) {
	frozen = Envelope(f)
	frozen.Subject, frozen.Text, frozen.HTML = results[0].Subject, results[0].Text, results[0].HTML
	frozen.Attachments = f.Files
	f.identify(&frozen, results)
	// The hash is about what is said: in which run and when comes after it.
	if frozen.Calendar, err = f.calendar(Edition{}); err != nil {
		return message.Frozen{}, err
	}
	if frozen.Hash, err = message.Hash(frozen); err != nil {
		return message.Frozen{}, err
	}
	frozen.Calendar, err = f.calendar(f.Edition)
	return frozen, err
}

// Envelope is a message without what it says: its author and its ways. It is
// there whatever is wrong with the content, for a report that says so.
func Envelope(f Facts) message.Frozen {
	from := f.author()
	return message.Frozen{
		Version: message.FrozenVersion,
		Subject: f.Broadcast.Spec.Subject,
		From:    from, ReplyTo: f.replyTo(),
		ListPostNO:      true,
		MessageIDDomain: f.domain(),
		BounceDomain:    f.Relay.Spec.BounceDomain,
		BounceTag:       f.Relay.Spec.Bounces.LocalPart,
		BounceMode:      string(f.Relay.Spec.Bounces.Mode),
		DKIM:            Selectors(f.Relay, from.Address),
		Key:             f.Key,
	}
}

// domain is that of the leading list, which makes what it identifies unique.
func (f Facts) domain() string {
	_, domain := address.Split(Spelled(string(f.Lists[0].Spec.Address)))
	return domain
}

// identify says which list the message is of, or which lists.
func (f Facts) identify(frozen *message.Frozen, results []layout.Result) {
	for i, list := range f.Lists {
		id, _ := listid.Of(string(list.Spec.Address)) // the list's own controller refused those without
		of := message.List{
			ListID: id, ListName: list.Spec.DisplayName,
			ListUnsubscribe: waysToLeave(list.Spec), Footer: Footer(list.Spec),
		}
		of.Leave = len(of.ListUnsubscribe) > 0
		if len(f.Lists) == 1 {
			frozen.ListID, frozen.ListName = of.ListID, of.ListName
			frozen.ListUnsubscribe, frozen.Leave, frozen.Footer = of.ListUnsubscribe, of.Leave, of.Footer
			frozen.FooterInHTML, frozen.FooterInText = results[i].FooterInHTML, results[i].FooterInText
			return
		}
		of.Subject, of.Text, of.HTML = results[i].Subject, results[i].Text, results[i].HTML
		of.FooterInHTML, of.FooterInText = results[i].FooterInHTML, results[i].FooterInText
		frozen.Lists = append(frozen.Lists, of)
	}
}

// author is who writes: the list's, under the name that the Broadcast gives.
func (f Facts) author() message.Mailbox {
	if len(f.Lists) == 0 {
		return message.Mailbox{Name: f.Broadcast.Spec.FromName}
	}
	from := f.Lists[0].Spec.From
	if name := f.Broadcast.Spec.FromName; name != "" {
		from.Name = name
	}
	return message.Mailbox{Name: from.Name, Address: from.Address}
}

func (f Facts) replyTo() []message.Mailbox {
	mailboxes := f.Broadcast.Spec.ReplyTo
	if len(mailboxes) == 0 {
		mailboxes = f.Lists[0].Spec.ReplyTo
	}
	if len(mailboxes) == 0 {
		return []message.Mailbox{{Address: string(f.Lists[0].Spec.Owners[0])}}
	}
	out := make([]message.Mailbox, 0, len(mailboxes))
	for _, m := range mailboxes {
		out = append(out, message.Mailbox{Name: m.Name, Address: m.Address})
	}
	return out
}
