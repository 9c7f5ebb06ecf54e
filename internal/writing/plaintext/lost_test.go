package plaintext

import (
	"fmt"
	"strings"
	"testing"
)

var wheres = map[Where]string{InComment: "comment", InTag: "tag", InHidden: "hidden", Hides: "hides"}

// lost are the losses of a document in short: "b1 tag, v2 hides".
func lost(doc string) string {
	_, losses := Derive(doc, NewMarks("qq"))
	var out []string
	for _, l := range losses {
		out = append(out, fmt.Sprintf("%c%d %s", l.Role, l.Number, wheres[l.Where]))
	}
	return strings.Join(out, ", ")
}

// What the text can't have is told of, whole branches that neither part shows
// aside: or everybody would read what is for some.
func TestLosses(t *testing.T) {
	for _, tc := range []struct{ name, html, want string }{
		{"nothing", "<p>a</p>", ""},
		{"shown", "<p>qqb1zaqqm1zbqqe1z</p>", ""},
		{"around blocks", "qqb1z<p>a</p>qqm1z<p>b</p>qqe1z", ""},
		{"of one block in another", "<div>qqb1z<p>a</p></div>qqe1z", ""},
		{"whole in a comment", "<!-- qqb1zaqqe1z -->", ""},
		{"half in a comment", "<!-- qqb1za -->qqe1z", "b1 comment"},
		{"in two comments", "<!-- qqb1z --><p>a</p><!-- qqe1z -->", "b1 comment"},
		{"whole in what is hidden", "<p hidden>qqb1zaqqe1z</p>", ""},
		{"half in what is hidden", "<p hidden>qqb1za</p>bqqe1z", "b1 hidden"},
		{"in two hidden elements", "<p hidden>qqb1z</p><p>a</p><p hidden>qqe1z</p>", "b1 hidden"},
		{"begins shown, ends hidden", "qqb1z<p>a</p><p hidden>qqe1z</p>", "b1 hidden"},
		{"begins in a tag, ends in text", "<p qqb1z>a</p>qqe1z", "b1 tag"},
		{"in a tag that never ends", "a<p class='qqb1z", "b1 tag"},
		{"a variable that is shown", "qqs1z<p>a</p>", ""},
		{"a variable in a comment", "<!-- qqs1z --><p>a</p>", "s1 comment"},
		{"a variable in a tag", "<p class='qqs1z'>a</p>", "s1 tag"},
		{"a variable in what is hidden", "<title>qqs1z</title>", "s1 hidden"},
		{"a branch without an end", "qqb1z<p>a</p>", "b1 "},
		{"two, in the order of the document", "<p hidden>qqb2z</p>qqe2z<!-- qqb1z -->qqe1z", "b2 hidden, b1 comment"},
		{"told once", "<p qqb1z>a</p><p qqe1z>b</p>", "b1 tag"},
	} {
		if got := lost(tc.html); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Conditions in a tag: those that change what the text has are told of.
func TestLossesInTags(t *testing.T) {
	for _, tc := range []struct{ name, html, want string }{
		{"of a color", "<p style='color:qqb1zredqqm1zblueqqe1z'>a</p>", ""},
		{"of a class", "<p class='qqb1zredqqe1z'>a</p>", ""},
		{"in an address", "<a href='https://x.example/qqb1zaqqm1zbqqe1z'>a</a>", ""},
		{"of an address or another", "<a qqb1zhref='https://x.example/a'qqm1zhref='https://x.example/b'qqe1z>a</a>", "b1 tag"},
		{"in the text of a picture", "<img src=x alt='qqb1zaqqm1zbqqe1z'>", ""},
		{"of a picture's size", "<img src=x alt=a qqb1zwidth=5qqe1z>", ""},
		{"of where a list begins", "<ol start='qqb1z3qqm1z5qqe1z'><li>a</ol>", "b1 tag"},
		{"of the role of a table", "<table qqb1zrole=presentationqqe1z><tr><td>a</table>", "b1 tag"},
		{"hides", "<p style='qqb1zdisplay:noneqqe1z'>a</p>", "b1 hides"},
		{"hides, as an attribute", "<p qqb1zhiddenqqe1z>a</p>", "b1 hides"},
		{"hides, otherwise", "<p style='qqb1zcolor:redqqm1zmax-height:0qqe1z'>a</p>", "b1 hides"},
		{"two that hide together", "<p style='display:qqb1znoqqe1zqqb2zneqqe2z'>a</p>", "b1 hides"},
		{"one of many", "<p style='qqb1zaqqe1zqqb2zaqqe2zqqb3zaqqe3zqqb4zaqqe4zqqb5zaqqe5z;qqb6zdisplay:noneqqe6z'>a</p>", "b1 hides"},
		{"a value in a style", "<p style='color:qqv1z'>a</p>", ""},
		{"a value that may hide", "<p style='display:qqv1z'>a</p>", "v1 hides"},
		{"a value as a declaration", "<p style='color:red;qqv1z'>a</p>", "v1 hides"},
		{"a value as a property", "<p style='qqv1z:0'>a</p>", "v1 hides"},
		{"a value as an attribute", "<p qqv1z>a</p>", "v1 hides"},
		{"a value in a class, and nothing hides", "<p class='qqv1z'>a</p>", ""},
		{"a value in a class, and classes hide", "<style>.gone{display:none}</style><p class='qqv1z'>a</p>", "v1 hides"},
		{"a value in an attribute that hides", "<style>[lang=de]{display:none}</style><p lang='qqv1z'>a</p>", "v1 hides"},
		{"a condition of a class that hides", "<style>.gone{display:none}</style><p class='qqb1zgoneqqe1z'>a</p>", "b1 hides"},
		{"a condition of a class that hides on phones", "<style>@media (max-width:9px){.gone{display:none}}</style><p class='qqb1zgoneqqe1z'>a</p>", ""},
		{"a condition of a class that hides everywhere", "<style>@media screen{.gone{display:none}}</style><p class='qqb1zgoneqqe1z'>a</p>", "b1 hides"},
		{"a condition of a class that a comment hides", "<style>/* .gone{display:none} */</style><p class='qqb1zgoneqqe1z'>a</p>", ""},
		{"a condition of an id that hides", "<style>#gone{visibility:hidden}</style><p id='qqb1zgoneqqe1z'>a</p>", "b1 hides"},
	} {
		if got := lost(tc.html); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Conditions and values in style sheets: those that decide what is shown.
func TestLossesInStyleSheets(t *testing.T) {
	style := func(css string) string { return "<style>" + css + "</style><p class=a>a</p>" }
	for _, tc := range []struct{ name, html, want string }{
		{"of a color", style(".a{color:qqb1zredqqm1zblueqqe1z}"), ""},
		{"of a rule that hides", style("qqb1z.a{display:none}qqe1z"), "b1 hides"},
		{"of a declaration that hides", style(".a{color:red;qqb1zopacity:0qqe1z}"), "b1 hides"},
		{"of one that hides in both", style(".a{qqb1zdisplay:noneqqm1zdisplay: noneqqe1z}"), ""},
		{"of whom it hides", style("qqb1z.aqqm1z.bqqe1z{display:none}"), "b1 hides"},
		{"of one that shows again", style(".a{display:none}qqb1zp.a{display:block}qqe1z"), "b1 hides"},
		{"of one that shows others again", style(".a{display:none}qqb1z.b{display:block}qqe1z"), ""},
		{"a value in a selector", style(".qqv1z{color:red}"), "v1 hides"},
		{"a value of a color", style(".a{color:qqv1z}"), ""},
		{"a value of what hides", style(".a{visibility:qqv1z}"), "v1 hides"},
		{"around a style sheet that hides", "qqb1z" + style(".a{display:none}") + "qqe1z", "b1 hides"},
		{"around one that colors", "qqb1z" + style(".a{color:red}") + "qqe1z", ""},
	} {
		if got := lost(tc.html); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// What mail programs take for not shown, and what only looks like it.
func TestWaysToHide(t *testing.T) {
	for style, want := range map[string]bool{
		"display:none": true, "DISPLAY : none !important": true, "color:red;display:none": true, "mso-hide:all": true,
		"visibility:hidden": true, "visibility:collapse": true, "content-visibility:hidden": true,
		"opacity:0": true, "opacity:0.05": true, "opacity:0.5": false, "opacity:1": false,
		"font-size:0": true, "font-size:2px": true, "font-size:3.5pt": true, "font-size:12px": false, "font-size:30px": false,
		"max-height:0px": true, "max-height:0.0em": true, "max-height:10px": false, "height:0": true, "width:0%": true, "line-height:0": true, "line-height:1": false,
		"color:transparent": true, "color:rgba(0,0,0,0)": true, "color:rgba(0,0,0,0.9)": false, "color:#12345600": true, "color:#1230": true, "color:#123456": false,
		"background-color:transparent": false,
		"text-indent:-9999px":          true, "left:-999px": true, "left:-10px": false, "margin-top:-99em": true, "margin-top:-9em": false,
		"clip:rect(0,0,0,0)": true, "clip-path:inset(50%)": true, "clip-path:inset(5%)": false, "transform:scale(0)": true, "transform:scale(2)": false,
	} {
		got := lost("<p style='qqb1z"+style+"qqe1z'>a</p>") == "b1 hides"
		if got != want {
			t.Errorf("%s: hides %v, want %v", style, got, want)
		}
	}
}

// What the text keeps it keeps whole: FromHTML and Derive say the same.
func TestDeriveIsFromHTML(t *testing.T) {
	const doc = "<p qqb1zclass=xqqe1z>a</p>qqb2z<p>b</p>qqe2z<title>qqb3z</title>cqqe3z"
	text, losses := Derive(doc, NewMarks("qq"))
	if text != FromHTML(doc, NewMarks("qq")) || len(losses) != 1 {
		t.Errorf("%q, %v", text, losses)
	}
}
