package rows

import (
	"context"
	"fmt"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/bench/internal/sink"
	"crier.dev/crier/hack/bench/internal/work"
)

const (
	// maxTemplate is what a message out of Markdown may take of the
	// processor, against one of the same size that was written out.
	maxTemplate = 1.15
	// sameSize is how far apart the sizes of two messages may be that are
	// called the same, as a part of the larger.
	sameSize = 0.03
)

// written is runs that alternate: a message that Crier makes text and HTML
// of, one of the same size and the same actions that is written by hand, and
// the first one signed, if that is wanted.
type written struct {
	Made, ByHand, Signed []crierSaw
	// Sizes of the first two, in octets.
	MadeSize, ByHandSize int
}

// Template measures the rows template and template_ed25519, those of them
// that are wanted.
func (l *Lab) Template(ctx context.Context, want func(string) bool) ([]Row, error) {
	var signing []operator.Key
	if want("template_ed25519") {
		var err error
		if signing, err = keys(operator.Ed25519); err != nil {
			return nil, err
		}
	}
	w, err := l.write(ctx, work.InTemplate(), signing)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if want("template") {
		rows = append(rows, w.row(l, "template", "Markdown in the layout announcement"))
	}
	if len(signing) > 0 {
		rate, against := proc.Median(crierRates(w.Signed)), proc.Median(crierRates(w.Made))
		rows = append(rows, Row{
			Name: "template_ed25519", Work: l.messagesOf(w.MadeSize) + ", in a layout, signed with Ed25519", Against: "unsigned",
			Subject: perSecond(rate), Reference: perSecond(against), Ratio: rate / against, Bar: Bar{AtLeast: 0.7},
			Runs: map[string]any{"signed": w.Signed, "unsigned": w.Made},
		})
	}
	return rows, nil
}

// Markdown measures the row of that name.
func (l *Lab) Markdown(ctx context.Context) (Row, error) {
	w, err := l.write(ctx, work.InMarkdown(), nil)
	if err != nil {
		return Row{}, err
	}
	return w.row(l, "markdown", "Markdown without a layout"), nil
}

// write sends a message and what is like it; signed too, if there are keys.
func (l *Lab) write(ctx context.Context, made work.Message, signing []operator.Key) (written, error) {
	var w written
	like, err := l.likeness(ctx, made, &w)
	if err != nil {
		return w, err
	}
	if len(signing) > 0 {
		if _, err := l.sampleOf(ctx, l.runOf(sampled, made, signing), nil); err != nil {
			return w, err
		}
	}
	for round := range l.Rounds {
		l.say("round %d of %d, by hand and made, %d messages each", round+1, l.Rounds, l.Messages)
		for _, run := range []struct {
			saw     *[]crierSaw
			message work.Message
			keys    []operator.Key
		}{{&w.ByHand, like, nil}, {&w.Made, made, nil}, {&w.Signed, made, signing}} {
			if run.saw == &w.Signed && len(signing) == 0 {
				continue
			}
			saw, err := l.crier(ctx, l.runOf(l.Messages, run.message, run.keys))
			if err != nil {
				return w, err
			}
			*run.saw = append(*run.saw, saw)
		}
	}
	return w, nil
}

// likeness finds how long text and HTML are that Crier makes, and makes those
// that are written by hand as long.
func (l *Lab) likeness(ctx context.Context, made work.Message, w *written) (work.Message, error) {
	var sizes [3]sink.Checked
	like := work.ByHand()
	for i, m := range []*work.Message{&made, &like, &like} {
		if i == 2 {
			like = work.Longer(sizes[0].Text-sizes[1].Text, sizes[0].HTML-sizes[1].HTML)
		}
		var err error
		if sizes[i], err = l.sampleOf(ctx, l.runOf(sampled, *m, nil), nil); err != nil {
			return like, err
		}
	}
	w.MadeSize, w.ByHandSize = sizes[0].Size, sizes[2].Size
	if large, small := max(w.MadeSize, w.ByHandSize), min(w.MadeSize, w.ByHandSize); float64(large-small) > sameSize*float64(large) {
		return like, fmt.Errorf("the messages have %d and %d octets: too far apart to be compared; change the Markdown or the lines of package work", w.MadeSize, w.ByHandSize)
	}
	return like, nil
}

func (l *Lab) runOf(n int, m work.Message, keys []operator.Key) crierRun {
	return crierRun{messages: n, connections: l.Connections, keys: keys, message: &m}
}

func (l *Lab) messagesOf(size int) string {
	return fmt.Sprintf("%d messages of %d octets", l.Messages, size)
}

func (w written) row(l *Lab, name, what string) Row {
	made, byHand := proc.Median(each(w.Made, crierSaw.perMessage)), proc.Median(each(w.ByHand, crierSaw.perMessage))
	return Row{
		Name: name, Work: l.messagesOf(w.MadeSize) + ", " + what,
		Against: fmt.Sprintf("text and HTML written out, %d octets", w.ByHandSize),
		Subject: microseconds(made), Reference: microseconds(byHand), Ratio: made / byHand, Bar: Bar{AtMost: maxTemplate},
		Notes: []string{
			fmt.Sprintf("messages per second: %.0f, written out %.0f", proc.Median(crierRates(w.Made)), proc.Median(crierRates(w.ByHand))),
			fmt.Sprintf("from the Broadcast to recipients written down: %.2f s, written out %.2f s", proc.Median(each(w.Made, plannedIn)), proc.Median(each(w.ByHand, plannedIn))),
		},
		Runs: w,
	}
}

func plannedIn(s crierSaw) float64 { return s.Planned.Seconds() }

func microseconds(v float64) string { return fmt.Sprintf("%.0f µs", v) }
