package content

import "strings"

const lowerHex = "0123456789abcdef"

// escapeURL is what html/template makes of a value in an address, so that the
// text part has the same address. In the query, all but what RFC 3986 section
// 2.3 leaves unreserved is encoded; a blank is %20, since + is a plus in
// mailto: (RFC 6068 section 5).
func escapeURL(s string, inQuery bool) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0,
			!inQuery && strings.IndexByte("!#$&*+,/:;=?@[]", c) >= 0,
			!inQuery && c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(lowerHex[c>>4])
			b.WriteByte(lowerHex[c&15])
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
