package message

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

// leavingFrozen is a message of a list that each leaves at an address of their
// own, or by mail.
func leavingFrozen(targets ...string) Frozen {
	f := plainFrozen()
	f.Leave, f.ListUnsubscribe, f.Footer = true, targets, "Why."
	f.HTML += `<a href="{{ .UnsubscribeURL }}">x</a>`
	return f
}

func TestPersonalWaysToLeave(t *testing.T) {
	const personal, mail = "https://l.example/{{ .Attributes.token }}?u={{ .Email }}", "mailto:leave@l.example"
	known := map[string]string{"token": "a b&"}
	for name, tc := range map[string]struct {
		targets    []string
		attributes map[string]string
		field      string
		post       string
	}{
		"of their own":           {[]string{personal}, known, "<https://l.example/a%20b%26?u=jo%40example.org>", oneClickPost},
		"of their own, and mail": {[]string{personal, mail}, known, "<https://l.example/a%20b%26?u=jo%40example.org>, <" + mail + ">", oneClickPost},
		"without a value":        {[]string{personal, mail}, nil, "<" + mail + ">", ""},
		"the same for all":       {[]string{"https://l.example/leave", mail}, known, "<https://l.example/leave>, <" + mail + ">", ""},
		"by mail":                {[]string{mail}, known, "<" + mail + ">", ""},
	} {
		c, err := NewComposer(leavingFrozen(tc.targets...))
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Draft(nil, roster.Subscriber{Email: "jo@example.org", Attributes: tc.attributes}, 0, 0, testDate)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := read(t, m.Data)
		if field, post := p.header.Get("List-Unsubscribe"), p.header.Get("List-Unsubscribe-Post"); field != tc.field || post != tc.post {
			t.Errorf("%s: %q %q", name, field, post)
		}
		url, _, _ := strings.Cut(strings.TrimPrefix(tc.field, "<"), ">")
		if !strings.Contains(p.bodies[0], "Unsubscribe: "+shownWay(url)) || strings.Count(p.bodies[1], `href="`+url+`"`) != 2 {
			t.Errorf("%s: %q", name, p.bodies)
		}
	}
}

// Who could only be offered an address that isn't theirs gets no message.
func TestNoWayToLeave(t *testing.T) {
	c, err := NewComposer(leavingFrozen("https://l.example/{{ .Attributes.token }}"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Draft(nil, roster.Subscriber{Email: "jo@example.org"}, 0, 0, testDate)
	if refused := (*content.Refused)(nil); !errors.As(err, &refused) || refused.Part != "unsubscribe" {
		t.Errorf("%v", err)
	}
}

// What releases before Leave have frozen goes out as it did.
func TestWaysFrozenBefore(t *testing.T) {
	f := plainFrozen()
	f.ListUnsubscribe, f.Footer = []string{"https://l.example/?{{.Email}}"}, "Why. Unsubscribe: https://l.example/"
	p := read(t, compose(t, f, jo()).Data)
	if got := p.header.Get("List-Unsubscribe"); got != "<https://l.example/?{{.Email}}>" || p.header.Get("List-Unsubscribe-Post") != oneClickPost {
		t.Errorf("%q", got)
	}
	if strings.Count(p.bodies[0], "Unsubscribe:") != 1 || strings.Contains(p.bodies[1], "<a href") {
		t.Errorf("%q", p.bodies)
	}
}
