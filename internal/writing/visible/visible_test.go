package visible

import (
	"strings"
	"testing"
)

const mark = "x0123456789q"

func TestHidden(t *testing.T) {
	for _, doc := range []string{
		"<!-- W -->", "<!--[if mso]>W<![endif]-->", "<head><title>W</title></head>", `<img src="x" alt="W" title="W">`, `<a title="W"></a>`,
		"<script>W</script>", "<style>W</style>", "<template>W</template>", "<textarea>W</textarea>", "<svg><text>W</text></svg>",
		"<p><noscript>W</noscript>", "<iframe>W</iframe>", "<select><option>W</option></select>", "<input value=W>",
		"<details><summary>More</summary>W</details>", "<dialog>W</dialog>",
		"<div hidden>W</div>", `<div hidden="until-found"><p>W</p></div>`,
		`<div style="display:none">W</div>`, `<div style="DISPLAY : none !important"><b style="display:block">W</b></div>`,
		`<div style="display:none"><p>closed nowhere</p>W`, `<div style="color:red;display:/* x */none">W</div>`,
		`<div style="visibility:hidden">W</div>`, `<div style="opacity:0">W</div>`, `<div style="opacity:0%">W</div>`, `<div style="opacity:.01">W</div>`,
		`<div style="font-size:0">W</div>`, `<div style="font-size:1px">W</div>`, `<div style="font:0/0 a">W</div>`, `<div style="font-size:0.01em">W</div>`,
		`<div style="max-height:0">W</div>`, `<div style="height:0;overflow:hidden">W</div>`, `<div style="mso-hide:all">W</div>`,
		`<div style="text-indent:-9999px">W</div>`, `<div style="position:absolute;left:-9999px">W</div>`, `<div style="clip:rect(0,0,0,0)">W</div>`,
		`<div style="color:#fff">W</div>`, `<div style="color:white;background:#ffffff">W</div>`, `<div style="color:#FEFEFE">W</div>`,
		`<table bgcolor="#1a4480"><tr><td style="color:rgb(26, 68, 128)">W</td></tr></table>`, `<font color="white">W</font>`,
		`<div style="color:transparent">W</div>`, `<div style="color:rgba(0,0,0,0)">W</div>`, `<div style="color:#00000000">W</div>`,
		`<style>.f{display:none}</style><p class="a f">W</p>`, `<style>p.f, #i { opacity: 0 }</style><p id=i>W</p>`,
		`<style>@media (max-width:600px){ .f { display:none !important } }</style><p class="f">W</p>`,
		`<style>table .f{display:none}</style><table><tr><td class="f">W</td></tr></table>`, `<style>* {visibility:hidden}</style>W`,
		`<style>.f{color:#fff}</style><p class=f>W</p>`,
		`<div style="` + mark + `">W</div>`, `<div style="display:` + mark + `">W</div>`, `<div ` + mark + `>W</div>`,
		`<style>.f{display:none}</style><p class="` + mark + `">W</p>`, `<style>.f{display:` + mark + `}</style><p class=f>W</p>`,
		`<style>.` + mark + `{display:none}</style><p>W</p>`,
	} {
		page, err := Read(doc, mark)
		if err != nil || strings.Contains(page.Text(), "W") {
			t.Errorf("%s: %+v, %v", doc, page, err)
		}
	}
}

func TestSeen(t *testing.T) {
	for _, doc := range []string{
		"W", "<p>W", "<table><tr><td>W</table>", "<details open><summary>x</summary>W</details>", "<details><summary>W</summary></details>",
		`<td style="font-size:0px"><div style="font-size:13px">W</div></td>`, `<div style="visibility:hidden"><p style="visibility:visible">W</p></div>`,
		`<div style="color:#fff;background-color:#1a4480">W</div>`, `<body bgcolor="#000000" text="#ffffff">W</body>`,
		`<div style="background:#000 url(x.png)"><p style="color:#fff">W</p></div>`, `<p style="color:#9ca3af">W</p>`, `<p style="color:#fff"><span style="color:#333">W</span>`,
		`<div style="display:none">x</div>W`, `<div style="display:none;display:block">W</div>`, `<p style="height:0">W</p>`, `<p style="max-height:20px;overflow:hidden">W</p>`,
		`<style>.f{display:none}</style><p class="g">W</p>`, `<style>@media print{.f{display:none}}</style><p class="f">W</p>`,
		`<style>.f:hover{display:none}.header a{color:#fff}@font-face{src:url(x)}</style><p class="f"><a href="x">W</a></p>`,
		`<style>[data-ogsc] .f{display:none}</style><p class=f>W</p>`, `<p class="` + mark + `">W</p>`, `<p style="opacity:0.6;font:14px/1.5 Arial, sans-serif">W</p>`,
		`<p style="background:transparent">W</p>`, `<p style="font-size:small">W</p>`,
		`<style>@media only screen and (min-width:480px){.col{width:100% !important;max-width:100%}}</style><table><tr><td style="font-size:0px"><div class="col" style="font-size:0px"><div style="font-size:13px">W</div></div></td></tr></table>`,
		`<div style="font-size:0"><div style="display:inline-block;max-width:50%;font-size:14px">W</div><div style="max-width:5%;font-size:14px">V</div></div>`,
		`<div style="font-size:0"><div style="max-width:40em;overflow:hidden;width:1%;font-size:14px">W</div></div>`,
		`<table background="b.png"><tr><td style="color:#fff">W</td></tr></table>`,
		`<div style="background-image:url(b.png)"><p style="color:#fff">W</p></div>`, `<div style="background-image:linear-gradient(#123,#456)"><p style="color:#fff">W</p></div>`,
		`<style>.wrap{max-width:600px}@media (prefers-color-scheme: dark){.f{color:#fff !important}}</style><p class=f>W</p>`,
	} {
		page, err := Read(doc, mark)
		if err != nil || !strings.Contains(page.Text(), "W") {
			t.Errorf("%s: %+v, %v", doc, page, err)
		}
	}
}

// A link is one with something to click on.
func TestLinks(t *testing.T) {
	for doc, want := range map[string]bool{
		`<a href="https://l.example/x">Leave</a>`:                             true,
		`<a href=" https://l.example/x?u=1 "><b>Leave</b></a>`:                true,
		`<a href="https://l.example/x"><img src="l.png" alt=""></a>`:          true,
		`<a href="https://l.example/x"><img src="l.png" width="100%"></a>`:    true,
		`<a href="https://l.example/x"></a>`:                                  false,
		`<a href="https://l.example/x"> - </a>`:                               false,
		`<a href="https://l.example/x">` + mark + `</a>`:                      false,
		`<a href="https://l.example/x"><img src="l.png" width="1"></a>`:       false,
		`<a href="https://r.example/?to=https://l.example/x">Leave</a>`:       false,
		`<a href="https://l.example/x" style="font-size:0">Leave</a>`:         false,
		`<p>https://l.example/x</p>`:                                          false,
		`<link href="https://l.example/x">Leave`:                              false,
		`<map><area href="https://l.example/x" alt="Leave"></map>`:            false,
		`<div style="display:none"><a href="https://l.example/x">x</a></div>`: false,
	} {
		page, err := Read(doc, mark)
		if err != nil || page.Link("https://l.example/x") != want {
			t.Errorf("%s: want %t, %+v, %v", doc, want, page, err)
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, " \n-- \n": false, "----- | > * ...": false, "a": true, "7": true, "日": true, "👍": true, "€": true, "$ + <": false,
	} {
		if Words(text) != want {
			t.Errorf("%q: want %t", text, want)
		}
	}
}

// What can't be taken apart is said, not guessed.
func TestBounds(t *testing.T) {
	for _, doc := range []string{strings.Repeat("<b>", 600) + "W", "<style>" + strings.Repeat("a{b:c}", maxRules+2) + "</style>W"} {
		if page, err := Read(doc, ""); err == nil {
			t.Errorf("%d octets: %+v", len(doc), page)
		}
	}
}
