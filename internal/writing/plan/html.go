package plan

// escapers are those of html/template that do in HTML what appendHTML does.
var escapers = map[string]bool{
	"_html_template_htmlescaper":   true,
	"_html_template_rcdataescaper": true,
	"_html_template_attrescaper":   true,
}

// appendHTML escapes as html/template does between tags and in quoted
// attributes.
func appendHTML(dst []byte, v string) []byte {
	from := 0
	for i := range len(v) {
		var by string
		switch v[i] {
		case '"':
			by = "&#34;"
		case '&':
			by = "&amp;"
		case '\'':
			by = "&#39;"
		case '+':
			by = "&#43;"
		case '<':
			by = "&lt;"
		case '>':
			by = "&gt;"
		default:
			continue
		}
		dst = append(append(dst, v[from:i]...), by...)
		from = i + 1
	}
	return append(dst, v[from:]...)
}
