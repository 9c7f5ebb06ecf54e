package message

// foldWidth is where go-mail begins to fold, in octets of a line. What isn't
// written by go-mail is folded the same way.
const foldWidth = 76

// appendField writes a header field and folds it between words, as go-mail
// does: value has no blanks at its ends, and no line break.
func appendField(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ": "...)
	room := foldWidth - len(name) - 4
	for {
		n := 0
		for n < len(value) && value[n] != ' ' {
			n++
		}
		if room-n <= 1 {
			if dst[len(dst)-1] == ' ' {
				dst = dst[:len(dst)-1]
			}
			dst = append(dst, "\r\n "...)
			room = foldWidth - 3
		}
		if n == len(value) {
			dst = append(dst, value...)
			return append(dst, "\r\n"...)
		}
		dst = append(dst, value[:n+1]...)
		room -= n + 1
		value = value[n+1:]
	}
}
