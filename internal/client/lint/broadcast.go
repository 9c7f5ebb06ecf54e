package lint

import (
	"errors"
	"fmt"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

// broadcast is one Broadcast while it is looked at.
type broadcast struct {
	declared.Of[*crier.Broadcast]
	l     *linter
	facts draft.Facts
	gaps  []declared.Gap
	// selection is whom it goes to.
	selection *declared.Selection
	// people are those who are declared, and what they would get.
	people people
}

func (l *linter) broadcast(of declared.Of[*crier.Broadcast]) {
	b := &broadcast{Of: of, l: l}
	b.facts, b.gaps = l.world.Facts(of.Value)
	b.selection = l.world.Select(b.facts)
	b.references()
	b.addresses()
	b.times()
	b.audience()
	b.together()
	b.placeholders()
	b.truths()
	b.cut()
	if declared.TemplateMissing(b.gaps) {
		return
	}
	results, err := draft.Content(b.facts)
	if err != nil {
		b.problems(err)
		return
	}
	for _, result := range results {
		for _, warning := range result.Warnings {
			b.warning(warning)
		}
	}
	b.look(results)
	b.compose(results)
}

func (b *broadcast) at(severity Severity, rule Rule, field, message string) {
	b.l.at(b.Object, severity, rule, field, message)
}

// references warns of what isn't there although its neighbours are.
func (b *broadcast) references() {
	namespace := b.Value.Namespace
	for _, gap := range b.gaps {
		switch gap.Kind {
		case "MailingList":
			b.l.refer(b.Object, gap.Field, gap.Kind, gap.Name, namespace, &b.l.world.Lists)
		case "MessageTemplate":
			b.at(Warning, RuleReference, gap.Field, fmt.Sprintf("MessageTemplate %s is not among the files, so the content isn't checked", gap.Name))
		case "ConfigMap", "Secret":
			among := &b.l.world.ConfigMaps
			if gap.Kind == "Secret" {
				among = &b.l.world.Secrets
			}
			if gap.Key != "" {
				b.at(Error, RuleAttachment, gap.Field, fmt.Sprintf("%s %s has no key %s", gap.Kind, gap.Name, gap.Key))
				continue
			}
			b.l.refer(b.Object, gap.Field, gap.Kind, gap.Name, namespace, among)
		}
	}
}

func (b *broadcast) addresses() {
	check := func(field, value string) {
		if _, err := address.Parse(value); err != nil {
			b.at(Error, RuleAddress, field, "this isn't a valid email address: "+err.Error())
		}
	}
	for i, m := range b.Value.Spec.ReplyTo {
		check(fmt.Sprintf("spec.replyTo[%d].address", i), m.Address)
	}
	if test := b.Value.Spec.Test; test != nil {
		for i, a := range test.Recipients {
			check(fmt.Sprintf("spec.test.recipients[%d]", i), string(a))
		}
		if test.As != "" {
			check("spec.test.as", string(test.As))
		}
	}
}

func (b *broadcast) audience() {
	if own := b.Value.Spec.Audience; own != nil {
		b.l.exclusion(b.Object, "spec.audience.exclude", b.Value.Namespace, own.Exclude)
	}
	for _, list := range b.facts.Lists {
		b.l.filter(b.Object, "spec.filter", b.Value.Spec.Filter, b.l.world.Audience(list))
	}
}

// together wants several lists to go into one message.
func (b *broadcast) together() {
	var lists []*crier.MailingList
	fields, names := declared.Refs(b.Value)
	for _, name := range names {
		if list, ok := b.l.world.Lists.Get(declared.Key{Namespace: b.Value.Namespace, Name: name}); ok {
			lists = append(lists, list.Value)
		}
	}
	for _, differ := range draft.Differ(lists) {
		b.at(Error, RuleLists, fields[slices.Index(names, differ.Other)], differ.String())
	}
}

// problems shows what keeps the content from being put together, each where
// it was written.
func (b *broadcast) problems(err error) {
	var problems content.Problems
	if !errors.As(err, &problems) {
		field := "spec.content"
		if event := (*draft.EventError)(nil); errors.As(err, &event) {
			field = "spec.content.event"
		}
		b.at(Error, RuleMessage, field, err.Error())
		return
	}
	for _, p := range problems {
		switch {
		case p.Rule == content.RulePlain: // the API server's own rules say so
		case b.template(p.Template) != nil:
			b.say(Error, RuleTemplate, p)
		default:
			b.say(Error, RuleContent, p)
		}
	}
}

// compose writes the message for a sample, as a sender would.
func (b *broadcast) compose(results []layout.Result) {
	if err := message.CheckAttachments(b.facts.Attachments(), 0); err != nil {
		b.at(Error, RuleAttachment, "spec.content.attachments", err.Error())
		return
	}
	frozen, err := draft.MessageOf(b.facts, results)
	if err != nil {
		b.problems(err)
		return
	}
	b.inlineImages(frozen)
	composer, err := message.NewComposer(frozen)
	if err != nil {
		b.problems(err)
		return
	}
	written, err := composer.Draft(nil, b.person(results[0].Source), 0, 0, b.l.now)
	var refused *content.Refused
	switch {
	case errors.As(err, &refused):
		return // said by what looks at the parts
	case err != nil:
		b.at(Error, RuleMessage, "spec.content", "the message can't be written: "+err.Error())
		return
	}
	b.size(int64(len(written.Data) + composer.SignatureSize()))
}
