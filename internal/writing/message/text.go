package message

// textType are the Content- fields of one text: as it is, and encoded.
type textType struct{ plain, quoted [2]string }

var (
	plainType = textTypes("plain")
	htmlType  = textTypes("html")
)

// textTypes are the type and the encoding of a text that needs none, and of
// one that does.
func textTypes(subtype string) textType {
	return textType{
		plain:  [2]string{"text/" + subtype + "; charset=us-ascii", "7bit"},
		quoted: [2]string{"text/" + subtype + "; charset=utf-8", "quoted-printable"},
	}
}

// text is one text body and how it is going to be written.
type text struct {
	data    []byte
	planned *planned // in place of data, unless it is nil
	quoted  bool
	fields  [2]string // type and encoding
}

// newText is what by made, or else data.
func newText(t textType, data []byte, by *planned) text {
	if !by.made {
		by = nil
	}
	if by != nil && by.plain() || by == nil && plainLines(data) {
		return text{data, by, false, t.plain}
	}
	return text{data, by, true, t.quoted}
}

func (t *text) appendTo(dst []byte) []byte {
	switch {
	case t.planned != nil && t.quoted:
		return t.planned.appendQuoted(dst)
	case t.planned != nil:
		return t.planned.appendLines(dst)
	case t.quoted:
		return appendQuoted(dst, t.data)
	}
	return appendLines(dst, t.data)
}

// appendEntity writes it as a part of a multipart.
func (t *text) appendEntity(dst []byte) []byte {
	dst = append(append(dst, "Content-Transfer-Encoding: "...), t.fields[1]...)
	dst = append(append(dst, "\r\nContent-Type: "...), t.fields[0]...)
	return t.appendTo(append(dst, "\r\n\r\n"...))
}
