package message

import "strings"

// hostile are values that could make a difference where they meet a constant.
var hostile = []string{
	"", "Jo", " ", "\t", "x ", " x", "x\t", "\r", "\n", "\r\n", "x\r", "x\n", "\rx", "\nx", "a\r\nb", "\x00", "a\x00b", "\xff", "a\xc3", "\xa9b",
	".", "..", ".\r\n", "From ", "From x", "rom x", "F", "=", "==", "=3D", "=\r\n", "é", "日本語", "\u00a0", "\u2028", "\ufdd0", "\ufeff", "\U0001f600",
	"<b>&\"'+</b>", "&amp;", "</body>", "/body>", "</html>", "-->", "<!--", "`", "\\", "%", "%4", "%41", "%zz", "a b", "a+b", "?#&=/:",
	"https://example.gov/a?b=c&d=e f", "javascript:alert(1)", "JavaScript:x", "tel:1", " https://x ", "ZgotmplZ", "mailto:a@b", "a:b/c", "/a:b",
	"\x01", "\x7f", "\u0085", strings.Repeat("x", 60), strings.Repeat("x", 74), strings.Repeat("x", 75), strings.Repeat("x", 76), strings.Repeat("x", 77),
	strings.Repeat("x", 78), strings.Repeat("x", 79), strings.Repeat("x ", 500), strings.Repeat("é", 300), strings.Repeat("<", 3000), strings.Repeat("x", 16<<10), strings.Repeat("x", 16<<10+1),
}

// planned templates: text and HTML in turn, with what stands around a value.
var (
	planTexts = []string{
		"Dear {{.Name}},\n\nyour agency is {{.Attributes.a}}.\n", "{{.Attributes.a}}", "{{.Attributes.a}}\n", "{{.Attributes.a}}\n\n\n", "\n{{.Attributes.a}}{{.Attributes.b}}\n",
		"x{{.Attributes.a}} \ny\n", "From {{.Attributes.a}}\n{{.Attributes.b}}From x\nF{{.Attributes.a}}", "{{.Attributes.a}}.\n.{{.Attributes.b}}\n.\n",
		"a\r\n{{.Attributes.a}}\r\nb", "ä{{.Attributes.a}}ö\nplain = line\n\n=\n", "plain = line\n" + strings.Repeat("y", 70) + "{{.Attributes.a}}" + strings.Repeat("z", 10) + "\nend = \nx",
		"{{if .Attributes.a}}{{.Attributes.a}}\n{{else}}\n\n{{end}}", "{{if eq .Attributes.a .Attributes.b \"Jo\"}}same{{else if ne .Attributes.a \"x\"}}other\n{{end}}!",
		"{{with .Attributes.a}}[{{.}} {{$.Name}} {{index $.Attributes \"b\"}}]{{else}}{{.Name}}{{end}}", "{{upper .Attributes.a}}{{lower .Attributes.a}}{{title .Attributes.a}}{{trim .Attributes.a}}|",
		"{{.Attributes.a | default \"friend\"}} {{default .Attributes.b .Attributes.a | upper}}", "{{or .Attributes.a .Attributes.b \"c\"}} {{and .Attributes.a .Attributes.b}}",
		"{{if and .Attributes.a (not .Attributes.b)}}1{{end}}{{if or (eq .Attributes.a \"x\") .Attributes.b}}2{{end}}{{if not (and .Attributes.a .Attributes.b)}}3{{end}}.",
		"{{if gt (len .Attributes.a) 3}}long{{end}} {{len .Attributes.a}}", "https://x/{{urlpath .Attributes.a}}?q={{urlquery .Attributes.b}}\n", "{{$x := .Attributes.a}}{{$x}}",
		"{{\"a\\x00\"}}{{.Attributes.a}}", "{{\"a\\r\"}}{{.Attributes.a}}", "{{\"\\xff\"}}{{.Attributes.a}}", "{{.UnsubscribeURL}}\n{{.Attributes.a}}\n", "x{{.Attributes.missing}}",
		"{{if .Attributes.a}}\n{{end}}\n", "{{.Attributes.a}}{{/* c */}}\n{{- .Attributes.b -}}\n z", "words only\n", "words\n{{with \"a\\nb\"}}{{.}}{{end}}",
	}
	planHTMLs = []string{
		"<p>Dear {{.Name}},</p>\n<p>{{.Attributes.a}}</p>\n", "<html><body>{{.Attributes.a}}</body></html>\n", "<HTML><BODY>\n{{.Attributes.a}}\n</BODY\n></HTML>", "<p>{{.Attributes.a}}",
		"<html><p>{{.Attributes.a}}</p></html>x", "<body>{{if .Attributes.a}}x</body>{{else}}</body>y{{end}}", "<body>x</body>{{.Attributes.a}}", "<p title=\"<{{.Attributes.a}}body>\">x</p>",
		"<p title=\"</{{.Attributes.a}}\">x</p>", "<p title=\"</bo{{if .Name}}dy{{end}}\">{{.Attributes.a}}</p>", "<a href=\"{{.Attributes.a}}\">x</a>", "<a href=\"https://x/{{.Attributes.a}}?q={{.Attributes.b}}#{{.Attributes.a}}\">x</a>",
		"<a href='{{.Attributes.a}}{{.Attributes.b}}'>x</a>", "<p style=\"color:{{.Attributes.a}}\">x</p>", "<p style=\"background:url('{{.Attributes.a}}')\">x</p>", "<title>{{.Attributes.a}}</title><textarea>{{.Attributes.b}}</textarea>",
		"<p title='{{.Attributes.a}}' class=\"c {{.Attributes.b}}\">x</p>", "<p title={{.Attributes.a}}>x</p>", "<img alt=\"{{.Attributes.a}}\" src=\"{{.Attributes.b}}\">", "<!--[if mso]><p>{{.Attributes.a}}</p><![endif]--><p>x</p>",
		"<!-- {{.Attributes.a}} --><p>x</p>", "<script type=\"application/ld+json\">{\"a\":{{.Attributes.a}}}</script><p>x</p>", "<p>{{with .Attributes.a}}{{.}}{{$.Attributes.b}}{{end}} x</p>\n</body>",
		"<p>{{.Attributes.a | default \"a<b\"}}{{or .Attributes.b \"&\"}}{{upper .Attributes.a}}</p>", "<p>" + strings.Repeat("é = x ", 40) + "{{.Attributes.a}} \n\n </p>\n", "<a href=\"{{.UnsubscribeURL}}\">Leave</a>{{.Attributes.a}}",
		"<p>{{urlquery .Attributes.a}}</p><a href=\"https://x?{{urlquery .Attributes.a}}\">x</a>", "<p>words\r\nonly {{.Attributes.a}}</p>", "<meta http-equiv=\"refresh\" content=\"{{.Attributes.a}}\"><p>x</p>", "<p>x</p>\n",
	}
	planSubjects = []string{"For {{.Name}}", "{{.Attributes.a}}", " {{.Attributes.a}} x", "{{if .Attributes.a}}{{.Attributes.a}}{{else}}none{{end}}", "{{\"a\\nb\"}}", "fixed"}
	planFooters  = []string{"", "You are on a list.", "Two lines,\nÄ = x ", "with\rCR", "From here\n.\n"}
	planWays     = [][]string{nil, {"https://example.gov/leave?a={{.Attributes.b}}"}, {"https://example.gov/u"}, {"mailto:leave@example.gov?subject={{.Email}}"}}
)
