package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/draft"
)

// foreign are placeholders of other programs, which are sent as they stand.
// Those that may be something else count only with a word that names a field.
var foreign = []struct {
	form *regexp.Regexp
	sure bool
}{
	{regexp.MustCompile(`\*\|([A-Za-z][A-Za-z0-9_:.-]*)\|\*`), true},                                         // *|FNAME|*
	{regexp.MustCompile(`%%=?([A-Za-z_][A-Za-z0-9_.-]{0,40})=?%%`), true},                                    // %%name%%
	{regexp.MustCompile(`%%\s*=?([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)=?\s*%%`), false},                           // %%First Name%%
	{regexp.MustCompile(`%((?:recipient|contact|subscriber|user|customer)[._][A-Za-z0-9_.-]{1,40})%`), true}, // %recipient.name%
	{regexp.MustCompile(`%([A-Za-z_][A-Za-z0-9_.-]{1,40})%`), false},                                         // %name%
	{regexp.MustCompile(`\[\[\s*([A-Za-z_][A-Za-z0-9_ .:-]{0,40}?)\s*\]\]`), true},                           // [[name]]
	{regexp.MustCompile(`\$\{\s*([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)\s*\}`), true},                              // ${name}
	{regexp.MustCompile(`[{]([$!][A-Za-z_][A-Za-z0-9_.>-]{0,40})\}`), true},                                  // {$name}, {!Contact.Name}
	{regexp.MustCompile(`\{%-?\s*([A-Za-z_]+)[^%\n]{0,80}%\}`), true},                                        // {% if name %}
	{regexp.MustCompile(`<%=?\s*([A-Za-z_@][A-Za-z0-9_. @-]{0,40}?)\s*%>`), true},                            // <%= name %>
	{regexp.MustCompile(`(?:<<|&lt;&lt;)\s*([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)\s*(?:>>|&gt;&gt;)`), true},      // <<name>>
	{regexp.MustCompile(`(?:«|&laquo;)\s*([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)\s*(?:»|&raquo;)`), false},         // «name» of Word
	{regexp.MustCompile(`\{\s*([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)\s*\}`), false},                               // {name}
	{regexp.MustCompile(`\[\s*([A-Za-z_][A-Za-z0-9_ .-]{0,40}?)\s*\]`), false},                               // [FIRSTNAME]
	{regexp.MustCompile(`##?\s?([A-Za-z_][A-Za-z0-9_.-]{1,40})##?`), false},                                  // #NAME#
	{regexp.MustCompile(`@@?([A-Za-z_][A-Za-z0-9_.-]{1,40})@@?`), false},                                     // @@name@@
	{regexp.MustCompile(`<\s*([A-Za-z_][A-Za-z0-9_ -]{1,40}?)\s*>`), false},                                  // <First Name>
}

// named are words for what people are asked of, in lower case and without what
// divides words.
const named = " name names fullname firstname fname givenname forename lastname lname surname familyname middlename nickname displayname username" +
	" email emailaddress mail mailaddress salutation greeting honorific prefix company organization organisation employer city zip zipcode postalcode phone" +
	" phonenumber mobile jobtitle department dept agency unsubscribe unsubscribeurl unsubscribelink unsub unsuburl listunsubscribe optout" +
	" vorname nachname anrede firma prenom nom nombre apellido apellidos cognome nome sobrenome achternaam voornaam "

// isNamed says whether a word names a field of people: one that is usual, or
// an attribute that they have.
func (b *broadcast) isNamed(word string) bool {
	plain := squeeze(word)
	if i := strings.LastIndexAny(word, ".:>"); i >= 0 && strings.Contains(named, " "+squeeze(word[i+1:])+" ") {
		return true
	}
	return strings.Contains(named, " "+plain+" ") || b.attribute(plain) != ""
}

// attribute is the attribute that a word means.
func (b *broadcast) attribute(plain string) string {
	for _, a := range b.facts.Attributes {
		if squeeze(a) == plain {
			return a
		}
	}
	return ""
}

func squeeze(word string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.$!", r) {
			return -1
		}
		return r
	}, word))
}

// masked are parts of a text that aren't for people: actions, styles, scripts,
// and code of Markdown.
var masked = regexp.MustCompile("(?is)\\{\\{.*?\\}\\}|<style[ >].*?</style>|<script[ >].*?</script>|style=\"[^\"]*\"|style='[^']*'|```.*?```|``[^`\n]*``|`[^`\n]*`")

func mask(text string) string {
	return masked.ReplaceAllStringFunc(text, func(m string) string {
		if strings.HasPrefix(m, "{{") {
			return strings.Repeat("\x00", len(m))
		}
		return strings.Repeat(" ", len(m))
	})
}

// placeholders looks for those of other programs in everything that people
// read.
func (b *broadcast) placeholders() {
	for _, p := range b.allPieces() {
		text := mask(p.text)
		for _, f := range foreign {
			for _, m := range f.form.FindAllStringSubmatchIndex(text, 50) {
				word := text[m[2]:m[3]]
				if !f.sure && (!b.isNamed(word) || isOther(text, m[0], m[1])) {
					continue
				}
				b.l.add(Finding{Position: p.at(m[0]), Severity: Warning, Rule: RulePlaceholder, Object: p.object.Title(),
					Message: fmt.Sprintf("%s is a placeholder of another program, and is sent as it stands; write %s", words.Clip(p.text[m[0]:m[1]]), b.instead(word))})
				text = text[:m[0]] + strings.Repeat(" ", m[1]-m[0]) + text[m[1]:]
			}
		}
	}
}

// isOther says that what looks like a placeholder is a link of Markdown, an
// HTML tag, or part of an address or of something larger.
func isOther(text string, from, to int) bool {
	found, rest := text[from:to], text[to:]
	before := text[strings.LastIndexAny(text[:from], " \t\n\"'>(")+1 : from]
	switch {
	case strings.HasPrefix(found, "[") && (strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "[") || strings.Contains(text, found+":")):
		return true
	case strings.HasPrefix(found, "%") && (strings.Contains(before, "://") || strings.Contains(before, "mailto:")) && isEncoded(found):
		return true
	case strings.HasPrefix(found, "@") && before != "":
		return true
	case strings.HasPrefix(found, "{") && (strings.HasSuffix(before, "\x00") || strings.HasPrefix(rest, "\x00")):
		return true
	}
	return false
}

// isEncoded says that what looks like %name% begins with an encoded octet.
func isEncoded(found string) bool {
	_, err := strconv.ParseUint(strings.TrimLeft(found, "%")[:2], 16, 8)
	return err == nil
}

// instead is how a field is written here.
func (b *broadcast) instead(word string) string {
	plain := squeeze(word)
	if i := strings.LastIndexAny(word, ".:>"); i >= 0 {
		plain = squeeze(word[i+1:])
	}
	switch a := b.attribute(plain); {
	case a != "":
		return "{{ .Attributes." + a + " }}"
	case strings.Contains(plain, "unsub") || strings.Contains(plain, "optout"):
		return "{{ .List.UnsubscribeURL }}"
	case strings.Contains(plain, "mail"):
		return "{{ .Email }}"
	case strings.Contains(plain, "name"):
		return "{{ .Name }}, or {{ .Attributes.<name> }} for a column of its own"
	}
	return "{{ .Name }}, {{ .Email }} or {{ .Attributes.<name of a column> }}"
}

// allPieces are the texts of a Broadcast, its template and its lists that
// people read.
func (b *broadcast) allPieces() []piece {
	out := b.pieces()
	put := func(field, text string) {
		if text != "" {
			out = append(out, piece{b.Object, field, text})
		}
	}
	spec := b.Value.Spec
	put("spec.subject", spec.Subject)
	put("spec.fromName", spec.FromName)
	for i, s := range spec.Content.Sections {
		put(fmt.Sprintf("spec.content.sections[%d].title", i), s.Title)
		if s.Link != nil {
			put(fmt.Sprintf("spec.content.sections[%d].link.text", i), s.Link.Text)
		}
	}
	if e := spec.Content.Event; e != nil {
		put("spec.content.event.summary", e.Summary)
		put("spec.content.event.location", e.Location)
		put("spec.content.event.description", e.Description)
	}
	for _, list := range b.facts.Lists {
		known, ok := b.l.world.Lists.Get(declared.Key{Namespace: list.Namespace, Name: list.Name})
		if !ok || known.Object == nil {
			continue
		}
		texts := map[string]string{"spec.footer": list.Spec.Footer, "spec.postalAddress": list.Spec.PostalAddress, "spec.displayName": draft.Name(list.Spec)}
		if u := list.Spec.Unsubscribe; u != nil {
			texts["spec.unsubscribe.url"] = u.URL
		}
		for field, text := range texts {
			if text != "" {
				out = append(out, piece{known.Object, field, text})
			}
		}
	}
	return slices.DeleteFunc(out, func(p piece) bool { return p.object == nil })
}
