package plaintext

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// unshown elements have nothing for a reader.
var unshown = map[string]bool{
	"script": true, "style": true, "title": true, "template": true, "svg": true, "math": true, "noscript": true,
	"object": true, "iframe": true, "textarea": true, "select": true,
}

// void elements have no end tag.
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}

// apartBy is how many line breaks stand around a block: 2 leave an empty line.
var apartBy = map[string]int{
	"p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "h5": 2, "h6": 2, "blockquote": 2, "pre": 2, "ul": 2, "ol": 2, "dl": 2, "table": 2,
	"section": 2, "article": 2, "header": 2, "footer": 2, "main": 2, "figure": 2, "address": 2, "nav": 2, "aside": 2, "center": 2,
	"div": 1, "li": 1, "dt": 1, "dd": 1, "tr": 1, "caption": 1, "figcaption": 1, "body": 2, "details": 1, "summary": 1,
}

// closes says which open elements a start tag ends, when authors leave out end
// tags; the search stops at the second list.
var closes = map[string][2]string{
	"li": {"li", "ul ol"}, "dt": {"dt dd", "dl"}, "dd": {"dt dd", "dl"},
	"tr": {"tr", "table"}, "td": {"td th", "tr table"}, "th": {"td th", "tr table"},
}

const rule = "----------------------------------------"

func (r *reader) start(t html.Token) {
	name := t.Data
	switch name {
	case "br":
		if r.hidden == 0 {
			r.inline.WriteByte('\n')
		}
	case "hr":
		if r.hidden == 0 {
			r.apart(2)
			r.inline.WriteString(rule)
			r.apart(2)
		}
	case "img":
		if r.hidden == 0 && !isHidden(t) {
			r.text(attribute(t, "alt"))
		}
	}
	if void[name] {
		return
	}
	if c, ok := closes[name]; ok {
		r.closeOpen(c[0], c[1])
	}
	if apartBy[name] >= 2 {
		r.closeOpen("p", "td th li blockquote div table")
	}
	if r.hidden == 0 {
		r.apartFor(name)
	}
	if len(r.open) >= maxOpen {
		return
	}
	e := element{name: name, hidden: unshown[name] || isHidden(t)}
	if r.hidden == 0 && !e.hidden {
		r.dress(&e, t)
	}
	if e.hidden {
		r.hidden++
	}
	r.open = append(r.open, e)
}

// dress gives an element its effect on the text in it.
func (r *reader) dress(e *element, t html.Token) {
	switch e.name {
	case "blockquote":
		e.first, e.rest = "> ", "> "
	case "pre":
		e.pre = true
	case "ol":
		e.ordered = 1
		if n, err := strconv.Atoi(attribute(t, "start")); err == nil && n > 0 && n < 1e6 {
			e.ordered = n
		}
	case "li":
		e.first = "- "
		if list := r.innermost("ul ol"); list != nil && list.ordered > 0 {
			e.first = strconv.Itoa(list.ordered) + ". "
			list.ordered++
		}
		e.rest = strings.Repeat(" ", len(e.first))
	case "dd":
		e.first, e.rest = "  ", "  "
	case "table":
		role := strings.ToLower(strings.TrimSpace(attribute(t, "role")))
		e.data = role != "presentation" && role != "none"
	case "td", "th":
		r.cell()
	case "a":
		e.link = strings.TrimSpace(attribute(t, "href"))
		e.from = r.inline.Len()
	}
}

// cell stands beside the one before in a table of data, below it in a layout.
func (r *reader) cell() {
	table := r.innermost("table")
	if table == nil || !table.data {
		r.apart(1)
		return
	}
	row := r.innermost("tr table")
	row.cells++
	if row.cells > 1 && strings.TrimSpace(r.inline.String()) != "" {
		r.divide()
	}
}

func (r *reader) apartFor(name string) {
	n, ok := apartBy[name]
	if !ok {
		return
	}
	if r.inCellOfData() {
		r.inline.WriteByte(' ')
		return
	}
	// A list within an item, and what an item begins with, stand closer.
	if item := r.innermost("li td th table"); item != nil && item.name == "li" &&
		(name == "ul" || name == "ol" || item.first != item.rest && strings.TrimSpace(r.inline.String()) == "") {
		n = 1
	}
	r.apart(n)
}

func (r *reader) inCellOfData() bool {
	e := r.innermost("td th table")
	table := r.innermost("table")
	return e != nil && e.name != "table" && table != nil && table.data
}

func (r *reader) end(name string) {
	if name == "p" && r.hidden == 0 {
		defer r.apartFor("p")
	}
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].name == name {
			r.closeTo(i)
			return
		}
	}
}

// closeOpen ends the innermost of the named elements that is open, unless one
// of stops is further in.
func (r *reader) closeOpen(names, stops string) {
	for i := len(r.open) - 1; i >= 0; i-- {
		switch {
		case among(r.open[i].name, names):
			r.closeTo(i)
			return
		case among(r.open[i].name, stops):
			return
		}
	}
}

// closeTo ends all from the i-th.
func (r *reader) closeTo(i int) {
	for len(r.open) > i {
		e := &r.open[len(r.open)-1]
		if e.hidden {
			r.hidden--
		}
		if e.link != "" && r.hidden == 0 {
			r.link(e)
		}
		block := r.hidden == 0 && !e.hidden && apartBy[e.name] > 0
		name := e.name
		if block && !r.inCellOfData() {
			r.flush() // while its prefix is known
		}
		r.open = r.open[:len(r.open)-1]
		if block {
			r.apartFor(name)
		}
	}
}

// link adds where a link leads, unless its text says so.
func (r *reader) link(e *element) {
	whole := r.inline.String()
	text := whole[min(e.from, len(whole)):]
	url := e.link
	if strings.HasPrefix(url, "#") || strings.ContainsAny(url, "<>") && r.marks == nil {
		return
	}
	url = strings.Join(strings.Fields(url), "%20")
	if bare(text) == bare(url) {
		return
	}
	if trimmed := strings.TrimRight(text, " "); trimmed != text {
		r.inline.Reset()
		r.inline.WriteString(whole[:len(whole)-len(text)+len(trimmed)])
	}
	if strings.TrimSpace(text) != "" {
		r.inline.WriteByte(' ')
	}
	r.inline.WriteString("<" + r.marks.inURL(url) + ">")
}

// bare is an address without what people leave out.
func bare(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, scheme := range []string{"mailto:", "tel:", "https://", "http://"} {
		s = strings.TrimPrefix(s, scheme)
	}
	return strings.TrimSuffix(s, "/")
}

func (r *reader) innermost(names string) *element {
	for i := len(r.open) - 1; i >= 0; i-- {
		if among(r.open[i].name, names) {
			return &r.open[i]
		}
	}
	return nil
}

func among(name, names string) bool {
	for n := range strings.FieldsSeq(names) {
		if n == name {
			return true
		}
	}
	return false
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
