package report

import (
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/words"
)

// document is what the text and the HTML version say, in the order in which
// they say it: one content, so that neither is poorer than the other. All
// strings are cleaned, none is escaped.
type document struct {
	Title    string // "Delivery report"
	Tone     tone
	Lead     string // the first sentence: percentage and numbers
	Large    string // its beginning: "99.2%", or "Cancelled"
	Beside   string // "accepted", "accepted so far"; "" without percentage
	Numbers  string // its rest
	Subject  string
	Bar      []segment
	Figures  []figure
	Notes    []string
	Sections []section
	Details  []pair
	Audience string
	Lists    []string // where there are several
	Sets     []string
	Commands []command
	Made     string
}

// tone is how much attention a report wants.
type tone int

const (
	toneGood tone = iota
	toneMixed
	toneBad
)

// figure is one line of the numbers.
type figure struct {
	State crier.DeliveryState
	Label string
	Count int64
	Share string
}

// section is what is to be said about the recipients in one state.
type section struct {
	State  crier.DeliveryState
	Title  string
	Intro  string
	Groups []reason
}

// reason is a group as it is shown.
type reason struct {
	Count  string
	Plain  string
	Advice string
	Words  string // of the server, with the codes; "" without any
}

type pair struct{ Label, Value string }

type command struct{ Purpose, Line string }

// maxSubject is the most octets of a subject that a report repeats.
const maxSubject = 200

// document makes the content. attached says that it goes out as a mail with
// the CSV beside it.
func (b *Builder) document(attached bool) document {
	f := b.facts
	large, beside, numbers := f.headline()
	d := document{
		Title:    title(f),
		Tone:     f.tone(),
		Lead:     f.lead(),
		Large:    large,
		Beside:   beside,
		Numbers:  words.Capital(numbers) + ".",
		Subject:  redact.Clean(f.Subject, maxSubject),
		Bar:      bar(f),
		Figures:  figures(f),
		Notes:    b.notes(attached),
		Details:  details(f),
		Audience: audience(f),
		Lists:    byList(f.Audience),
		Sets:     sets(f),
		Commands: commands(f),
		Made:     stamp(f.GeneratedAt),
	}
	for _, state := range explained {
		if s, ok := b.section(state); ok {
			d.Sections = append(d.Sections, s)
		}
	}
	return d
}

// troubled are the states of those who were to get the message and were not
// accepted, in the order of what a reader can do about them.
var troubled = []crier.DeliveryState{crier.DeliveryFailed, crier.DeliveryUnknown,
	crier.DeliveryExpired, crier.DeliveryDeferred, crier.DeliveryPending}

// explained are the states that a report explains. The suppressed stand beside
// those who were to get the message.
var explained = append(slices.Clone(troubled), crier.DeliverySuppressed)

func title(f Facts) string {
	if f.preliminary() {
		return "Preliminary delivery report"
	}
	return "Delivery report"
}

func figures(f Facts) []figure {
	wanted := Wanted(f.Totals)
	lines := []figure{{Label: "Intended", Count: wanted}}
	for _, state := range append([]crier.DeliveryState{crier.DeliveryAccepted}, troubled...) {
		n := count(f.Totals, state)
		if n == 0 && state != crier.DeliveryAccepted && state != crier.DeliveryFailed {
			continue
		}
		lines = append(lines, figure{State: state, Label: words.Capital(f.label(state)), Count: n,
			Share: share(n, wanted)})
	}
	if n := f.Totals.Suppressed; n > 0 {
		lines = append(lines, figure{State: crier.DeliverySuppressed, Label: words.Capital(f.label(crier.DeliverySuppressed)), Count: n})
	}
	return lines
}

// count is the number of recipients in a state.
func count(t crier.DeliveryTotals, state crier.DeliveryState) int64 {
	switch state {
	case crier.DeliveryAccepted:
		return t.Accepted
	case crier.DeliveryFailed:
		return t.Failed
	case crier.DeliveryUnknown:
		return t.Unknown
	case crier.DeliveryExpired:
		return t.Expired
	case crier.DeliveryDeferred:
		return t.Deferred
	case crier.DeliveryPending:
		return t.Pending
	case crier.DeliverySuppressed:
		return t.Suppressed
	}
	return 0
}

// label is a state in a word.
func (f Facts) label(state crier.DeliveryState) string {
	switch state {
	case crier.DeliveryAccepted:
		return f.verb()
	case crier.DeliveryFailed:
		return "failed"
	case crier.DeliveryUnknown:
		return "unknown"
	case crier.DeliveryExpired:
		return "expired"
	case crier.DeliveryDeferred:
		return "deferred"
	case crier.DeliverySuppressed:
		return "suppressed"
	}
	if f.preliminary() {
		return "waiting"
	}
	return "not tried"
}
