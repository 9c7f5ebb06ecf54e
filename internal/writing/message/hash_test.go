package message

import (
	"bytes"
	"reflect"
	"testing"
)

// hashed is a message with something in each field.
func hashed() Frozen {
	return Frozen{
		Version: FrozenVersion, Hash: "old", Subject: "Fair {{ .Name }} <&>", Text: "Come, {{ .Name }}\u2028", HTML: "<p>Come</p>", Footer: "Why",
		Literal: true, FooterInHTML: true, FooterInText: true,
		From: Mailbox{Name: "HR", Address: "hr@example.gov"}, ReplyTo: []Mailbox{{Address: "owner@example.gov"}},
		ListID: "staff.lists.example.gov", ListName: "Staff", ListPostNO: true, ListUnsubscribe: []string{"https://example.gov/leave"}, Leave: true,
		Lists:           []List{{ListID: "a.lists.example.gov", Text: "A"}, {ListID: "b.lists.example.gov", Text: "B"}},
		MessageIDDomain: "lists.example.gov", BounceDomain: "b.example.gov", BounceTag: "b", BounceMode: BounceVERP,
		AutoSubmitted: "auto-generated", Generation: 3, Key: []byte{1}, DKIM: []Selector{{Domain: "example.gov", Selector: "s"}},
		Attachments: []Attachment{{Name: "a.txt", ContentType: "text/plain", ContentID: "a", Data: []byte("data")}},
		Calendar:    &Calendar{Data: []byte("BEGIN:VCALENDAR"), Method: "PUBLISH"},
	}
}

func hashOf(t *testing.T, f Frozen) string {
	t.Helper()
	hash, err := Hash(f)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// Hashes in records were made by releases before this one. Who changes the
// projection gives it another version.
func TestHashV1NeverChanges(t *testing.T) {
	before := hashed()
	before.Leave = false // it came later, and changed no hash of a message without it
	for want, f := range map[string]Frozen{
		"v1:a5ff58592b3d25b61f437fa02d62ca594b8d6f3bef33eaa2124bf530b622000f": before,
		"v1:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a": {},
	} {
		if got := hashOf(t, f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// notHashed are the fields that two messages of one hash may differ in.
var notHashed = map[string]bool{
	"Version": true, "Hash": true, "Key": true, "Generation": true,
	"BounceDomain": true, "BounceTag": true, "BounceMode": true, "DKIM": true,
}

// Every field counts, also one that nobody has thought of here.
func TestHashCoversEveryField(t *testing.T) {
	of := reflect.TypeFor[Frozen]()
	for i := range of.NumField() {
		name := of.Field(i).Name
		f := hashed()
		field := reflect.ValueOf(&f).Elem().Field(i)
		if field.IsZero() {
			t.Errorf("hashed() has no %s", name)
		}
		field.SetZero()
		if same := hashOf(t, f) == hashOf(t, hashed()); same != notHashed[name] {
			t.Errorf("another %s: the same hash is %t", name, same)
		}
	}
}

// So does what stands in the parts of a message.
func TestHashCoversParts(t *testing.T) {
	seen := map[string]string{hashOf(t, hashed()): "the first"}
	for name, change := range map[string]func(*Frozen){
		"data of a file":      func(f *Frozen) { f.Attachments[0].Data = []byte("Data") },
		"type of a file":      func(f *Frozen) { f.Attachments[0].ContentType = "text/csv" },
		"id of a file":        func(f *Frozen) { f.Attachments[0].ContentID = "A" },
		"text of a list":      func(f *Frozen) { f.Lists[1].Text = "C" },
		"order of lists":      func(f *Frozen) { f.Lists[0], f.Lists[1] = f.Lists[1], f.Lists[0] },
		"name of an author":   func(f *Frozen) { f.From.Name = "IT" },
		"event":               func(f *Frozen) { f.Calendar.Data = bytes.ToLower(f.Calendar.Data) },
		"words in other part": func(f *Frozen) { f.Text, f.Footer = f.Footer, f.Text },
	} {
		f := hashed()
		change(&f)
		got := hashOf(t, f)
		if other, taken := seen[got]; taken {
			t.Errorf("%s: the hash of %s", name, other)
		}
		seen[got] = name
	}
}

// A file that is kept beside the message, or read back, is the same file; and
// nothing that was given is changed.
func TestHashLeavesTheMessageAlone(t *testing.T) {
	f := hashed()
	f.Attachments[0].Detached = true
	if hashOf(t, f) != hashOf(t, hashed()) {
		t.Error("another hash for a file that is kept elsewhere")
	}
	want := []Attachment{{Name: "a.txt", ContentType: "text/plain", ContentID: "a", Data: []byte("data"), Detached: true}}
	if !reflect.DeepEqual(f.Attachments, want) || !bytes.Equal(f.Key, []byte{1}) {
		t.Errorf("%+v", f)
	}
}
