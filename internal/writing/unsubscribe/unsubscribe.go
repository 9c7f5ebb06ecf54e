// Package unsubscribe knows the ways to leave a list: an https: address, which
// may have fields of the recipient in it, or a mailto: address.
package unsubscribe

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/writing/content"
)

// MaxLength is how long a way to leave may be once its fields are filled, in
// octets: with the name of the header it fits into a line of 998 (RFC 5322
// section 2.1.1).
const MaxLength = 900

// at is the place of an address to leave at in a content.Problem.
var at = content.Place{Piece: content.PieceList, Field: content.FieldUnsubscribe}

// Way is one way to leave a list.
type Way struct {
	pieces []piece
	https  bool
}

// piece is text, or a field.
type piece struct {
	text      string
	email     bool
	attribute string
}

// Errors of Parse and For.
var (
	errNotURL   = errors.New("it is not a URL that begins with https://")
	errMailto   = errors.New("only https: and mailto: addresses can be used")
	errEncode   = errors.New("it has a character that must be percent-encoded")
	errHost     = errors.New("scheme and host have to be the same for everybody: a field stands after the host, as in https://example.gov/leave?u={{ .Email }}")
	errFragment = errors.New("what follows the # never reaches the server: a field has to stand before it")
	errField    = errors.New("only {{ .Email }} and {{ .Attributes.<name> }} can stand in it; they are percent-encoded by themselves")
	errBraces   = errors.New("it has braces that aren't a field: write {{ .Email }} or {{ .Attributes.<name> }}")

	// ErrMissing says that a recipient lacks what a field needs.
	ErrMissing = errors.New("the recipient has no value for a field of the address to unsubscribe at")
	// ErrTooLong says that a recipient's values make it too long.
	ErrTooLong = errors.New("the recipient's values make the address to unsubscribe at too long")
)

// Literal is a way that is the same for everybody, whatever is in it.
func Literal(target string) (Way, error) {
	w := Way{pieces: []piece{{text: target}}}
	https, err := check(target)
	w.https = https
	return w, err
}

// host is what an address begins with in which a field may stand.
var host = regexp.MustCompile(`^https://[^/?#{}]+[/?#]`)

// Parse reads a way in which fields may stand.
func Parse(target string) (Way, error) {
	nodes, err := parsed(target)
	if err != nil {
		return Way{}, err
	}
	w := Way{}
	sample := ""
	for _, n := range nodes {
		p := piece{}
		switch n := n.(type) {
		case *parse.TextNode:
			p.text = string(n.Text)
			sample += p.text
			if strings.ContainsAny(p.text, "{}") {
				return Way{}, errBraces
			}
		case *parse.ActionNode:
			if p, err = field(n.Pipe); err != nil {
				return Way{}, err
			}
			switch {
			case strings.HasPrefix(sample, "http://"):
				return Way{}, errMailto
			case !host.MatchString(sample):
				return Way{}, errHost
			case strings.Contains(sample, "#"):
				return Way{}, errFragment
			}
			sample += "x"
		default:
			return Way{}, errField
		}
		w.pieces = append(w.pieces, p)
	}
	w.https, err = check(sample)
	return w, err
}

func parsed(target string) ([]parse.Node, error) {
	tree, named, problems := content.ParseSet(at, target)
	if len(problems) > 0 || len(named) > 0 || tree.Root == nil {
		return nil, errField
	}
	return tree.Root.Nodes, nil
}

// field is what an action prints; urlquery may be written, and changes
// nothing.
func field(p *parse.PipeNode) (piece, error) {
	if len(p.Decl) > 0 || len(p.Cmds) > 2 || len(p.Cmds) == 2 && !isQuery(p.Cmds[1].Args, 1) {
		return piece{}, errField
	}
	args := p.Cmds[0].Args
	if isQuery(args, 2) {
		args = args[1:]
	}
	if len(args) == 3 && args[0].String() == "index" && args[1].String() == ".Attributes" {
		if name, ok := args[2].(*parse.StringNode); ok {
			return piece{attribute: name.Text}, nil
		}
	}
	if f, ok := args[0].(*parse.FieldNode); ok && len(args) == 1 {
		switch {
		case len(f.Ident) == 1 && f.Ident[0] == "Email":
			return piece{email: true}, nil
		case len(f.Ident) == 2 && f.Ident[0] == "Attributes":
			return piece{attribute: f.Ident[1]}, nil
		}
	}
	return piece{}, errField
}

func isQuery(args []parse.Node, n int) bool { return len(args) == n && args[0].String() == "urlquery" }

// check looks at the characters and the scheme.
func check(target string) (https bool, err error) {
	u, err := url.Parse(target)
	switch {
	case err != nil, len(target) > MaxLength:
		return false, errNotURL
	case strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>,"`, r) }):
		return false, errEncode
	case u.Scheme == "https" && u.Host != "":
		return true, nil
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return false, nil
	}
	return false, errMailto
}

// Problems says what is wrong with a way; attributes are the names that
// subscribers have, nil if they aren't known.
func Problems(target string, attributes []string) content.Problems {
	nodes, err := parsed(target)
	if err == nil {
		_, err = Parse(target)
	}
	if err != nil {
		return content.Problems{{Place: at, Message: err.Error()}}
	}
	problems := content.CheckNodes(at, target, nodes, attributes)
	for i := range problems {
		problems[i].Line = 0 // there is one
	}
	return problems
}

// Personal says whether it has fields: only then a request that a mail program
// sends by itself (RFC 8058) says whom it is about.
func (w Way) Personal() bool {
	for _, p := range w.pieces {
		if p.text == "" {
			return true
		}
	}
	return false
}

// HTTPS says whether it is an https: address.
func (w Way) HTTPS() bool { return w.https }

// For is the way of one recipient. The error is ErrMissing or ErrTooLong.
func (w Way) For(email string, attributes map[string]string) (string, error) {
	if len(w.pieces) == 1 && w.pieces[0].text != "" {
		return w.pieces[0].text, nil
	}
	var b strings.Builder
	for _, p := range w.pieces {
		if p.text != "" {
			b.WriteString(p.text)
			continue
		}
		value := email
		if !p.email {
			value = attributes[p.attribute]
		}
		if value = strings.TrimSpace(value); value == "" {
			return "", ErrMissing
		}
		b.WriteString(encode(value))
	}
	if b.Len() > MaxLength {
		return "", ErrTooLong
	}
	return b.String(), nil
}

// encode is for the path and for the query alike.
func encode(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }
