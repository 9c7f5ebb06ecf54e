package message

import (
	"errors"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
)

func severalLists() Frozen {
	f := plainFrozen()
	f.ListID, f.ListName, f.ListUnsubscribe, f.Footer = "", "", nil, "not this one"
	f.Lists = []List{
		{ListID: "staff.lists.example.gov", ListName: "Staff", Footer: "You are staff."},
		{ListID: "news.lists.example.gov", ListName: "News ü", ListUnsubscribe: []string{"https://example.gov/u"}, Footer: "You asked for news."},
		{ListID: "plain.lists.example.gov"},
	}
	return f
}

func TestSeveralLists(t *testing.T) {
	ids := map[string]bool{}
	for list, want := range []struct{ id, unsubscribe, post, footer string }{
		{`"Staff" <staff.lists.example.gov>`, "", "", "You are staff."},
		{`=?utf-8?q?News_=C3=BC?= <news.lists.example.gov>`, "<https://example.gov/u>", "List-Unsubscribe=One-Click", "You asked for news."},
		{"<plain.lists.example.gov>", "", "", ""},
	} {
		r := jo()
		r.List = list
		m := compose(t, severalLists(), r)
		p := read(t, m.Data)
		if id, u, post := p.header.Get("List-Id"), p.header.Get("List-Unsubscribe"), p.header.Get("List-Unsubscribe-Post"); id != want.id || u != want.unsubscribe || post != want.post {
			t.Errorf("list %d: %q %q %q", list, id, u, post)
		}
		for _, body := range p.bodies {
			if !strings.Contains(body, want.footer) || strings.Contains(body, "You ") != (want.footer != "") || strings.Contains(body, "not this one") {
				t.Errorf("list %d: %s", list, body)
			}
		}
		ids[m.MessageID] = true
	}
	if len(ids) != 1 {
		t.Error("the Message-ID depends on the list: somebody who moves to another one gets a second copy")
	}
}

// A row that names no list is a mistake of ours, which concerns the run.
func TestListOutOfRange(t *testing.T) {
	for _, test := range []struct {
		frozen Frozen
		list   int
	}{{severalLists(), 3}, {severalLists(), -1}, {plainFrozen(), 1}} {
		c, err := NewComposer(test.frozen)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Compose(nil, roster.Subscriber{Email: "a@b.example", List: test.list}, 0, 0, testDate)
		if err == nil || errors.As(err, new(*content.Refused)) || m.Data != nil {
			t.Errorf("list %d: %v", test.list, err)
		}
	}
}

func TestListsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Frozen){
		"list 2: List-Id":           func(f *Frozen) { f.Lists[1].ListID = "a b" },
		"list 1: List-Unsubscribe":  func(f *Frozen) { f.Lists[0].ListUnsubscribe = []string{"http://b.example"} },
		"the message has 101 lists": func(f *Frozen) { f.Lists = make([]List, maxLists+1) },
	} {
		f := severalLists()
		change(&f)
		if _, err := NewComposer(f); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestFooterThatIsThere(t *testing.T) {
	for _, html := range []bool{false, true} {
		for _, text := range []bool{false, true} {
			f := plainFrozen()
			f.Footer, f.FooterInHTML, f.FooterInText = "Why you get this", html, text
			p := read(t, compose(t, f, jo()).Data)
			for i, placed := range []bool{text, html} {
				if strings.Contains(p.bodies[i], f.Footer) == placed {
					t.Errorf("placed in text %t, in HTML %t: %s is %q", text, html, p.types[i], p.bodies[i])
				}
			}
		}
	}
}
