package layout

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
	"time"
	"unicode"

	"crier.dev/crier/internal/invisible"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func hasBreak(s string) bool { return strings.ContainsAny(s, "\r\n\u0085\u2028\u2029") }

// misleading finds characters that make a text look like another: those that
// turn the direction of writing, and control characters. Marks of direction
// are left to authors, who need them for Arabic and Hebrew.
func misleading(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return invisible.Turns(r) || unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
	})
}

const misleadingMessage = "there is a control character, or one that changes the direction of writing; remove it"

// personalTypes may have personal fields.
func (t ParameterType) personal() bool { return t == String || t == Markdown || t == URL || t == "" }

// missing is the value of a parameter that nobody has given one.
func missing(p Parameter) *static {
	v := plainText("value "+p.Name, "")
	switch p.Type {
	case Integer:
		v.operand = numberNode(0)
	case Boolean:
		v.operand = boolNode(false)
	}
	return v
}

// sample stands for a value while a layout is checked.
func sample(p Parameter) *static {
	what := "value " + p.Name
	switch p.Type {
	case Markdown:
		return &static{what: what, html: literal("<p>x</p>"), text: literal("x\n"), truth: true}
	case URL:
		return plainText(what, "https://example.org/")
	case Color:
		return plainText(what, "#000000")
	case Integer:
		v := plainText(what, "1")
		v.operand = numberNode(1)
		return v
	case Boolean:
		v := plainText(what, "true")
		v.operand = boolNode(true)
		return v
	}
	return plainText(what, "x")
}

// value makes what a layout sees of a value that somebody wrote at a place.
func (a *assembly) value(at content.Place, p Parameter, raw string) *static {
	what := "value " + p.Name
	fail := func(line int, format string, args ...any) *static {
		message := fmt.Sprintf(format, args...)
		if d := strings.TrimSpace(p.Description); d != "" {
			message += fmt.Sprintf(" (%s: %s)", p.Name, words.Clip(strings.TrimSuffix(d, ".")))
		}
		a.add(content.Problem{Place: at.On(line), Message: message})
		return nil
	}
	switch {
	case len(raw) > MaxValue:
		return fail(0, "it has %d KiB, more than the %d KiB allowed", len(raw)>>10, MaxValue>>10)
	case misleading(raw):
		return fail(0, misleadingMessage)
	case p.Type.personal():
		return a.personalValue(at, what, p, raw, fail)
	}
	raw = strings.TrimSpace(raw)
	v := plainText(what, raw)
	switch p.Type {
	case Color:
		if !isColor(raw) {
			return fail(0, "%q isn't a color; write #rgb, #rrggbb, or a name that CSS knows, such as navy", words.Clip(raw))
		}
	case Integer:
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return fail(0, "%q isn't a whole number; write digits only, such as 12", words.Clip(raw))
		}
		v = plainText(what, strconv.FormatInt(n, 10))
		v.operand, v.truth = numberNode(n), n != 0
	case Boolean:
		if raw != "true" && raw != "false" {
			return fail(0, "%q is neither true nor false; write one of them", words.Clip(raw))
		}
		v.operand, v.truth = boolNode(raw == "true"), raw == "true"
	case Date:
		shown, ok := a.date(raw)
		if !ok {
			return fail(0, "%q isn't a date; write it as 2026-11-30, or with a time as 2026-11-30T17:00:00-05:00", words.Clip(raw))
		}
		v = plainText(what, shown)
		v.operand = stringNode(raw)
	default:
		return fail(0, "the type %q of this parameter is unknown", words.Clip(string(p.Type)))
	}
	return v
}

// personalValue is a text, an address or Markdown with personal fields.
func (a *assembly) personalValue(at content.Place, what string, p Parameter, raw string, fail func(int, string, ...any) *static) *static {
	if p.Type == Markdown {
		html, text := a.markdown(at, raw, fields{}, fields{}, true)
		return &static{what: what, html: isolated(html), text: isolated(text), truth: !blank(raw), breaks: true}
	}
	nodes, ok := a.piece(at, raw, fields{}, fields{}, form{})
	if !ok {
		return nil
	}
	if p.Type != URL {
		return mixed(what, nodes)
	}
	v, problem := address(what, nodes)
	if problem != "" {
		return fail(0, "%s", problem)
	}
	return v
}

// date prints a date in English as people write it, in another language as it
// was given.
func (a *assembly) date(raw string) (shown string, ok bool) {
	for layout, nice := range map[string]string{
		time.DateOnly: "Monday, 2 January 2006",
		time.RFC3339:  "Monday, 2 January 2006, 15:04 (UTC-07:00)",
	} {
		t, err := time.Parse(layout, raw)
		if err != nil {
			continue
		}
		if !strings.HasPrefix(strings.ToLower(a.language), "en") {
			return raw, true
		}
		return strings.Replace(t.Format(nice), "(UTC+00:00)", "UTC", 1), true
	}
	return "", false
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// address is a URL. The literal parts of a personal one stand in HTML as text,
// not as constants, so that html/template sees which part of the URL a field is
// in: it escapes one in the query other than one in the path.
func address(what string, nodes []parse.Node) (*static, string) {
	if !personal(nodes) {
		s := strings.TrimSpace(plain(nodes))
		if problem := checkURL(s); problem != "" {
			return nil, problem
		}
		v := plainText(what, s)
		if u, err := url.Parse(s); err == nil && !slices.Contains([]string{"", "https", "http", "mailto"}, strings.ToLower(u.Scheme)) {
			v.html = markup(literal(safeURL(s))) // html/template doesn't know them
		}
		return v, ""
	}
	problem := ""
	safe := mapped(nodes, func(n parse.Node) []parse.Node {
		var s string
		switch n := n.(type) {
		case *parse.TextNode:
			s = string(n.Text)
		case *parse.ActionNode:
			if !content.Constant(n.Pipe) {
				return []parse.Node{n}
			}
			s = plain([]parse.Node{n})
		default:
			return []parse.Node{n}
		}
		if strings.ContainsAny(s, " \t\r\n<>\"\\^`{|}") && !blank(s) {
			problem = "a URL has no spaces, quotation marks, brackets or line breaks; write them with %, such as %20"
		}
		return literal(safeURL(strings.TrimSpace(s)))
	})
	if len(safe) > 0 && problem == "" {
		if t, ok := safe[0].(*parse.TextNode); ok {
			problem = checkURL(string(t.Text) + "x")
		}
	}
	return &static{what: what, html: isolated(markup(safe)), text: isolated(safe), truth: true}, problem
}

func checkURL(s string) string {
	u, err := url.Parse(s)
	known := err == nil && content.SafeScheme(u.Scheme)
	switch {
	case s == "":
		return ""
	case !scheme.MatchString(s):
		return fmt.Sprintf("%q isn't a complete URL; begin it with https://", words.Clip(s))
	case !known && err == nil:
		return fmt.Sprintf("%q can't be used: a URL begins with https://, http://, mailto:, tel:, sms: or the like, or with cid: for an image of the message", words.Clip(s))
	case err != nil || strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, "<>\"\\`"),
		strings.HasPrefix(strings.ToLower(u.Scheme), "http") && u.Host == "", u.Opaque == "" && u.Host == "":
		return fmt.Sprintf("%q isn't a valid URL; check it for spaces and for what is missing after the colon", words.Clip(s))
	}
	return ""
}

// safeURL encodes what could end an attribute or a url() of CSS.
func safeURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || strings.IndexByte("'()", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
