package report

import (
	_ "embed" // the template
	"html/template"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

//go:embed mail.html.tmpl
var mailTemplate string

// page is parsed once; the document that it shows comes escaped for where it
// stands.
var page = template.Must(template.New("mail").Funcs(template.FuncMap{
	"colour": colour, "class": class, "accent": accent, "count": words.Number[int64], "cells": barCells, "said": barWords,
}).Parse(mailTemplate))

// Mail is the bodies of the report mail.
type Mail struct{ Subject, Text, HTML string }

// Mail makes subject and both bodies. They say the same.
func (b *Builder) Mail() Mail {
	d := b.document(true)
	var html strings.Builder
	if err := page.Execute(&html, d); err != nil {
		// Neither a writer nor a function of the template can fail; a test
		// executes every branch.
		html.Reset()
		html.WriteString("<!doctype html><pre>" + template.HTMLEscapeString(d.text()) + "</pre>")
	}
	return Mail{Subject: b.facts.subject(), Text: d.text(), HTML: html.String()}
}

// cellOf is a part of the bar as a table cell.
type cellOf struct {
	State crier.DeliveryState
	Width int // percent
}

func barCells(segments []segment) []cellOf {
	cells := make([]cellOf, len(segments))
	for i, width := range widths(segments, 100) {
		cells[i] = cellOf{segments[i].State, width}
	}
	return cells
}

// barWords is the bar for those who can't see it.
func barWords(segments []segment) string {
	said := make([]string, len(segments))
	for i, s := range segments {
		said[i] = words.Number(s.Count) + " " + s.Label
	}
	return strings.Join(said, ", ")
}

// colour of a state on a light ground; at least 3:1 against white (WCAG 2.2,
// 1.4.11). The style sheet has brighter ones for dark grounds.
func colour(state crier.DeliveryState) template.CSS {
	switch state {
	case crier.DeliveryAccepted:
		return "#1a7f4b"
	case crier.DeliveryFailed:
		return "#c0352b"
	case crier.DeliveryUnknown:
		return "#6f4bb3"
	case crier.DeliveryExpired:
		return "#a15c07"
	case crier.DeliveryDeferred:
		return "#b7791f"
	case crier.DeliverySuppressed:
		return "#56697d"
	}
	return "#8592a3"
}

// class of a state in the style sheet, in lower case: "s-failed".
func class(state crier.DeliveryState) string { return "s-" + strings.ToLower(string(state)) }

// accent is the state whose colour the edge above the report has.
func accent(d document) crier.DeliveryState {
	switch d.Tone {
	case toneGood:
		return crier.DeliveryAccepted
	case toneMixed:
		return crier.DeliveryDeferred
	}
	return crier.DeliveryFailed
}
