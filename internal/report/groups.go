package report

import (
	"cmp"
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/smtp/outcome"
)

const (
	// maxGroups bounds what is kept; the causes that exist make fewer.
	maxGroups = 128
	// maxShown is the most reasons that a report lists for one state.
	maxShown = 10
	// maxReplies is the most different replies compared within a group.
	maxReplies = 16
	// maxExample is the most octets shown of a server's words in a group.
	maxExample = 200
)

// group is the recipients who are in one state for one reason.
type group struct {
	state      crier.DeliveryState
	cause      outcome.Cause
	other      bool // several reasons, summed up
	recipients int64
	replies    []reply
}

// reply is what a server said to some of a group.
type reply struct {
	outcome.Reply
	times int64
}

// grouping sorts recipients by reason, in bounded memory.
type grouping struct {
	groups []*group
	counts map[crier.DeliveryState]int64
}

// add takes in a row as it is shown masked.
func (g *grouping) add(r Row) {
	if g.counts == nil {
		g.counts = map[crier.DeliveryState]int64{}
	}
	g.counts[r.State]++
	g.of(r.State, r.Cause).add(r)
}

// of finds the group, or makes it while there is room for another.
func (g *grouping) of(state crier.DeliveryState, cause outcome.Cause) *group {
	var rest *group
	for _, have := range g.groups {
		if have.state != state {
			continue
		}
		if have.other {
			rest = have
		} else if have.cause == cause {
			return have
		}
	}
	if len(g.groups) < maxGroups {
		made := &group{state: state, cause: cause}
		g.groups = append(g.groups, made)
		return made
	}
	if rest == nil {
		// States are few, so these extra groups are too.
		rest = &group{state: state, other: true}
		g.groups = append(g.groups, rest)
	}
	return rest
}

func (p *group) add(r Row) {
	p.recipients++
	if r.Code == 0 && r.Text == "" {
		return
	}
	said := outcome.Reply{Code: r.Code, Enhanced: redact.Clean(r.Enhanced, 16), Text: redact.Clean(r.Text, maxExample)}
	for i := range p.replies {
		have := &p.replies[i]
		if have.Reply == said {
			have.times++
			return
		}
	}
	if len(p.replies) < maxReplies {
		p.replies = append(p.replies, reply{said, 1})
	}
}

// example is the reply heard most often, the first of equals.
func (p *group) example() (reply, bool) {
	if p.other || len(p.replies) == 0 {
		return reply{}, false
	}
	return slices.MaxFunc(p.replies, func(a, b reply) int { return cmp.Compare(a.times, b.times) }), true
}

// listed returns the groups of a state, the largest first, and sums up the
// reasons beyond maxShown as the last one.
func (g *grouping) listed(state crier.DeliveryState) []*group {
	var shown []*group
	for _, have := range g.groups {
		if have.state == state {
			shown = append(shown, have)
		}
	}
	slices.SortStableFunc(shown, func(a, b *group) int {
		if a.other != b.other {
			if a.other {
				return 1
			}
			return -1
		}
		if c := cmp.Compare(b.recipients, a.recipients); c != 0 {
			return c
		}
		return cmp.Compare(a.cause, b.cause)
	})
	if len(shown) <= maxShown {
		return shown
	}
	rest := &group{state: state, other: true}
	for _, more := range shown[maxShown-1:] {
		rest.recipients += more.recipients
	}
	return append(shown[:maxShown-1:maxShown-1], rest)
}

// plain is the reason in a sentence.
func (p *group) plain() string {
	switch {
	case p.other:
		return "Other reasons."
	case p.cause == "":
		return neverTried(p.state)
	}
	return p.cause.Plain()
}

// advice is what to do about it.
func (p *group) advice() string {
	switch {
	case p.other:
		return "The rows of the CSV name them."
	case p.cause == "":
		return ""
	}
	return p.cause.Advice()
}

// nowTried is what a cause says of a recipient who is still deferred.
const nowTried = "Nothing to do: Crier tries it again by itself."

// advice for a group as things stand: once sending is over, nothing is tried
// again by itself, and the section says what a resend would do.
func (f Facts) advice(p *group) string {
	advice := p.advice()
	if p.state == crier.DeliveryDeferred && f.preliminary() {
		return advice
	}
	return strings.TrimSpace(strings.TrimPrefix(advice, nowTried))
}

func neverTried(state crier.DeliveryState) string {
	if state == crier.DeliveryPending {
		return "Sending stopped before their turn."
	}
	return "No reason was recorded."
}
