package layout

import (
	"testing"

	"crier.dev/crier/internal/writing/content"
)

// Attributes are stored composed; who writes a condition may have typed it
// otherwise.
func TestConditionsAreComposed(t *testing.T) {
	const condition = "{{if eq .Attributes.team \"Sante\u0301\"}}yes{{else}}no{{end}}"
	result, err := Assemble(Input{
		Subject: condition, Body: Body{Markdown: "cafe\u0301 " + condition}, Values: map[string]string{"v": condition},
		Sections: []Section{{Title: condition, Markdown: "x"}},
		Template: &Template{
			Name: "t", Parameters: []Parameter{{Name: "v"}},
			HTML: "{{.Body}}<p>{{.Values.v}} " + condition + "</p>{{range .Sections}}<h2>{{.Title}}</h2>{{.Body}}{{end}}",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, result, content.Data{Attributes: map[string]string{"team": "Sant\u00e9"}})
	if want := "cafe\u0301 yes\n\nyes yes\n\nyes\n\nx\n"; got.Subject != "yes" || got.Text != want {
		t.Errorf("%q, %q, want %q", got.Subject, got.Text, want)
	}
}
