package lint

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// html looks at the HTML of one message. Without attributes, links that come
// from them are empty, which is no news.
func (b *broadcast) html(document string, withAttributes bool) {
	if document == "" {
		return
	}
	if n := len(document); n > clippedHTML {
		b.at(Warning, RuleSize, "spec.content", fmt.Sprintf("the HTML has %d kB; Gmail cuts messages off after 102 kB", n/1000))
	}
	z := html.NewTokenizer(strings.NewReader(document))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		attributes := map[string]string{}
		for _, a := range t.Attr {
			attributes[a.Key] = a.Val
		}
		b.markup(t, attributes)
		switch t.Data {
		case "a", "area":
			if href, ok := attributes["href"]; ok {
				b.link(href, withAttributes)
			}
		case "img":
			b.image(attributes, withAttributes)
		case "html":
			if strings.TrimSpace(attributes["lang"]) == "" {
				b.found(Warning, RuleLanguage, "<html", `the HTML doesn't say its language, which screen readers need; write <html lang="en">`)
			}
		}
	}
}

// found shows what was found in the message where the text of it is written.
func (b *broadcast) found(severity Severity, rule Rule, text, message string) {
	at, title := b.search(text)
	b.l.add(Finding{Position: at, Severity: severity, Rule: rule, Object: title, Message: message})
}

func (b *broadcast) link(href string, withAttributes bool) {
	if strings.HasPrefix(href, personal) {
		b.wholeAddress()
		return
	}
	say := func(severity Severity, message string) { b.found(severity, RuleLink, href, message) }
	trimmed := strings.TrimSpace(href)
	u, err := url.Parse(trimmed)
	switch {
	case trimmed == "" || trimmed == "#":
		if withAttributes {
			b.found(Warning, RuleLink, `href="`+href+`"`, "this link leads nowhere; give its address")
		}
	case strings.ContainsAny(trimmed, " \t\r\n"):
		say(Warning, fmt.Sprintf("the link %q has spaces in it; write %%20 for each", words.Clip(href)))
	case err != nil:
		say(Warning, fmt.Sprintf("the link %q can't be read", words.Clip(href)))
	case u.Scheme == "http":
		say(Warning, fmt.Sprintf("the link %q isn't encrypted; write https://", words.Clip(href)))
	case u.Scheme == "https" && u.Host == "":
		say(Warning, fmt.Sprintf("the link %q names no host", words.Clip(href)))
	case u.Scheme == "mailto":
		if problem := mailto(u); problem != "" {
			say(Warning, fmt.Sprintf("the link %q %s", words.Clip(href), problem))
		}
	case u.Scheme == "" && !strings.HasPrefix(trimmed, "#"):
		say(Warning, fmt.Sprintf("the link %q doesn't begin with https:// or the like, so it leads nowhere from a message", words.Clip(href)))
	default:
		if severity, message := schemeOfLink(u.Scheme); message != "" {
			say(severity, message)
		}
	}
}

// mailto checks the addresses of a link (RFC 6068).
func mailto(u *url.URL) string {
	opaque, err := url.PathUnescape(u.Opaque)
	if err != nil {
		return "has a % that isn't followed by two hex digits; write %25"
	}
	to := opaque + "," + u.Query().Get("to")
	n := 0
	for one := range strings.SplitSeq(to, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		n++
		if strings.HasSuffix(one, "@personal.invalid") || strings.Contains(one, personal) {
			continue
		}
		if _, err := address.Parse(one); err != nil {
			return "has no valid email address behind mailto:"
		}
	}
	if n == 0 {
		return "names nobody; write mailto: and an address"
	}
	return ""
}

func (b *broadcast) image(attributes map[string]string, withAttributes bool) {
	src, there := attributes["src"]
	if _, ok := attributes["alt"]; !ok {
		b.found(Warning, RuleImage, "<img", `an image has no alt attribute, which is read to people who can't see it; write alt="...", or alt="" if it only decorates`)
	}
	lower := strings.ToLower(strings.TrimSpace(src))
	if strings.HasPrefix(src, personal) {
		b.wholeAddress()
	}
	switch {
	case !there || strings.HasPrefix(src, personal) || src == "" && !withAttributes:
	case strings.HasPrefix(lower, "cid:"):
		// Of these draft knows, wherever the HTML shows them.
	case strings.HasPrefix(lower, "http://"):
		b.found(Warning, RuleImage, src, fmt.Sprintf("the image %q isn't encrypted; write https://", words.Clip(src)))
	case strings.HasPrefix(lower, "data:"):
		b.found(Warning, RuleImage, "data:", "many mail programs don't show images that are data: addresses; attach it with a contentID, and write src=\"cid:...\"")
	case !strings.HasPrefix(lower, "https://"):
		b.found(Warning, RuleImage, src, fmt.Sprintf("the image %q doesn't begin with https:// or the like, so no mail program finds it", words.Clip(src)))
	}
}

// inlineImages says which images the message shows and hasn't got, and which it
// has and doesn't show.
func (b *broadcast) inlineImages(frozen message.Frozen) {
	frozen.Attachments = b.facts.Attachments()
	for _, missing := range draft.MissingImages(frozen) {
		advice := missing.Advice
		if missing.Spelled == "" {
			advice = fmt.Sprintf("the image %q isn't among the attachments; give one of them the contentID %s", "cid:"+words.Clip(missing.ID), words.Clip(missing.ID))
		}
		b.found(Error, RuleImage, "cid:"+missing.ID, advice)
	}
	for _, id := range draft.UnshownImages(frozen) {
		b.at(Warning, RuleImage, "spec.content.attachments", fmt.Sprintf("no HTML shows the image cid:%s; show it, or leave the contentID out to attach it as a file", words.Clip(id)))
	}
}

// search finds a text in what the author wrote, as it is or as HTML; the
// content as a whole if it is nowhere. A text in quotation marks or brackets
// is better than one that is a part of another.
func (b *broadcast) search(text string) (manifest.Position, string) {
	pieces := b.pieces()
	for _, around := range []string{`""`, "''", "()", "<>", ""} {
		for _, form := range []string{text, html.EscapeString(text), strings.ReplaceAll(text, "&", "&amp;")} {
			skip := 0
			if around != "" {
				form, skip = around[:1]+form+around[1:], 1
			}
			for _, piece := range pieces {
				if i := strings.Index(piece.text, form); form != "" && i >= 0 {
					return piece.at(i + skip), piece.object.Title()
				}
			}
		}
	}
	return b.Object.At("spec.content"), b.Object.Title()
}
