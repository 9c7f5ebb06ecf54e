package message

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestNewComposerRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		change     func(*Frozen)
	}{
		{"version", "version 2", func(f *Frozen) { f.Version = 2 }},
		{"key", "key has 3 octets", func(f *Frozen) { f.Key = f.Key[:3] }},
		{"from", "From", func(f *Frozen) { f.From.Address = "x" }},
		{"from line break", "From", func(f *Frozen) { f.From.Name = "x\r\nBcc: y@b.example" }},
		{"from address line break", "From", func(f *Frozen) { f.From.Address = "x@b.example\r\nBcc: y@b.example" }},
		{"from UTF-8", "not ASCII", func(f *Frozen) { f.From.Address = "jörg@b.example" }},
		{"reply-to", "Reply-To", func(f *Frozen) { f.ReplyTo[0].Name = "a\nb" }},
		{"list-id", "List-Id", func(f *Frozen) { f.ListID = "a b" }},
		{"list-id line break", "List-Id", func(f *Frozen) { f.ListID = "a.example>\r\nX: y" }},
		{"list name", "List-Id", func(f *Frozen) { f.ListName = "a\rb" }},
		{"unsubscribe http", "only https", func(f *Frozen) { f.ListUnsubscribe = []string{"http://b.example"} }},
		{"unsubscribe bracket", "percent-encoded", func(f *Frozen) { f.ListUnsubscribe = []string{"https://b.example/>"} }},
		{"unsubscribe line break", "List-Unsubscribe", func(f *Frozen) { f.ListUnsubscribe = []string{"https://b.example/\r\nX: y"} }},
		{"id domain", "Message-ID domain", func(f *Frozen) { f.MessageIDDomain = "x>" }},
		{"bounce domain", "bounce domain", func(f *Frozen) { f.BounceDomain = "" }},
		{"bounce tag", "bounce tag", func(f *Frozen) { f.BounceTag = "a+b" }},
		{"bounce tag empty", "bounce tag", func(f *Frozen) { f.BounceTag = "" }},
		{"bounce tag long", "at most 16", func(f *Frozen) { f.BounceTag = strings.Repeat("a", MaxVERPTag+1) }},
		{"bounce mode", "bounce mode", func(f *Frozen) { f.BounceMode = "verp" }},
		{"generation", "generation", func(f *Frozen) { f.Generation = -1 }},
		{"auto-submitted", "Auto-Submitted", func(f *Frozen) { f.AutoSubmitted = "x\r\nBcc: y" }},
		{"attachment name", "attachment 1: name", func(f *Frozen) { f.Attachments = []Attachment{{Name: "../x", ContentType: "text/plain", Data: nil}} }},
		{"attachment name line break", "attachment 1: name", func(f *Frozen) { f.Attachments = []Attachment{{Name: "a\r\nb", ContentType: "text/plain", Data: nil}} }},
		{"attachment type", "media type", func(f *Frozen) { f.Attachments = []Attachment{{Name: "a", ContentType: "text", Data: nil}} }},
		{"attachment type break", "", func(f *Frozen) {
			f.Attachments = []Attachment{{Name: "a", ContentType: "text/plain\r\nX: y", Data: nil}}
		}},
		{"attachment message", "can't be attached", func(f *Frozen) { f.Attachments = []Attachment{{Name: "a", ContentType: "message/rfc822", Data: nil}} }},
		{"template", "unknown field", func(f *Frozen) { f.Text = "{{.Naem}}" }},
		{"literal subject", "subject", func(f *Frozen) { f.Literal, f.Subject = true, "a\r\nBcc: y" }},
		{"literal body", "no body", func(f *Frozen) { f.Literal, f.Text, f.HTML = true, "", "" }},
		{"literal NUL", "NUL", func(f *Frozen) { f.Literal, f.Text = true, "\x00" }},
	} {
		f := plainFrozen()
		tc.change(&f)
		if _, err := NewComposer(f); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestFrozenSurvivesJSON(t *testing.T) {
	f := plainFrozen()
	f.Attachments = []Attachment{{Name: "a", ContentType: "text/plain", Data: []byte{0, 255}}}
	f.Attachments[0].ContentID, f.Calendar, f.Lists = "logo", &event, severalLists().Lists
	f.FooterInHTML, f.FooterInText = true, true
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Frozen
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(f, back) {
		t.Errorf("%v: %+v", err, back)
	}
}
