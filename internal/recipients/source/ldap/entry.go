package ldap

import (
	"maps"
	"slices"
	"strings"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/recipients/source"
)

// field is what becomes of an LDAP attribute.
type field struct {
	name, attribute string
	list            bool // all values, not the first
	seen            bool
}

// fields make subscribers of entries.
type fields struct {
	all []field
	// strangers are names of attributes that came and weren't asked for, of
	// which a few are remembered: directories know an attribute by several
	// names, and answer with the one that they like.
	strangers map[string]struct{}
	entries   bool
}

const maxStrangers = 8

// isField says whether a name of the mapping is that of a field of every
// subscriber rather than of an attribute.
func isField(name string) bool { return name == "email" || name == "name" }

func newFields(mapping map[string]string, lists map[string]bool) *fields {
	f := &fields{strangers: map[string]struct{}{}}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		f.all = append(f.all, field{name: name, attribute: mapping[name], list: lists[name] && !isField(name)})
	}
	return f
}

// attributes are those to ask for, each once.
func (f *fields) attributes() []string {
	var out []string
	for _, a := range f.all {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, a.attribute) }) {
			out = append(out, a.attribute)
		}
	}
	return out
}

// subscriber takes the first value of each attribute, or all for a list, and of
// several addresses the primary one: the others are also his. An entry without
// an address becomes a subscriber without one: whoever counts what can't be
// used has to see it.
func (f *fields) subscriber(e *entry) (s subscriber, also []string) {
	f.entries = true
	for _, a := range e.Attributes {
		if len(a.Values) == 0 {
			continue
		}
		known := false
		for i := range f.all {
			to := &f.all[i]
			if !strings.EqualFold(to.attribute, a.Name) {
				continue
			}
			known, to.seen = true, true
			if to.name == "email" {
				s.Email, also = address.Choose(a.Values)
				continue
			}
			to.put(&s, a.Values)
		}
		if !known && len(f.strangers) < maxStrangers {
			f.strangers[a.Name] = struct{}{}
		}
	}
	return s, also
}

func (to *field) put(s *subscriber, values []string) {
	switch {
	case to.name == "name":
		s.Name = values[0]
		return
	case s.Attributes == nil:
		s.Attributes = map[string]string{}
	}
	s.Attributes[to.name] = values[0]
	if to.list {
		s.Attributes[to.name] = joined(values)
	}
}

// joined has a value's own semicolons as commas: they separate values.
func joined(values []string) string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		if v = strings.TrimSpace(strings.ReplaceAll(v, ";", ",")); v != "" {
			out = append(out, v)
		}
	}
	return strings.Join(out, "; ")
}

// check is for when everything was read: an attribute that nobody has while
// others came that nobody asked for has another name there.
func (f *fields) check() error {
	var others []string
	for s := range f.strangers {
		// cn;lang-de belongs to cn, and uid may be asked for by membership.
		if base, _, option := strings.Cut(s, ";"); !option && !strings.EqualFold(base, "uid") && printable(s) {
			others = append(others, s)
		}
	}
	if !f.entries || len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	for _, to := range f.all {
		if !to.seen {
			return source.Say(source.Invalid,
				"No entry has the attribute %s for %s, but the directory returned %s; write it as the directory does.",
				to.attribute, to.name, strings.Join(others, ", "))
		}
	}
	return nil
}

// printable says whether a name that a server gave looks like one.
func printable(s string) bool {
	return len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
