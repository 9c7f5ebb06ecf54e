package message

import (
	"strings"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/visible"
)

// PartBody is the part of a content.Refused about the bodies together.
const PartBody = "body"

// reasonBlank is why somebody gets no message of which their conditions leave
// nothing to read.
const reasonBlank = "nothing is left of the message for this recipient"

// unknown stands for what differs between recipients where a template is
// looked at without one.
const unknown = "xcrierpersonalq"

// blanks finds parts in which there is nothing to read: no word and no image,
// besides what a footer says.
type blanks struct {
	// possible says that conditions can leave a part without anything. Most
	// templates have words outside of them, and aren't looked at again.
	possible bool
	// footer are the lines that a body may have at a place of its own, and leave
	// how it shows the way to leave before it is known whose.
	footer []string
	leave  string
}

func newBlanks(f Frozen, of content.Source) blanks {
	b := blanks{}
	if f.FooterInHTML || f.FooterInText {
		for line := range strings.SplitSeq(f.Footer, "\n") {
			b.footer = append(b.footer, strings.Join(strings.Fields(line), " "))
		}
	}
	if len(f.ListUnsubscribe) > 0 {
		b.leave = f.ListUnsubscribe[0]
	}
	if f.Leave && strings.Contains(b.leave, "{{") {
		b.leave = unknown
	}
	b.possible = b.canBe(content.PartHTML, of.HTML) || b.canBe(content.PartText, of.Text)
	return b
}

// canBe says whether a part is blank in one of its shapes.
func (b *blanks) canBe(part, src string) bool {
	if strings.TrimSpace(src) == "" {
		return false
	}
	shapes, ok := content.Shapes(part, src, unknown)
	for _, shape := range shapes {
		var blank bool
		if part == content.PartHTML {
			blank, _ = b.html(shape, unknown, b.leave)
		} else {
			blank = b.text(shape, unknown, b.leave, nil)
		}
		ok = ok && !blank
	}
	return !ok
}

// prune takes a blank part away, for the other to be read. Who would have
// nothing to read gets no message.
func (b *blanks) prune(buffers *content.Buffers, leave string) error {
	if !b.possible {
		return nil
	}
	noHTML, labels := true, []string(nil)
	if len(buffers.HTML) > 0 {
		noHTML, labels = b.html(string(buffers.HTML), "", leave)
	}
	noText := b.text(string(buffers.Text), "", leave, labels)
	switch {
	case noHTML && noText:
		return &content.Refused{Part: PartBody, Reason: reasonBlank}
	case noHTML:
		buffers.HTML = buffers.HTML[:0]
	case noText:
		buffers.Text = buffers.Text[:0]
	}
	return nil
}

// html says whether an HTML part is blank, and the words of the links to leave
// the list. personal is as in visible.Read.
func (b *blanks) html(document, personal, leave string) (blank bool, labels []string) {
	page, err := visible.Read(document, personal)
	if err != nil {
		return false, nil // it can't be told
	}
	var words []string
	for _, run := range page {
		switch {
		case leads(run.Href, leave):
			labels = append(labels, run.Text)
		case run.Image:
			return false, nil
		default:
			words = append(words, run.Text)
		}
	}
	return !visible.Words(b.withoutFooter(strings.Join(words, " "))), labels
}

// leads says whether a link is the way to leave, be it with something added to
// it. Other pages of a site may begin with the same letters.
func leads(href, leave string) bool {
	rest, is := strings.CutPrefix(href, leave)
	switch {
	case leave == "" || !is:
		return false
	case rest == "" || strings.ContainsRune("?&#", rune(rest[0])) || strings.Contains(leave, "?"):
		return true
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(leave, "https://"), "/")
	return path != "" && (rest[0] == '/' || strings.HasSuffix(path, "/"))
}

// text says whether a text part is blank. labels stand before the address to
// leave at.
func (b *blanks) text(text, personal, leave string, labels []string) bool {
	if leave != "" {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			if before, ok := strings.CutSuffix(strings.TrimRight(line, " \r>"), shownWay(leave)); ok && len(before) <= maxLabel {
				lines[i] = "" // such as "Unsubscribe: https://..."
			}
		}
		text = strings.ReplaceAll(strings.Join(lines, "\n"), shownWay(leave), " ")
	}
	if personal != "" {
		text = strings.ReplaceAll(text, personal, " ")
	}
	text = strings.Join(strings.Fields(text), " ")
	for _, label := range labels {
		text = cutLast(text, label)
	}
	return !visible.Words(b.withoutFooter(text))
}

// maxLabel is how long a label of the address to leave at may be, in octets.
const maxLabel = 60

func (b *blanks) withoutFooter(text string) string {
	for _, line := range b.footer {
		text = cutLast(text, line)
	}
	return text
}

// cutLast takes the last occurrence out.
func cutLast(text, what string) string {
	i := strings.LastIndex(text, what)
	if i < 0 || what == "" {
		return text
	}
	return text[:i] + text[i+len(what):]
}
