// Package sample fills the built-in templates in. The documentation shows
// these Broadcasts, pictures are taken of them, and tests measure them.
package sample

import (
	"embed"
	"fmt"

	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/layout"
)

//go:embed broadcasts/*.yaml
var broadcasts embed.FS

// Manifest is the Broadcast that fills in a template.
func Manifest(name string) ([]byte, error) {
	return broadcasts.ReadFile("broadcasts/" + name + ".yaml")
}

// Recipient is who the samples are shown to.
var Recipient = content.Data{
	Name:       "Maria Lopez",
	Email:      "maria.lopez@example.gov",
	Attributes: map[string]string{"agency": "Department of Revenue", "license": "MA-20417"},
}

// Input is what the Broadcast gives to its template.
func Input(name string) (layout.Input, error) {
	manifest, err := Manifest(name)
	if err != nil {
		return layout.Input{}, err
	}
	var b crier.Broadcast
	if err := yaml.UnmarshalStrict(manifest, &b); err != nil {
		return layout.Input{}, fmt.Errorf("sample %s: %w", name, err)
	}
	template, err := Template(name)
	if err != nil {
		return layout.Input{}, err
	}
	in := layout.Input{
		Template: template,
		Subject:  b.Spec.Subject,
		Values:   map[string]string{},
		Body:     layout.Body{Markdown: b.Spec.Content.Markdown},
		List:     list(name),
		Language: "en",
	}
	for key, value := range b.Spec.Content.Values {
		in.Values[key] = string(value)
	}
	for _, s := range b.Spec.Content.Sections {
		in.Sections = append(in.Sections, section(s))
	}
	return in, nil
}

// list is one that people can leave only where the sample is for the public.
func list(name string) layout.List {
	l := layout.List{
		Name: "All employees", Address: "all-employees@lists.example.gov", Author: "Commonwealth of Example",
		PostalAddress: "1000 Example Street\nBoston, MA 02108",
		Footer:        "You get this message because you work for the Commonwealth.",
	}
	switch name {
	case "newsletter":
		l.Name, l.Address = "Parks news", "news@lists.parks.example.gov"
		l.Footer = "You get this message because you subscribed to news from the parks."
		l.UnsubscribeURL = "https://parks.example.gov/leave"
	case "alert":
		l.Footer = "You get this message because you live or work in Springfield."
	case "letter":
		l.Footer = "You get this letter because you hold a professional license."
	}
	return l
}

// Template is the built-in one as package layout takes it.
func Template(name string) (*layout.Template, error) {
	spec, known := builtin.Get(name)
	if !known {
		return nil, fmt.Errorf("no built-in template is named %q", name)
	}
	t := &layout.Template{Name: name, HTML: spec.HTML, Text: spec.Text}
	for _, p := range spec.Parameters {
		t.Parameters = append(t.Parameters, layout.Parameter{
			Name: p.Name, Description: p.Description, Type: layout.ParameterType(p.ValueType()), Required: p.Required, Default: p.Default,
		})
	}
	return t, nil
}

func section(s crier.ContentSection) layout.Section {
	out := layout.Section{Title: s.Title, Markdown: s.Markdown}
	if s.Image != nil {
		out.ImageURL, out.ImageAlt = s.Image.URL, s.Image.Alt
	}
	if s.Link != nil {
		out.LinkURL, out.LinkText = s.Link.URL, s.Link.Text
	}
	return out
}

// Render is the message for one recipient.
func Render(in layout.Input, to content.Data) (content.Rendered, error) {
	result, err := layout.Assemble(in)
	if err != nil {
		return content.Rendered{}, err
	}
	templates, err := content.Compile(result.Source, in.Attributes)
	if err != nil {
		return content.Rendered{}, err
	}
	return templates.Render(to)
}
