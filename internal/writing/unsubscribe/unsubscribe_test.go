package unsubscribe

import (
	"errors"
	"strings"
	"testing"
)

func TestFor(t *testing.T) {
	attributes := map[string]string{"token": "a b/c?&#%\"<,é", "blank": " ", "a-b": "7"}
	for target, want := range map[string]string{
		"https://l.example/leave":                                           "https://l.example/leave",
		"https://l.example/leave?u={{ .Email }}":                            "https://l.example/leave?u=jo%2Bx%40example.org",
		"https://l.example/leave?u={{.Email}}&l=1#top":                      "https://l.example/leave?u=jo%2Bx%40example.org&l=1#top",
		"https://l.example/{{ .Attributes.token }}/x":                       "https://l.example/a%20b%2Fc%3F%26%23%25%22%3C%2C%C3%A9/x",
		"https://l.example?u={{ urlquery .Email }}":                         "https://l.example?u=jo%2Bx%40example.org",
		"https://l.example?u={{ .Email | urlquery }}":                       "https://l.example?u=jo%2Bx%40example.org",
		"https://l.example/?{{ index .Attributes \"a-b\" }}":                "https://l.example/?7",
		"https://l.example/{{ .Attributes.a }}{{ .Attributes.b }}":          "",
		"https://l.example/{{ .Attributes.blank }}":                         "",
		"mailto:leave@l.example":                                            "mailto:leave@l.example",
		"https://l.example/?a={{ .Email }}{{/* who it is */}}&b={{.Email}}": "https://l.example/?a=jo%2Bx%40example.org&b=jo%2Bx%40example.org",
	} {
		w, err := Parse(target)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		got, err := w.For("jo+x@example.org", attributes)
		if got != want || errors.Is(err, ErrMissing) != (want == "") {
			t.Errorf("%s: %q, %v; want %q", target, got, err, want)
		}
		if w.Personal() != strings.Contains(target, "{{") || w.HTTPS() != strings.HasPrefix(target, "https") {
			t.Errorf("%s: personal %t, https %t", target, w.Personal(), w.HTTPS())
		}
	}
	w, _ := Parse("https://l.example/{{ .Attributes.token }}")
	if _, err := w.For("", map[string]string{"token": strings.Repeat("é", 200)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for target, want := range map[string]error{
		"https://{{ .Email }}/leave":                     errHost,
		"https://l.example.{{ .Attributes.tld }}/leave":  errHost,
		"{{ .Attributes.url }}":                          errHost,
		"mailto:leave+{{ .Attributes.token }}@l.example": errHost,
		"https://l.example/#{{ .Email }}":                errFragment,
		"https://l.example/?u={{ .Name }}":               errField,
		"https://l.example/?u={{ upper .Email }}":        errField,
		"https://l.example/?u={{ if .Email }}x{{ end }}": errField,
		"https://l.example/?u={{ .Attributes }}":         errField,
		"https://l.example/?u={{ $x := .Email }}":        errField,
		"https://l.example/?u={{ .Email":                 errField,
		"https://l.example/?u={{ \"x\" }}":               errField,
		"https://l.example/?u={ .Email }":                errBraces,
		"http://l.example/":                              errMailto,
		"http://l.example/?u={{ .Email }}":               errMailto,
		"https://l.example/a b":                          errEncode,
		"https:///x":                                     errMailto,
		"https://l.example/%zz":                          errNotURL,
	} {
		if _, err := Parse(target); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", target, err, want)
		}
	}
}

func TestProblems(t *testing.T) {
	const target = "https://l.example/?t={{ .Attributes.tokn }}"
	if p := Problems(target, nil); len(p) > 0 {
		t.Error(p)
	}
	if p := Problems(target, []string{"token"}); len(p) != 1 || !strings.Contains(p.Error(), "Did you mean .Attributes.token?") {
		t.Error(p)
	}
	if p := Problems("https://l.example/{", nil); len(p) != 1 || !strings.HasPrefix(p.Error(), "list, unsubscribe URL: it has braces") {
		t.Error(p)
	}
}
