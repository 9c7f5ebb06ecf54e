package message

import (
	"fmt"
	"slices"
	"strings"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/unsubscribe"
)

// oneClickPost is the value of List-Unsubscribe-Post (RFC 8058 section 3.1).
const oneClickPost = "List-Unsubscribe=One-Click"

// waysToLeave are the targets of f.ListUnsubscribe.
func waysToLeave(f Frozen) ([]unsubscribe.Way, error) {
	var ways []unsubscribe.Way
	for _, target := range f.ListUnsubscribe {
		read := unsubscribe.Literal
		if f.Leave {
			read = unsubscribe.Parse
		}
		w, err := read(target)
		if err != nil {
			return nil, fmt.Errorf("List-Unsubscribe: %w", err)
		}
		ways = append(ways, w)
	}
	return ways, nil
}

func personal(ways []unsubscribe.Way) bool {
	return slices.ContainsFunc(ways, unsubscribe.Way.Personal)
}

// unsubscribeFields is the value of List-Unsubscribe, and whether one of the
// targets may be offered for one click. targets are those of ways; "" for one
// that this recipient doesn't have.
func unsubscribeFields(f Frozen, ways []unsubscribe.Way, targets []string) (field string, oneClick bool) {
	for i, target := range targets {
		if target == "" {
			continue
		}
		if field != "" {
			field += ", "
		}
		field += "<" + target + ">"
		oneClick = oneClick || ways[i].HTTPS() && (!f.Leave || ways[i].Personal())
	}
	return field, oneClick
}

// leaving is how one recipient leaves the list.
type leaving struct {
	url      string // the first way; "" if there is none
	field    string // of List-Unsubscribe; "" if it is the same for everybody
	oneClick bool
}

// leaving fills the fields in the ways of a list. Who lacks a value for one has
// the others; who has none can't be written to.
func (v *variant) leaving(email string, attributes map[string]string) (leaving, error) {
	if !v.ownWays {
		return v.leave, nil
	}
	targets := make([]string, len(v.ways))
	var first error
	var l leaving
	for i, w := range v.ways {
		target, err := w.For(email, attributes)
		if err != nil && first == nil {
			first = err
		}
		targets[i] = target
		if l.url == "" {
			l.url = target
		}
	}
	if l.url == "" {
		return l, &content.Refused{Part: "unsubscribe", Reason: first.Error()}
	}
	l.field, l.oneClick = unsubscribeFields(Frozen{Leave: true}, v.ways, targets)
	return l, nil
}

// shownWay is a way to leave as people write it.
func shownWay(target string) string { return strings.TrimPrefix(target, "mailto:") }
