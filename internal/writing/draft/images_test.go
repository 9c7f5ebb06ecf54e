package draft

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/message"
)

// However the HTML shows an image that isn't there, the controller, lint and
// preview see it.
func TestMissingImagesAreSeen(t *testing.T) {
	for _, document := range []string{
		`<img src="cid:x">`, `<img src='cid:x'>`, `<img src=cid:x>`, `<img src=" cid:x">`, "<img src=\"\n\tcid:x \">", `<img src="CID:x">`, `<img src="&#99;id:x">`,
		`<IMG SRC="cid:x">`, `<img src="cid:%78">`, `<img src="{{ "cid:x" }}">`, `<img src={{ "cid:x" }}>`, `<img src="cid:{{ "x" }}">`,
		`<img alt="a" srcset="https://a.example/b.png 1x, cid:x 2x">`, `<table background="cid:x">`, `<td background=cid:x>`, `<video poster="cid:x">`, `<input type=image src=cid:x>`,
		`<p style="background:url(cid:x)">`, `<p style="background:url( cid:x )">`, `<p style="background:url('cid:x')">`, `<p style='background:url("CID:x") no-repeat'>`,
		`<style>p { background: url(cid:x) }</style>`, `<style>@media print { p { background-image: url( "cid:x" ) } }</style>`,
		`<svg><image xlink:href="cid:x"/></svg>`, `<svg><image href="cid:x"/></svg>`,
		`<!--[if mso]><img src="cid:x"><![endif]-->`, `<!--[if gte vml 1]><v:rect><v:fill type="frame" src="cid:x" /></v:rect><![endif]-->`,
		`<!--[if mso]><v:image><v:imagedata src=cid:x></v:image><![endif]-->`, `<!--[if !mso]><!--><img src="cid:x"><!--<![endif]-->`,
		`{{ if .Name }}<img src="cid:x">{{ end }}`, `{{ if .Name }}a{{ else }}<img src=cid:x>{{ end }}`, `<img {{ if .Name }}src="cid:x"{{ end }}>`,
		`{{ with .Name }}{{ if eq . "a" }}<img src="cid:x">{{ end }}{{ end }}`,
	} {
		for name, frozen := range map[string]message.Frozen{
			"message":        {HTML: document},
			"list":           {HTML: "<p>", Lists: []message.List{{HTML: "<p>"}, {HTML: document}}},
			"other image":    {HTML: document, Attachments: []message.Attachment{{ContentID: "y"}, {Name: "x"}}},
			"image by xhtml": {HTML: "<br/>" + document},
		} {
			err := CheckImages(frozen)
			var problem *ImageProblem
			if !errors.As(err, &problem) || problem.ID != "x" || !strings.Contains(err.Error(), "no attachment has the contentID x") {
				t.Errorf("%s of %s: %v", document, name, err)
			}
		}
		if err := CheckImages(message.Frozen{HTML: document, Attachments: []message.Attachment{{ContentID: "x"}}}); err != nil {
			t.Errorf("%s, which is attached: %v", document, err)
		}
		if got := UnshownImages(message.Frozen{HTML: document, Attachments: []message.Attachment{{ContentID: "x"}, {ContentID: "y"}, {Name: "z"}}}); len(got) != 1 || got[0] != "y" {
			t.Errorf("%s doesn't show %q", document, got)
		}
	}
}

// Mail programs compare Content-IDs with case, so a hole is a hole; what is
// wrong then is another thing.
func TestImagesThatDifferInCase(t *testing.T) {
	err := CheckImages(message.Frozen{HTML: `<img src="cid:Logo">`, Attachments: []message.Attachment{{ContentID: "logo"}}})
	if err == nil || !strings.Contains(err.Error(), "shows cid:Logo, and the attachment has the contentID logo: mail programs tell capital letters") {
		t.Error(err)
	}
}

func TestNoImages(t *testing.T) {
	for _, document := range []string{
		"", `<p>Write cid:x into the HTML</p>`, `<img src="https://a.example/cid:x">`, `<!-- <img src="cid:x"> -->`, `<img src="cid:">`,
		`<img src="{{ .Attributes.image }}">`, `<img src="cid:{{ .Attributes.image }}">`, `<img src="cid:logo-{{ .Attributes.image }}">`, `<a title="cid:x" aria-label="cid:x"><img alt="cid:x">`,
		`<script>"cid:x"</script>`, `{{`, `<img src="cid`,
	} {
		if err := CheckImages(message.Frozen{HTML: document}); err != nil {
			t.Errorf("%s: %v", document, err)
		}
	}
	if got := UnshownImages(message.Frozen{HTML: `<img src="cid:{{ .Attributes.image }}">`, Attachments: []message.Attachment{{ContentID: "x"}}}); got != nil {
		t.Errorf("who knows whether %q is shown", got)
	}
}
