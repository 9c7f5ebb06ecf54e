package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRecord bounds one encoded subscriber in octets.
const maxRecord = 1 << 20

// appendLine adds s to buf as encoding/json writes it, without escapes for
// HTML, and a line feed. It is written by hand because it runs millions of
// times in a row.
func appendLine(buf []byte, s Subscriber) ([]byte, error) {
	start := len(buf)
	buf = appendString(append(buf, `{"email":`...), s.Email)
	if s.Name != "" {
		buf = appendString(append(buf, `,"name":`...), s.Name)
	}
	if len(s.Attributes) > 0 {
		buf = append(buf, `,"attributes":{`...)
		for i, name := range slices.Sorted(maps.Keys(s.Attributes)) {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = appendString(buf, name)
			buf = appendString(append(buf, ':'), s.Attributes[name])
		}
		buf = append(buf, '}')
	}
	if s.List != 0 {
		buf = strconv.AppendInt(append(buf, `,"list":`...), int64(s.List), 10)
	}
	buf = append(buf, '}', '\n')
	if len(buf)-start > maxRecord {
		return nil, fmt.Errorf("a subscriber takes more than %d octets", maxRecord)
	}
	return buf, nil
}

func appendString(buf []byte, s string) []byte {
	if !plainJSON(s) {
		return appendEscaped(buf, s)
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}

// plainJSON says whether s stands in JSON as it is.
func plainJSON(s string) bool {
	wide := false
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\':
			return false
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	return !wide || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}

func appendEscaped(buf []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(buf, bytes.TrimSuffix(b.Bytes(), []byte{'\n'})...)
}

// parseLine reads what appendLine wrote. What isn't exactly of that form is
// left to encoding/json. The error never quotes the line.
func parseLine(line []byte) (Subscriber, error) {
	text := string(line)
	if s, ok := parsePlain(text); ok && utf8.ValidString(text) {
		return s, nil
	}
	var s Subscriber
	if json.Unmarshal(line, &s) != nil {
		return Subscriber{}, errLine
	}
	return s, nil
}

// parsePlain reads a line without escapes.
func parsePlain(text string) (s Subscriber, ok bool) {
	if strings.IndexByte(text, '\\') >= 0 {
		return s, false
	}
	p := lineParser{rest: strings.TrimSuffix(text, "\n")}
	if !p.skip(`{"email":`) {
		return s, false
	}
	s.Email = p.text()
	if p.skip(`,"name":`) {
		s.Name = p.text()
	}
	if p.skip(`,"attributes":{`) {
		s.Attributes = map[string]string{}
		for {
			name := p.text()
			if !p.skip(":") {
				return s, false
			}
			s.Attributes[name] = p.text()
			if !p.skip(",") {
				break
			}
		}
		if !p.skip("}") {
			return s, false
		}
	}
	if p.skip(`,"list":`) {
		s.List = p.number()
	}
	return s, p.skip("}") && p.rest == "" && !p.bad
}

// lineParser takes tokens off the beginning of a line.
type lineParser struct {
	rest string
	bad  bool
}

func (p *lineParser) skip(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return ok
}

// number takes 1 to 999999999.
func (p *lineParser) number() (n int) {
	end := 0
	for end < len(p.rest) && end < 9 && p.rest[end] >= '0' && p.rest[end] <= '9' {
		n = n*10 + int(p.rest[end]-'0')
		end++
	}
	if end == 0 || p.rest[0] == '0' {
		p.bad = true // not what appendLine writes
	}
	p.rest = p.rest[end:]
	return n
}

// text takes a quoted string that has no escapes.
func (p *lineParser) text() string {
	if !p.skip(`"`) {
		p.bad = true
		return ""
	}
	end := strings.IndexByte(p.rest, '"')
	if end < 0 {
		p.bad = true
		return ""
	}
	out := p.rest[:end]
	p.rest = p.rest[end+1:]
	for i := range len(out) {
		if out[i] < ' ' {
			p.bad = true // not JSON
		}
	}
	return out
}
