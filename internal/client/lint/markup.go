package lint

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// stripped are elements that mail programs leave out, and what to do instead.
// People then see a hole, or half of the message.
var stripped = map[string]string{
	"form": "link to a page with the form", "input": "link to a page with the form", "select": "link to a page with the form",
	"textarea": "link to a page with the form", "button": "write a link that looks like a button",
	"video": "link to it, with an image", "audio": "link to it", "svg": "use an image that is a file, such as PNG", "canvas": "use an image",
	"math": "use an image, or words",
}

// harmful are elements for which servers hold a whole message back, or which
// change where it leads: an error, as in Markdown.
var harmful = map[string]string{
	"script": "mail programs run no script, and servers hold messages with one back", "iframe": "no mail program shows another page",
	"frame": "no mail program shows another page", "frameset": "no mail program shows another page",
	"object": "mail programs remove it, and servers hold messages with it back", "embed": "mail programs remove it, and servers hold messages with it back",
	"applet": "mail programs remove it, and servers hold messages with it back",
	"base":   "it changes where all links and images lead",
}

// markup looks at one tag for what mail programs refuse or leave out.
func (b *broadcast) markup(t html.Token, attributes map[string]string) {
	say := func(severity Severity, text, format string, args ...any) {
		b.found(severity, RuleMarkup, text, fmt.Sprintf(format, args...))
	}
	tag := "<" + t.Data
	whole := tag
	if stripped[t.Data] != "" || harmful[t.Data] != "" || t.Data == "meta" || t.Data == "link" {
		whole = b.written(t)
	}
	if remedy, is := stripped[t.Data]; is {
		say(Warning, whole, "many mail programs leave %s> out; %s", tag, remedy)
	}
	if reason, is := harmful[t.Data]; is && !strings.Contains(strings.ToLower(attributes["type"]), "json") {
		say(Error, whole, "%s> can't be in a message: %s; remove it", tag, reason)
	}
	switch {
	case t.Data == "meta" && strings.EqualFold(strings.TrimSpace(attributes["http-equiv"]), "refresh"):
		say(Error, whole, "no mail program goes to another page by itself, and servers hold messages back that try; write a link")
	case t.Data == "link" && strings.Contains(strings.ToLower(attributes["rel"]), "stylesheet"):
		say(Warning, whole, "few mail programs fetch a style sheet; write it into <style>, and what matters into style=\"...\"")
	}
	for _, a := range t.Attr {
		b.script(a)
	}
}

// loads are attributes with the address of what is shown or called.
var loads = map[string]bool{"src": true, "background": true, "action": true, "formaction": true, "xlink:href": true, "data": true}

// script finds an attribute that runs a program.
func (b *broadcast) script(a html.Attribute) {
	if strings.HasPrefix(a.Key, "on") && len(a.Key) > 3 {
		b.found(Error, RuleMarkup, a.Key+"=", fmt.Sprintf("%s=\"...\" is a script, which no mail program runs, and servers hold messages with one back; remove it", words.Clip(a.Key)))
		return
	}
	scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
	if loads[a.Key] && found && (scheme == "javascript" || scheme == "vbscript") {
		b.found(Error, RuleMarkup, a.Val, fmt.Sprintf("%s can't be %s:; mail programs remove it or warn about the message", a.Key, scheme))
	}
}

// written is a tag as its author wrote it, where that can be found; else how it
// begins.
func (b *broadcast) written(t html.Token) string {
	whole := t.String()
	for _, p := range b.pieces() {
		if strings.Contains(p.text, whole) {
			return whole
		}
	}
	return "<" + t.Data
}

// schemeOfLink says what is wrong with a link that begins with no scheme that
// mail programs know.
func schemeOfLink(scheme string) (Severity, string) {
	switch {
	case scheme == "javascript" || scheme == "vbscript" || scheme == "data" || scheme == "file":
		return Error, fmt.Sprintf("a link can't be %s:; mail programs remove it or warn about the message", scheme)
	case len(scheme) == 1:
		return Error, fmt.Sprintf("%s: is a folder on one computer, which nobody else can reach; attach the file, or put it where people can fetch it by https://", strings.ToUpper(scheme))
	case scheme != "" && !content.SafeScheme(scheme):
		return Warning, fmt.Sprintf("mail programs may not open %s:, and remove the link; write https://", words.Clip(scheme))
	}
	return "", ""
}
