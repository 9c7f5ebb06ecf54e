package filter

import (
	"slices"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"golang.org/x/text/unicode/norm"

	"crier.dev/crier/internal/recipients/roster"
)

// Verdict is what a Filter says about one person.
type Verdict int

// The verdicts. Undecided is for people of whom the expression can't be
// computed, mostly because a number or date is missing; they are not selected.
const (
	NotSelected Verdict = iota
	Selected
	Undecided
)

// String is the name of the verdict.
func (v Verdict) String() string {
	switch v {
	case NotSelected:
		return "NotSelected"
	case Selected:
		return "Selected"
	}
	return "Undecided"
}

// Filter is a compiled expression. It is safe for concurrent use.
type Filter struct {
	// plain counts no cost: the estimate has shown that MaxCost can't be
	// reached by values of at most maxText octets. Counting takes 20 times as
	// long as deciding.
	plain cel.Program
	// counted decides about a person with a larger value.
	counted cel.Program
	uses    []string
	people  sync.Pool
}

// Uses are the sorted names of the attributes that the expression reads.
func (f *Filter) Uses() []string { return slices.Clone(f.uses) }

// Select decides about one person. Its work is bounded whatever the values of
// the person are.
func (f *Filter) Select(s roster.Subscriber) Verdict {
	p, _ := f.people.Get().(*person)
	if p == nil {
		p = &person{}
	}
	*p = person{email: norm.NFC.String(s.Email), name: s.Name, attributes: s.Attributes} // a local part is kept as it was written
	v := decide(f.plain, p)
	if p.large {
		p.counted = true
		v = decide(f.counted, p)
	}
	*p = person{} // the pool keeps nobody in memory
	f.people.Put(p)
	return v
}

func decide(program cel.Program, p *person) Verdict {
	result, _, err := program.Eval(p)
	if err != nil {
		return Undecided
	}
	switch result {
	case types.True:
		return Selected
	case types.False:
		return NotSelected
	}
	return Undecided
}
