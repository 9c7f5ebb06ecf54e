package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// textWidth fits a terminal of 80 columns and, quoted once, a mail.
const textWidth = 76

// marks of the bar in text.
var marks = map[crier.DeliveryState]byte{
	crier.DeliveryAccepted: '#', crier.DeliveryFailed: 'x', crier.DeliveryUnknown: '?',
	crier.DeliveryExpired: '-', crier.DeliveryDeferred: '~', crier.DeliveryPending: '.',
}

// Summary is the report for a terminal of 80 columns. Its first line says
// percentage and numbers.
func (b *Builder) Summary() string { return b.document(false).text() }

func (d document) text() string {
	var t strings.Builder
	wrap(&t, "", d.Lead)
	d.textBar(&t)
	t.WriteString("\n")
	wrap(&t, "", d.Title+": "+d.Subject)
	for _, note := range d.Notes {
		t.WriteString("\n")
		wrap(&t, "", note)
	}
	heading(&t, "Numbers")
	for _, f := range d.Figures {
		fmt.Fprintf(&t, "  %-10s %11s  %7s\n", f.Label, words.Number(f.Count), f.Share)
	}
	trimEnds(&t)
	for _, s := range d.Sections {
		s.text(&t)
	}
	heading(&t, "Broadcast")
	for _, p := range d.Details {
		p.text(&t)
	}
	d.textAudience(&t)
	heading(&t, "Where to look next")
	for _, c := range d.Commands {
		wrap(&t, "  ", c.Purpose+":")
		// Not wrapped, so that it can be copied.
		t.WriteString("    " + c.Line + "\n")
	}
	if d.Made != "" {
		t.WriteString("\nReport of " + d.Made + ".\n")
	}
	return t.String()
}

// textBar draws the bar and, if it has several parts, says what they are.
func (d document) textBar(t *strings.Builder) {
	if len(d.Bar) == 0 {
		return
	}
	t.WriteString("[")
	legend := make([]string, 0, len(d.Bar))
	for i, width := range widths(d.Bar, textWidth-2) {
		mark := string(marks[d.Bar[i].State])
		t.WriteString(strings.Repeat(mark, width))
		legend = append(legend, mark+" "+d.Bar[i].Label)
	}
	t.WriteString("]\n")
	if len(legend) > 1 {
		t.WriteString(" " + strings.Join(legend, "   ") + "\n")
	}
}

// text writes the value behind the label, or below it if it is one word that
// doesn't fit: a hash is copied as a whole.
func (p pair) text(t *strings.Builder) {
	label := fmt.Sprintf("  %-14s", p.Label)
	if len(label)+utf8.RuneCountInString(p.Value) > textWidth && !strings.Contains(p.Value, " ") {
		t.WriteString("  " + p.Label + "\n    " + p.Value + "\n")
		return
	}
	hang(t, label, p.Value)
}

func (s section) text(t *strings.Builder) {
	heading(t, s.Title)
	wrap(t, "  ", s.Intro)
	for _, g := range s.Groups {
		t.WriteString("\n")
		hang(t, fmt.Sprintf("  %7s  ", g.Count), g.Plain)
		const indent = "           "
		if g.Advice != "" {
			wrap(t, indent, g.Advice)
		}
		if g.Words != "" {
			wrap(t, indent, "Server: "+g.Words)
		}
	}
}

func (d document) textAudience(t *strings.Builder) {
	if d.Audience == "" {
		return
	}
	heading(t, "Audience")
	wrap(t, "  ", d.Audience)
	if len(d.Lists) > 0 {
		wrap(t, "  ", "List by list:")
		for _, list := range d.Lists {
			hang(t, "  - ", list)
		}
		wrap(t, "  ", "Set by set:")
	}
	for _, set := range d.Sets {
		hang(t, "  - ", set)
	}
}

func heading(t *strings.Builder, words string) {
	t.WriteString("\n" + strings.ToUpper(words) + "\n")
}

// trimEnds removes blanks at the ends of lines.
func trimEnds(t *strings.Builder) {
	lines := strings.Split(t.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	t.Reset()
	t.WriteString(strings.Join(lines, "\n"))
}

// wrap writes words in lines of textWidth, all with the same indent.
func wrap(t *strings.Builder, indent, words string) { lines(t, indent, indent, words) }

// hang writes words behind a label, with further lines under the first word.
func hang(t *strings.Builder, label, words string) {
	lines(t, label, strings.Repeat(" ", utf8.RuneCountInString(label)), words)
}

func lines(t *strings.Builder, first, further, words string) {
	column := utf8.RuneCountInString(first)
	start := column
	t.WriteString(first)
	for _, word := range strings.Fields(words) {
		width := utf8.RuneCountInString(word)
		switch {
		case column == start:
		case column+1+width > textWidth:
			t.WriteString("\n" + further)
			column = start
		default:
			t.WriteString(" ")
			column++
		}
		t.WriteString(word)
		column += width
	}
	t.WriteString("\n")
}
