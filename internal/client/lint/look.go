package lint

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
)

const (
	shownSubject = 78  // characters that most programs show of a subject
	longSubject  = 150 // characters that no program shows
	clippedHTML  = 100 << 10
	largeMessage = 10 << 20
	farAway      = 90 * 24 * time.Hour
)

// look reads the message of each list as a recipient would: one with every
// attribute, one without any, and those of the people who are declared.
func (b *broadcast) look(results []layout.Result) {
	var all []*content.Templates
	for _, result := range results {
		compiled, err := content.Compile(result.Source, b.facts.Attributes)
		if err != nil {
			return
		}
		all = append(all, compiled)
	}
	b.people = b.forPeople(results)
	for i, result := range results {
		b.subject(all[i], result.Source)
		with, err := all[i].Render(b.withAll(all[i], result.Source))
		if err == nil {
			b.html(with.HTML, true)
		}
		without, err := all[i].Render(bare())
		if err == nil {
			b.html(without.HTML, false)
		}
		if b.people.known == 0 {
			b.greeting(result.Source)
		}
	}
	b.plainLinks()
}

// subject looks at its length, and whether it can be empty.
func (b *broadcast) subject(compiled *content.Templates, src content.Source) {
	person := b.person(src)
	rendered, err := compiled.Render(content.Data{Name: person.Name, Email: person.Email, Attributes: person.Attributes})
	var refused *content.Refused
	if errors.As(err, &refused) {
		if refused.Part == content.PartSubject {
			b.at(Error, RuleSubject, "spec.subject", "the message to the first subscriber can't be written: "+refused.Reason)
		}
		return // others are said by what looks at all people
	}
	switch n := utf8.RuneCountInString(rendered.Subject); {
	case n > longSubject:
		b.at(Warning, RuleSubject, "spec.subject", fmt.Sprintf("the subject has %d characters, more than any mail program shows; write the news in the first 60", n))
	case n > shownSubject:
		b.at(Warning, RuleSubject, "spec.subject", fmt.Sprintf("the subject has %d characters; many mail programs show the first 60 to %d", n, shownSubject))
	}
	if !isPersonal(src.Subject) {
		return
	}
	_, err = compiled.Render(content.Data{Email: person.Email})
	if errors.As(err, &refused) && refused.Part == content.PartSubject {
		b.at(Warning, RuleSubject, "spec.subject",
			`the subject is empty for subscribers without name and attributes, who then get nothing; write other words too, or {{ .Name | default "..." }}`)
	}
}

// size compares the message with what the Relay and readers take.
func (b *broadcast) size(octets int64) {
	if relay, ok := b.l.world.Relays.Get(declared.Key(b.facts.Lists[0].RelayKey())); ok {
		if limit := relay.Value.Spec.Limits.MaxMessageBytes; limit != nil && octets > *limit {
			b.at(Error, RuleSize, "spec.content", fmt.Sprintf("the message has %s; Relay %s takes %s", words.Count(octets, "octet"), relay.Value.Name, words.Number(*limit)))
			return
		}
	}
	if octets > largeMessage {
		b.at(Warning, RuleSize, "spec.content", fmt.Sprintf("the message has %d MiB, and many servers refuse more than 10; give people a link to what is attached", octets>>20))
	}
}

// times looks for deadlines that have passed or are far away.
func (b *broadcast) times() {
	spec, now := b.Value.Spec, b.l.now
	switch {
	case spec.NotAfter != nil && !spec.NotAfter.After(now):
		b.at(Warning, RuleTime, "spec.notAfter", "this has passed: a Broadcast that isn't sent yet never will be")
	case spec.NotAfter == nil && spec.SendAt != nil && now.Sub(spec.SendAt.Time) > 72*time.Hour:
		b.at(Warning, RuleTime, "spec.sendAt", "this is more than three days ago, which is when the Broadcast became too late; a Broadcast that isn't sent yet never will be")
	}
	if spec.SendAt != nil && spec.SendAt.Sub(now) > farAway {
		b.at(Warning, RuleTime, "spec.sendAt", "this is more than 90 days from now; is the year right?")
	}
	if spec.SendAt == nil && spec.NotAfter != nil && spec.NotAfter.Sub(now) > farAway {
		b.at(Warning, RuleTime, "spec.notAfter", "this is more than 90 days from now, which is the most that Crier tries; is the year right?")
	}
	if event := spec.Content.Event; event != nil && event.End.Time.Before(now) {
		b.at(Warning, RuleTime, "spec.content.event.start", "the event is over")
	}
}

// plainHTTP finds links in plain text.
var plainHTTP = regexp.MustCompile(`http://[^\s<>")\]]+`)
