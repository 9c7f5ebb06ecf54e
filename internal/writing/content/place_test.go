package content

import (
	"strings"
	"testing"
)

// People read where a mistake is; none of the pieces may look like another.
func TestPlacesForPeople(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range []struct {
		at   Place
		want string
	}{
		{Place{Piece: PieceSubject, Line: 2}, "subject, line 2"},
		{Place{Piece: PieceText}, "text body"},
		{Place{Piece: PieceHTML, Line: 3}, "html body, line 3"},
		{Place{Piece: PieceMarkdown, Line: 1}, "markdown body, line 1"},
		{Place{Piece: PieceBody}, "body"},
		{Place{Piece: PieceLanguage}, "language"},
		{Place{Piece: PieceValues}, "values"},
		{Place{Piece: PieceValue, Name: "headline", Line: 2}, "value headline, line 2"},
		{Place{Piece: PieceValue, Name: strings.Repeat("x", 70)}, "value " + strings.Repeat("x", 60) + "…"},
		{Place{Piece: PieceSections}, "sections"},
		{Place{Piece: PieceSection, Index: 1}, "section 2"},
		{Place{Piece: PieceSection, Field: "markdown", Line: 3}, "section 1, line 3"},
		{Place{Piece: PieceSection, Field: "title"}, "section 1, title"},
		{Place{Piece: PieceSection, Field: "image.url"}, "section 1, image URL"},
		{Place{Piece: PieceSection, Field: "image.alt"}, "section 1, image text"},
		{Place{Piece: PieceSection, Index: 39, Field: "link.url", Line: 4}, "section 40, link URL, line 4"},
		{Place{Piece: PieceSection, Field: "link.text"}, "section 1, link text"},
		{Place{Piece: PieceTemplate}, "template"},
		{Place{Piece: PieceTemplate, Template: "t", Field: "html", Line: 5}, "template t, html, line 5"},
		{Place{Piece: PieceTemplate, Field: "text"}, "template, text"},
		{Place{Piece: PieceParameter, Template: "t", Name: "color", Index: 4}, "template t, parameter color"},
		{Place{Piece: PieceParameter, Template: "t", Name: "color", Field: "default", Line: 2}, "template t, parameter color, default, line 2"},
		{Place{Piece: PieceBroadcast, Field: "content.event.summary"}, "field content.event.summary"},
		{Place{Piece: PieceList, Field: "footer"}, "list, field footer"},
		{Place{Piece: PieceList, Field: FieldUnsubscribe}, "list, unsubscribe URL"},
		{Place{Piece: PieceMessage, Field: PartText}, "the message put together, text"},
	} {
		if got := tc.at.String(); got != tc.want || seen[got] {
			t.Errorf("%+v: %q, want %q", tc.at, got, tc.want)
		}
		seen[tc.want] = true
	}
	if got := (Problem{Place: Place{Piece: PieceHTML, Line: 3}, Message: "close it"}).String(); got != "html body, line 3: close it" {
		t.Error(got)
	}
}
