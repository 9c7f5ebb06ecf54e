package sql

import "strings"

// elementsOf takes an array apart as PostgreSQL prints it (section 8.15.6 of
// its manual). Arrays of arrays are flattened, and NULL and empty elements left
// out. ok is false for what isn't an array.
func elementsOf(text string) (elements []string, ok bool) {
	if strings.HasPrefix(text, "[") { // bounds that don't begin at 1: [0:1]={a,b}
		_, after, found := strings.Cut(text, "=")
		if !found {
			return nil, false
		}
		text = after
	}
	p := arrayParser{rest: text}
	if !p.array(0) || p.rest != "" {
		return nil, false
	}
	return p.elements, true
}

// maxDimensions is MAXDIM of PostgreSQL.
const maxDimensions = 6

type arrayParser struct {
	rest     string
	elements []string
}

func (p *arrayParser) skip(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *arrayParser) array(depth int) bool {
	if depth == maxDimensions || !p.skip('{') {
		return false
	}
	if p.skip('}') {
		return true
	}
	for {
		if !p.element(depth) {
			return false
		}
		if p.skip('}') {
			return true
		}
		if !p.skip(',') {
			return false
		}
	}
}

func (p *arrayParser) element(depth int) bool {
	switch {
	case p.rest == "":
		return false
	case p.rest[0] == '{':
		return p.array(depth + 1)
	case p.rest[0] == '"':
		return p.quoted()
	}
	end := strings.IndexAny(p.rest, `,{}"\`)
	if end < 1 || p.rest[end] != ',' && p.rest[end] != '}' {
		return false
	}
	if value := p.rest[:end]; !strings.EqualFold(value, "NULL") {
		p.elements = append(p.elements, value)
	}
	p.rest = p.rest[end:]
	return true
}

// quoted takes an element in quotation marks, in which a backslash stands
// before those and itself.
func (p *arrayParser) quoted() bool {
	var value strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"':
			if strings.TrimSpace(value.String()) != "" {
				p.elements = append(p.elements, value.String())
			}
			p.rest = p.rest[i+1:]
			return true
		case '\\':
			if i++; i == len(p.rest) {
				return false
			}
		}
		value.WriteByte(p.rest[i])
	}
	return false
}
