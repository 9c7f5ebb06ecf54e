package message

// body is what follows the header block. Of its parts, each level stands only
// where it is needed:
//
//	mixed(
//	  alternative(text, related(HTML, files within it), calendar),
//	  attachments)
//
// In an alternative the richer comes last (RFC 2046 section 5.1.4). A calendar
// is the last one, since those who know what it is show more with it.
type body struct {
	plain, html       text
	hasPlain, hasHTML bool
	unique            string
	inline, attached  [][]byte
	calendar          []byte
	cuts              []cut
}

// cut is where a part belongs that isn't copied: at is the place in the data.
type cut struct {
	at   int
	part []byte
}

// minShared is the size from which a part isn't copied into every message, in
// octets: below it, one more piece costs as much as the copy.
const minShared = 16 << 10

func (c *Composer) body(s *Scratch, unique string) body {
	b := body{attached: c.files.attached, calendar: c.files.calendar, cuts: s.cuts[:0], unique: unique}
	b.hasHTML = s.html.made || len(s.content.HTML) > 0
	b.hasPlain = s.text.made || len(s.content.Text) > 0 || !b.hasHTML
	if b.hasPlain {
		b.plain = newText(plainType, s.content.Text, &s.text)
	}
	if b.hasHTML {
		b.html = newText(htmlType, s.content.HTML, &s.html)
		b.inline = c.files.inline
	} else if len(c.files.inline) > 0 {
		b.attached = c.files.all
	}
	return b
}

// Boundaries come from the Message-ID, which holds a MAC: nobody who writes
// content can guess one and end a part early.
const (
	alternative     = "alternative-"
	mixed           = "mixed-"
	related         = "related-"
	typeAlternative = "multipart/alternative; boundary=" + alternative
	typeMixed       = "multipart/mixed; boundary=" + mixed
	// RFC 2387 section 3.1 wants the type of the part that is shown.
	typeRelated = "multipart/related; type=\"text/html\"; boundary=" + related
)

func (b *body) isMixed() bool       { return len(b.attached) > 0 }
func (b *body) isAlternative() bool { return b.hasPlain && b.hasHTML || b.calendar != nil }
func (b *body) isRelated() bool     { return len(b.inline) > 0 }

// only is the text that there is, the richer one of two.
func (b *body) only() *text {
	if b.hasHTML {
		return &b.html
	}
	return &b.plain
}

// fields are the type and the encoding of the message.
func (b *body) fields() (contentType, encoding string) {
	switch {
	case b.isMixed():
		return typeMixed + b.unique, ""
	case b.isAlternative():
		return typeAlternative + b.unique, ""
	case b.isRelated():
		return typeRelated + b.unique, ""
	}
	t := b.only()
	return t.fields[0], t.fields[1]
}

func (b *body) appendTo(dst []byte) []byte {
	if !b.isMixed() {
		return b.appendTexts(dst, false)
	}
	dst = b.appendTexts(b.begin(dst, mixed), true)
	for _, part := range b.attached {
		dst = b.appendPart(b.next(dst, mixed), part)
	}
	return b.end(dst, mixed)
}

// appendTexts writes what is to be read: the alternatives, or the only one.
// header says whether its Content- fields are wanted: those of the outermost
// part stand in the header of the message.
func (b *body) appendTexts(dst []byte, header bool) []byte {
	if !b.isAlternative() {
		return b.appendRichest(dst, header)
	}
	if header { // on one line it would be longer than 78
		dst = append(dst, "Content-Type: multipart/alternative;\r\n boundary="+alternative...)
		dst = append(append(dst, b.unique...), "\r\n\r\n"...)
	}
	dst = b.begin(dst, alternative)
	if b.hasPlain {
		dst = b.plain.appendEntity(dst)
	}
	if b.hasHTML {
		if b.hasPlain {
			dst = b.next(dst, alternative)
		}
		dst = b.appendRichest(dst, true)
	}
	if b.calendar != nil {
		dst = b.appendPart(b.next(dst, alternative), b.calendar)
	}
	return b.end(dst, alternative)
}

// appendRichest writes the HTML with its files, or else the only text.
func (b *body) appendRichest(dst []byte, header bool) []byte {
	if !b.isRelated() {
		if header {
			return b.only().appendEntity(dst)
		}
		return b.only().appendTo(dst)
	}
	if header {
		dst = append(dst, "Content-Type: multipart/related;\r\n type=\"text/html\";\r\n boundary="+related...)
		dst = append(append(dst, b.unique...), "\r\n\r\n"...)
	}
	dst = b.html.appendEntity(b.begin(dst, related))
	for _, part := range b.inline {
		dst = b.appendPart(b.next(dst, related), part)
	}
	return b.end(dst, related)
}

// appendPart writes a part that is the same in every message, or notes where
// it belongs.
func (b *body) appendPart(dst, part []byte) []byte {
	if len(part) < minShared {
		return append(dst, part...)
	}
	b.cuts = append(b.cuts, cut{len(dst), part})
	return dst
}

// pieces are what follows the data up to the first cut.
func pieces(dst [][]byte, data []byte, cuts []cut) [][]byte {
	for i, c := range cuts {
		end := len(data)
		if i+1 < len(cuts) {
			end = cuts[i+1].at
		}
		dst = append(dst, c.part, data[c.at:end])
	}
	return dst
}

func (b *body) begin(dst []byte, kind string) []byte { return b.boundary(dst, "--", kind, "\r\n") }
func (b *body) next(dst []byte, kind string) []byte  { return b.boundary(dst, "\r\n--", kind, "\r\n") }
func (b *body) end(dst []byte, kind string) []byte   { return b.boundary(dst, "\r\n--", kind, "--\r\n") }

func (b *body) boundary(dst []byte, before, kind, after string) []byte {
	dst = append(append(dst, before...), kind...)
	return append(append(dst, b.unique...), after...)
}
