package plaintext

import (
	"regexp"
	"strings"
	"testing"
)

func TestFromHTML(t *testing.T) {
	long := "https://x.example/" + strings.Repeat("a", 90)
	for _, tc := range []struct{ name, html, want string }{
		{"nothing", "", ""},
		{"only tags", "<p> </p><div></div>", ""},
		{"paragraphs", "<p>One\n  two</p>\n\n<p>Three</p>", "One two\n\nThree\n"},
		{"break", "<p>a<br>\nb<br/>c</p>", "a\nb\nc\n"},
		{"headings", "<h1>Title</h1>text<h2>Sub</h2><p>x", "Title\n\ntext\n\nSub\n\nx\n"},
		{"list", "<p>a</p><ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>b", "a\n\n- one\n- two\n  - in\n\nb\n"},
		{"numbers", "<ol start=9><li>one<li><p>two</p><p>more</p></ol>", "9. one\n10. two\n\n    more\n"},
		{"quote", "<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc\n"},
		{"rule", "a<hr>b", "a\n\n" + rule + "\n\nb\n"},
		{"link", `<a href="https://x.example/y">here</a>.`, "here <https://x.example/y>.\n"},
		{"link that says it", `<a href="https://x.example/">x.example</a> <a href="mailto:a@b.example">a@b.example</a>`, "x.example a@b.example\n"},
		{"link to here", `<a href="#top">up</a>`, "up\n"},
		{"picture", `<a href="https://x.example/y"><img src="l.png" alt="Logo"></a><img src=x>`, "Logo <https://x.example/y>\n"},
		{"not shown", `<title>t</title><style>p{}</style><script>x</script><div style="display: none">pre<p>header</p></div><p hidden>y</p>z`, "z\n"},
		{"table", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2</p></td></tr></table>x", "a | b\n1 | 2\n\nx\n"},
		{"layout table", `<table role="presentation"><tr><td>a</td><td><p>b</p></td></tr><tr><td>c</td></tr></table>`, "a\n\nb\n\nc\n"},
		{"preformatted", "<p>a</p><pre>  x\n    y  z\n</pre>", "a\n\n  x\n    y  z\n"},
		{"entities", "<p>a&nbsp;&amp;&lt;b&gt; &shy;c</p>", "a &<b> c\n"},
		{"wrapped", "<p>" + strings.Repeat("word ", 30) + "</p>", strings.TrimSpace(strings.Repeat("word ", 15)) + "\n" + strings.TrimSpace(strings.Repeat("word ", 15)) + "\n"},
		{"long words aren't wrapped", "<ul><li>see <a href='" + long + "'>it</a></ul>", "- see it\n  <" + long + ">\n"},
		{"end tags without start", "</p></div>a</li></table>b", "ab\n"},
		{"ends in a tag", "a<p class='", "a\n"},
	} {
		if got := FromHTML(tc.html, nil); got != tc.want {
			t.Errorf("%s: %q\nwant %q", tc.name, got, tc.want)
		}
	}
}

// apply takes or leaves all branches.
func apply(s string, take bool) string {
	open, closed := regexp.MustCompile(`Qb\d+z`), regexp.MustCompile(`Qe\d+z`)
	if take {
		s = regexp.MustCompile(`Qm\d+z[^Q]*Qe`).ReplaceAllString(s, "Qe")
		return closed.ReplaceAllString(open.ReplaceAllString(s, ""), "")
	}
	for range 5 {
		s = regexp.MustCompile(`Qb(\d+)z([^Q]*Qm\d+z)?([^Q]*)Qe\d+z`).ReplaceAllStringFunc(s, func(m string) string {
			if i := strings.Index(m, "Qm"); i >= 0 {
				m = m[i:]
				return m[strings.Index(m, "z")+1 : strings.Index(m, "Qe")]
			}
			return ""
		})
	}
	return s
}

func TestMarks(t *testing.T) {
	for _, tc := range []struct{ name, html, taken, left string }{
		{"around a paragraph", "<p>a</p>Qb1z<p>b</p>Qe1z<p>c</p>", "a\n\nb\n\nc\n", "a\n\nc\n"},
		{"in a paragraph, whole", "<p>a</p><p>Qb1zbQe1z</p><p>c</p>", "a\n\nb\n\nc\n", "a\n\nc\n"},
		{"in a paragraph", "<p>a</p><p>Qb1zbQe1z c</p>", "a\n\nb c\n", "a\n\n c\n"},
		{"paragraphs of their own", "<p>a</p><p>Qb1z</p><p>b</p><p>Qe1z</p><p>c</p>", "a\n\nb\n\nc\n", "a\n\nc\n"},
		{"first", "Qb1z<p>a</p>Qe1z<p>b</p>", "a\n\nb\n", "b\n"},
		{"first, in its paragraph", "<p>Qb1zaQe1z</p><p>b</p>", "a\n\nb\n", "b\n"},
		{"first of two", "Qb1z<p>a</p>Qm1z<p>b</p>Qe1z<p>c</p>", "a\n\nc\n", "b\n\nc\n"},
		{"nested at first", "Qb1z<p>a</p>Qb2z<p>b</p>Qe2z<p>c</p>Qe1z<p>d</p>", "a\n\nb\n\nc\n\nd\n", "d\n"},
		{"last", "<p>a</p>Qb1z<p>b</p>Qe1z", "a\n\nb", "a"},
		{"items", "<ul><li>a</li>Qb1z<li>b</li>Qe1z<li>c</li></ul>d", "- a\n- b\n- c\n\nd\n", "- a\n- c\n\nd\n"},
		{"rows", "<table>Qb1z<tr><td>a</td></tr>Qe1z<tr><td>b</td></tr></table>", "a\nb\n", "b\n"},
		{"else", "<p>x</p>Qb1z<p>a</p>Qm1z<p>b</p>Qe1z<p>c</p>", "x\n\na\n\nc\n", "x\n\nb\n\nc\n"},
		{"a first cell", "<table><tr>Qb1z<td>a</td>Qe1z<td>b</td><td>c</td></tr></table>", "a | b | c\n", "b | c\n"},
		{"one of two first cells", "<table><tr>Qb1z<td>a</td>Qm1z<td>b</td>Qe1z<td>c</td></tr></table>", "a | c\n", "b | c\n"},
		{"a first cell otherwise", "<table><tr>Qb1zQm1z<td>a</td>Qe1z<td>c</td></tr></table>", "c\n", "a | c\n"},
		{"a cell between", "<table><tr><td>a</td>Qb1z<td>b</td>Qe1z<td>c</td></tr></table>", "a | b | c\n", "a | c\n"},
		{"first cells", "<table><tr>Qb1z<td>a</td>Qe1zQb2z<td>b</td>Qe2z<td>c</td></tr></table>", "a | b | c\n", "c\n"},
		{"numbers of two items", "<ol>Qb1z<li>a</li>Qm1z<li>b</li>Qe1z<li>c</li></ol>", "1. a\n2. c\n", "1. b\n2. c\n"},
		{"silent", "Qs9z<p>a</p>Qs9z<p>b</p>", "Qs9zaQs9z\n\nb\n", "Qs9zaQs9z\n\nb\n"},
		{"in a tag", "<p Qb1zclass=xQe1z>a</p>", "a\n", "a\n"},
		{"in what isn't shown", "<title>Qb1zxQe1z</title>a", "a\n", "a\n"},
		{"half of it isn't shown", "<title>Qb1z</title>aQe1z", "a\n", "a\n"},
		{"value in a link", "<a href='https://x.example/?Qv1z'>x</a>", "x <https://x.example/?Qu1z>\n", "x <https://x.example/?Qu1z>\n"},
	} {
		got := FromHTML(tc.html, NewMarks("Q"))
		trim := func(s string) string { return strings.TrimRight(s, "\n") }
		if taken, left := apply(got, true), apply(got, false); trim(taken) != trim(tc.taken) || trim(left) != trim(tc.left) {
			t.Errorf("%s: %q\ntaken %q\nwant  %q\nleft  %q\nwant  %q", tc.name, got, taken, tc.taken, left, tc.left)
		}
	}
}

// Of two branches one is printed: the line isn't as long as both.
func TestBranchesAreWrappedBesideEachOther(t *testing.T) {
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	for _, tc := range []struct{ html, taken, left string }{
		{"<p>Qb1z" + words(12) + ".Qm1z" + words(14) + ".Qe1z</p>", words(12) + ".", words(14) + "."},
		{"<p>a Qb1z" + words(8) + "Qm1z" + words(2) + "Qe1z " + words(9) + "</p>", "a " + words(15) + "\n" + words(2), "a " + words(9) + "\n" + words(2)},
		{"<p>Qb1zQb2z" + words(10) + "Qm2z" + words(10) + "Qe2zQm1z" + words(10) + "Qe1z " + words(5) + "</p>", words(15), words(15)},
		{"<p>" + words(14) + " Qb1zwordsQm1zother " + words(3) + "Qe1z</p>", words(14) + " words", words(14) + " other\n" + words(3)},
	} {
		got := FromHTML(tc.html, NewMarks("Q"))
		if taken, left := apply(got, true), apply(got, false); strings.TrimSpace(taken) != tc.taken || strings.TrimSpace(left) != tc.left {
			t.Errorf("%s\ntaken %q\nwant  %q\nleft  %q\nwant  %q", got, taken, tc.taken, left, tc.left)
		}
	}
}

// FuzzFromHTML holds that no document panics, that lines keep to the width
// unless a word is longer, and that marks come out balanced.
func FuzzFromHTML(f *testing.F) {
	for _, s := range []string{"<p>a</p>Qb1z<p>b</p>Qe1z", "<ul><li>x<ol><li>y", "<table><tr><td>a<td>b", "<a href=x>Qv3z</a>", "<pre>\n a</pre>", "<blockquote><li>", "<p style='display:none'>x"} {
		f.Add(s)
	}
	marks := NewMarks("Q")
	f.Fuzz(func(t *testing.T, doc string) {
		out := FromHTML(doc, marks)
		begun := map[int]int{}
		for _, p := range marks.Split(out) {
			switch p.Role {
			case Begin:
				begun[p.Number]++
			case End:
				begun[p.Number]--
			}
		}
		for n, open := range begun {
			if open != 0 {
				t.Fatalf("branch %d isn't balanced in %q", n, out)
			}
		}
		if strings.HasPrefix(out, "\n") || strings.Contains(out, "\n\n\n") && !strings.Contains(doc, "<") {
			t.Fatalf("%q", out)
		}
	})
}
