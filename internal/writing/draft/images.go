package draft

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/message"
)

// ImageProblem is an image that the HTML shows out of the message and that
// isn't in it: a hole in every copy.
type ImageProblem struct {
	// ID is what the HTML says behind cid:.
	ID string
	// Spelled is the contentID of the attachment that differs in case only; ""
	// for none.
	Spelled string
	// Advice says what to do.
	Advice string
}

func (p *ImageProblem) Error() string { return p.Advice }

// CheckImages says which image is missing first, if one is. The error is an
// *ImageProblem.
func CheckImages(frozen message.Frozen) error {
	if missing := MissingImages(frozen); len(missing) > 0 {
		return missing[0]
	}
	return nil
}

// MissingImages are those that the HTML of any list shows out of the message
// (RFC 2392) and that no attachment is, in the order in which they are shown.
// Content-IDs are compared as mail programs do it, with case.
func MissingImages(frozen message.Frozen) []*ImageProblem {
	var missing []*ImageProblem
	for _, id := range shownImages(frozen) {
		there, spelled := false, ""
		for _, file := range frozen.Attachments {
			there = there || file.ContentID == id
			if file.ContentID != "" && strings.EqualFold(file.ContentID, id) {
				spelled = file.ContentID
			}
		}
		switch {
		case there || personal(id):
		case spelled != "":
			missing = append(missing, &ImageProblem{id, spelled, fmt.Sprintf(
				"the HTML shows cid:%s, and the attachment has the contentID %s: mail programs tell capital letters from small ones, so write both alike", id, spelled)})
		default:
			missing = append(missing, &ImageProblem{id, "", fmt.Sprintf("the HTML shows cid:%s, and no attachment has the contentID %s", id, id)})
		}
	}
	return missing
}

// UnshownImages are the Content-IDs of attachments that no HTML shows: mail
// programs hide such a file, or list it as an attachment. There are none where
// the HTML takes the name of an image from a subscriber.
func UnshownImages(frozen message.Frozen) []string {
	shown := shownImages(frozen)
	if slices.ContainsFunc(shown, personal) {
		return nil
	}
	var unshown []string
	for _, file := range frozen.Attachments {
		if file.ContentID != "" && !slices.Contains(shown, file.ContentID) {
			unshown = append(unshown, file.ContentID)
		}
	}
	return unshown
}

// documents are the HTML of the message, and those of its lists.
func documents(frozen message.Frozen) []string {
	all := []string{frozen.HTML}
	for _, list := range frozen.Lists {
		if list.HTML != "" {
			all = append(all, list.HTML)
		}
	}
	return all
}

// shownImages are the Content-IDs that the HTML shows, each once; those that a
// subscriber's attributes make up are personal.
func shownImages(frozen message.Frozen) []string {
	var ids []string
	for _, document := range documents(frozen) {
		if !frozen.Literal {
			document = spelledOut(document)
		}
		for _, id := range imagesIn(document) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// field stands for what differs from one recipient to the next.
const field = "xcrierfieldq"

func personal(id string) bool { return strings.Contains(id, field) }

// spelledOut is what a template can come to: constants as text, all branches of
// conditions one behind the other, and a word for each field.
func spelledOut(document string) string {
	tree := parse.New("html")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(document, "", "", trees); err != nil || tree.Root == nil {
		return document // what compiles it says why
	}
	var b strings.Builder
	spell(&b, tree.Root)
	return b.String()
}

func spell(b *strings.Builder, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			b.Write(n.Text)
		case *parse.ActionNode:
			b.WriteString(constant(n.Pipe))
		case *parse.IfNode:
			spell(b, n.List)
			spell(b, n.ElseList)
		case *parse.WithNode:
			spell(b, n.List)
			spell(b, n.ElseList)
		case *parse.RangeNode:
			spell(b, n.List)
			spell(b, n.ElseList)
		}
	}
}

// constant is the text that an action prints if it is always the same one.
func constant(pipe *parse.PipeNode) string {
	if len(pipe.Decl) == 0 && len(pipe.Cmds) == 1 && len(pipe.Cmds[0].Args) == 1 {
		if s, ok := pipe.Cmds[0].Args[0].(*parse.StringNode); ok {
			return html.EscapeString(s.Text)
		}
	}
	return field
}

var (
	// inStyle finds an image in a style sheet, as url(cid:x) or in quotes.
	inStyle = regexp.MustCompile(`(?i)[("']\s*cid:([^"'()\s;]+)`)
	// forOutlook is what a conditional comment begins with, behind its <!--.
	forOutlook = regexp.MustCompile(`(?i)^\[if [^\]]*\]>`)
)

// imagesIn are the Content-IDs that a document refers to, wherever a mail program
// takes an image from: attributes of any element, styles, srcset, and what only
// Outlook reads.
func imagesIn(document string) (ids []string) {
	z := html.NewTokenizer(strings.NewReader(document))
	style := false
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		t := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			style = t.Data == "style" && kind == html.StartTagToken
			for _, a := range t.Attr {
				ids = append(ids, imagesOf(a.Key, a.Val)...)
			}
		case html.EndTagToken:
			style = false
		case html.TextToken:
			if style {
				ids = append(ids, inStyles(t.Data)...)
			}
		case html.CommentToken:
			if start := forOutlook.FindString(t.Data); start != "" {
				ids = append(ids, imagesIn(t.Data[len(start):])...)
			}
		}
	}
	return ids
}

// imagesOf are those of one attribute.
func imagesOf(name, value string) (ids []string) {
	switch name {
	case "style":
		return inStyles(value)
	case "src", "href", "background", "poster", "data", "lowsrc", "dynsrc", "xlink:href", "o:href":
	case "srcset", "imagesrcset":
		for candidate := range strings.SplitSeq(value, ",") {
			if words := strings.Fields(candidate); len(words) > 0 {
				ids = append(ids, imagesOf("src", words[0])...)
			}
		}
		return ids
	default:
		return nil // words, which may be about anything
	}
	value = strings.Trim(value, "\x00\t\n\f\r ") // as a URL is read
	const scheme = "cid:"
	if len(value) <= len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return nil
	}
	return []string{contentID(value[len(scheme):])}
}

func inStyles(text string) (ids []string) {
	for _, found := range inStyle.FindAllStringSubmatch(text, -1) {
		ids = append(ids, contentID(found[1]))
	}
	return ids
}

// contentID undoes the encoding of a URL (RFC 2392 section 2).
func contentID(escaped string) string {
	if id, err := url.PathUnescape(escaped); err == nil {
		return id
	}
	return escaped
}
