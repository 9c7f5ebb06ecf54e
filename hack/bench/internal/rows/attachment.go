package rows

import (
	"context"
	"fmt"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/bench/internal/work"
)

const (
	// sampledFiles is how many messages with a file are looked at: each is
	// kept in memory.
	sampledFiles = 50
	// maxShared is how many MiB more a sender may have because of a file of
	// 1 MiB. A copy for each of ten connections would take 14.
	maxShared = 8
)

// Attachment measures the row of that name. Each message is as much work as
// some hundred without a file, so that fewer do.
func (l *Lab) Attachment(ctx context.Context) (Row, error) {
	file, err := operator.DeclareFile(ctx, l.plane.Client)
	if err != nil {
		return Row{}, err
	}
	with, without := work.WithFile(file), work.ByHand()
	checked, err := l.sampleOf(ctx, l.runOf(sampledFiles, with, nil), work.File())
	if err != nil {
		return Row{}, err
	}
	l.size = checked.Size // smtp-source sends as much
	messages := max(sampled, l.Messages/50)
	var attached, none []crierSaw
	var reference []referenceSaw
	for round := range l.Rounds {
		l.say("round %d of %d, %d messages with a file of 1 MiB and as many without", round+1, l.Rounds, messages)
		saw, err := l.crier(ctx, l.runOf(messages, without, nil))
		if err != nil {
			return Row{}, err
		}
		none = append(none, saw)
		if saw, err = l.crier(ctx, l.runOf(messages, with, nil)); err != nil {
			return Row{}, err
		}
		attached = append(attached, saw)
		source, err := l.source(ctx, messages, l.Connections)
		if err != nil {
			return Row{}, err
		}
		reference = append(reference, source)
	}
	return attachmentRow(messages, checked.Size, attached, none, reference), nil
}

func attachmentRow(messages, size int, attached, none []crierSaw, reference []referenceSaw) Row {
	with, without := proc.Median(each(attached, crierSaw.perMessage)), proc.Median(each(none, crierSaw.perMessage))
	against := proc.Median(each(reference, referenceSaw.perMessage))
	more := proc.Median(each(attached, senderPeak)) - proc.Median(each(none, senderPeak))
	rate := proc.Median(crierRates(attached))
	return Row{
		Name: "attachment", Work: fmt.Sprintf("what a file of 1 MiB adds to each of %d messages, then of %d octets", messages, size),
		Against: "smtp-source, one fixed message of that size",
		Subject: microseconds(with - without), Reference: microseconds(against), Ratio: (with - without) / against, Bar: Bar{AtMost: 2.5},
		More: []Bound{{What: "MiB of a sender more than without the file", Value: more, Limit: maxShared}},
		Notes: []string{
			fmt.Sprintf("messages per second: %.0f with the file (%.0f MiB/s; smtp-source %.0f messages), %.0f without",
				rate, mib(int64(rate*float64(size))), proc.Median(referenceRates(reference)), proc.Median(crierRates(none))),
			fmt.Sprintf("processor time of senders per message, their start included: %.0f µs with the file, %.0f µs without", with, without),
		},
		Runs: map[string]any{"attached": attached, "none": none, "smtpSource": reference},
	}
}

func senderPeak(s crierSaw) float64 { return mib(s.Senders.Peak) }
