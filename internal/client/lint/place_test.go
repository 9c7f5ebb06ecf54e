package lint

import (
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
)

func TestFieldOf(t *testing.T) {
	for want, at := range map[string]content.Place{
		"spec.subject":                      {Piece: content.PieceSubject, Line: 1},
		"spec.content.text":                 {Piece: content.PieceText, Line: 3},
		"spec.content.html":                 {Piece: content.PieceHTML},
		"spec.content.markdown":             {Piece: content.PieceMarkdown},
		"spec.content.language":             {Piece: content.PieceLanguage},
		"spec.content.values":               {Piece: content.PieceValues},
		"spec.content.values[footer]":       {Piece: content.PieceValue, Name: "footer"},
		"spec.content.sections":             {Piece: content.PieceSections},
		"spec.content.sections[0].title":    {Piece: content.PieceSection, Field: "title"},
		"spec.content.sections[2].link.url": {Piece: content.PieceSection, Index: 2, Field: "link.url"},
		"spec.html":                         {Piece: content.PieceTemplate, Template: "news", Field: "html"},
		"spec":                              {Piece: content.PieceTemplate, Template: "news"},
		"spec.parameters[1]":                {Piece: content.PieceParameter, Index: 1, Name: "color"},
		"spec.parameters[1].default":        {Piece: content.PieceParameter, Index: 1, Field: "default"},
		"spec.postalAddress":                {Piece: content.PieceList, Field: "postalAddress"},
		"spec.content.event.summary":        {Piece: content.PieceBroadcast, Field: "content.event.summary"},
		"spec.content":                      {Piece: content.PieceMessage, Field: content.PartHTML},
	} {
		if got := fieldOf(at); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

// A mistake is shown in the object that it is written in, on its line; one in
// an object that isn't among the files, where that is named, in other words.
func TestMistakesAreShownWhereTheyAreWritten(t *testing.T) {
	const list = `apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: staff, namespace: hr}
spec: {address: staff@lists.example.gov, owners: [o@example.gov], from: {address: hr@example.gov}, purpose: Mandatory, audience: {subscriberSets: [{name: a}]}, relayRef: {name: main}}
`
	const template = `apiVersion: crier.dev/v1alpha1
kind: MessageTemplate
metadata: {name: frame, namespace: hr}
spec:
  html: |
    <p>Hello</p>
    {{ .Nothing }}
    {{ .Content }}
  text: |
    {{ .Content }}
`
	broadcast := func(body string) string {
		return "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nmetadata: {name: news, namespace: hr}\nspec:\n  listRef: {name: staff}\n  subject: Hello\n" +
			"  notAfter: \"2100-03-10T00:00:00Z\"\n  content:\n" + body
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"the third line of a text": {map[string]string{"b.yaml": broadcast("    text: |\n      Hello\n\n      {{ .Nothing }}\n")}, "b.yaml:12:7: error: "},
		"a line of Markdown":       {map[string]string{"b.yaml": broadcast("    markdown: |\n      Hello\n      {{ .Nothing }}\n")}, "b.yaml:11:7: error: "},
		"a section": {map[string]string{"b.yaml": broadcast("    sections:\n    - {title: One, markdown: a}\n    - title: Two\n      markdown: |\n        b\n        {{ .Nothing }}\n")},
			"b.yaml:14:9: error: "},
		"the template": {map[string]string{"t.yaml": template, "b.yaml": broadcast("    templateRef: {name: frame}\n    markdown: Hello\n")}, "t.yaml:7:5: error: "},
		"the event":    {map[string]string{"b.yaml": broadcast("    text: Hello\n    event: {summary: \" \", start: \"2099-03-10T09:00:00Z\", end: \"2099-03-10T10:00:00Z\"}\n")}, "b.yaml:10:5: error: the event"},
	} {
		c.files["list.yaml"] = list
		if got, _ := inFolder(t, c.files); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nlacks %s", name, got, c.want)
		}
	}
}
