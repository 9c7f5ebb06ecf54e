package content

import (
	"fmt"
	"strings"

	"crier.dev/crier/internal/words"
)

// Place is where a mistake is: in what authors write, or in what is made of
// it. People read its String; whoever looks the place up in files takes its
// fields.
type Place struct {
	Piece Piece
	// Template is the name of the template that PieceTemplate and
	// PieceParameter are of; "" for one without a name.
	Template string
	// Name is that of a value or of a parameter.
	Name string
	// Index of a section or of a parameter, from 0.
	Index int
	// Field is what of the piece it is, by the path under which authors know it
	// in the piece, such as image.url of a section; "" for the piece as a whole.
	Field string
	// Line of the text of that field, from 1; 0 if it concerns all of it.
	Line int
}

// Piece is one of the texts that a message is made of.
type Piece string

// The pieces.
const (
	PieceSubject   Piece = PartSubject
	PieceText      Piece = PartText // the body as plain text
	PieceHTML      Piece = PartHTML // the body as HTML
	PieceMarkdown  Piece = "markdown"
	PieceBody      Piece = "body" // in whichever form it is written
	PieceLanguage  Piece = "language"
	PieceValues    Piece = "values"   // all of them
	PieceValue     Piece = "value"    // the one of Name
	PieceSections  Piece = "sections" // all of them
	PieceSection   Piece = "section"  // the one of Index; Field is title, markdown, image.url, image.alt, link.url or link.text
	PieceTemplate  Piece = "template" // Field is html or text
	PieceParameter Piece = "parameter"
	// PieceBroadcast is a field of a Broadcast that is no template, and
	// PieceList one of a MailingList: Field is its path in the spec.
	PieceBroadcast Piece = "broadcast"
	PieceList      Piece = "list"
	// PieceMessage is what is put together from all pieces, where it isn't known
	// from which: Field is PartSubject, PartText or PartHTML.
	PieceMessage Piece = "message"
)

// FieldUnsubscribe is the field of a MailingList that says where it is left.
const FieldUnsubscribe = "unsubscribe.url"

// On is the place on a line of it.
func (p Place) On(line int) Place {
	p.Line = line
	return p
}

// String names the place to people: "section 2, link URL, line 3".
func (p Place) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s, line %d", p.What(), p.Line)
	}
	return p.What()
}

// What names the place without its line.
func (p Place) What() string {
	switch p.Piece {
	case PieceText, PieceHTML, PieceMarkdown:
		return string(p.Piece) + " body"
	case PieceValue:
		return "value " + words.Clip(p.Name)
	case PieceSection:
		return with(fmt.Sprintf("section %d", p.Index+1), wordsFor(p.Field))
	case PieceTemplate:
		return with(p.template(), p.Field)
	case PieceParameter:
		return with(p.template()+", parameter "+words.Clip(p.Name), p.Field)
	case PieceBroadcast:
		return "field " + p.Field
	case PieceList:
		return "list, " + wordsFor(p.Field)
	case PieceMessage:
		return with("the message put together", p.Field)
	}
	return string(p.Piece)
}

func (p Place) template() string { return strings.TrimSpace("template " + words.Clip(p.Template)) }

// with is a piece and, unless it is meant as a whole, what of it.
func with(piece, field string) string {
	if field == "" {
		return piece
	}
	return piece + ", " + field
}

// wordsFor are what people call a field of a section or of a list. The text of
// a section needs no name.
func wordsFor(field string) string {
	switch field {
	case "", "markdown":
		return ""
	case "image.url":
		return "image URL"
	case "image.alt":
		return "image text"
	case "link.url":
		return "link URL"
	case "link.text":
		return "link text"
	case "title":
		return field
	case FieldUnsubscribe:
		return "unsubscribe URL"
	}
	return "field " + field
}
