package draft

import (
	"bytes"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/writing/layout"
	"crier.dev/crier/internal/writing/message"
)

// whole is a message that refers to everything that one can refer to.
func whole(change ...func(*Facts)) Facts {
	f := fair(Edition{Run: "a/1", Began: noon, At: noon})
	f.Lists = append(f.Lists, list("public"))
	f.Template = &layout.Template{Name: "t", HTML: "<html><body>{{ .Body }}<p>{{ .List.Footer }}</p></body></html>"}
	f.Files = []message.Attachment{{Name: "a.txt", ContentType: "text/plain", Data: []byte("approved")}}
	f.Broadcast.Spec.Content.Values = map[string]crier.TemplateValue{}
	for _, c := range change {
		c(&f)
	}
	return f
}

func hash(t *testing.T, f Facts) string {
	t.Helper()
	frozen, err := Message(f)
	if err != nil {
		t.Fatal(err)
	}
	if frozen.Hash == "" {
		t.Fatal("no hash")
	}
	return frozen.Hash
}

// What a Broadcast refers to is in the hash of its message, wherever it stands.
func TestHashCoversWhatIsReferredTo(t *testing.T) {
	seen := map[string]string{hash(t, whole()): "the first"}
	for name, change := range map[string]func(*Facts){
		"template":                   func(f *Facts) { f.Template.HTML = "<html><body>Changed {{ .Body }}</body></html>" },
		"content of a file":          func(f *Facts) { f.Files[0].Data = []byte("changed") },
		"name of a file":             func(f *Facts) { f.Files[0].Name = "b.txt" },
		"type of a file":             func(f *Facts) { f.Files[0].ContentType = "text/csv" },
		"a file more":                func(f *Facts) { f.Files = append(f.Files, message.Attachment{Name: "b.txt", Data: []byte("b")}) },
		"From of the list":           func(f *Facts) { f.Lists[0].Spec.From.Address = "it@example.gov" },
		"name of the author":         func(f *Facts) { f.Lists[0].Spec.From.Name = "IT" },
		"footer of the list":         func(f *Facts) { f.Lists[0].Spec.Footer = "Changed" },
		"footer of the second list":  func(f *Facts) { f.Lists[1].Spec.Footer = "Changed" },
		"address of the second list": func(f *Facts) { f.Lists[1].Spec.Address = "citizens@lists.example.gov" },
		"name of the list":           func(f *Facts) { f.Lists[0].Spec.DisplayName = "Changed" },
		"owners, who get replies":    func(f *Facts) { f.Lists[0].Spec.Owners[0] = "it@example.gov" },
		"subject":                    func(f *Facts) { f.Broadcast.Spec.Subject = "Changed" },
		"event":                      func(f *Facts) { f.Broadcast.Spec.Content.Event.Location = "Aula" },
		"no event":                   func(f *Facts) { f.Broadcast.Spec.Content.Event = nil },
		"one list":                   func(f *Facts) { f.Lists = f.Lists[:1] },
		"order of the lists":         func(f *Facts) { f.Lists[0], f.Lists[1] = f.Lists[1], f.Lists[0] },
	} {
		got := hash(t, whole(change))
		if other, taken := seen[got]; taken {
			t.Errorf("%s: the hash of %s", name, other)
		}
		seen[got] = name
	}
}

// It says nothing of the run, the time, the way, and those who are sent to.
func TestHashIsOfTheWordsOnly(t *testing.T) {
	want := hash(t, whole())
	for name, change := range map[string]func(*Facts){
		"another try": func(*Facts) {},
		"key":         func(f *Facts) { f.Key = bytes.Repeat([]byte{8}, message.KeySize) },
		"run":         func(f *Facts) { f.Edition.Run = "b/7" },
		"time":        func(f *Facts) { f.Edition.At = noon.Add(time.Hour) },
		"not sent":    func(f *Facts) { f.Edition = Edition{} },
		"attributes":  func(f *Facts) { f.Attributes = []string{"branch"} },
		"names":       func(f *Facts) { f.Broadcast.Namespace, f.Broadcast.Name, f.Template.Name = "it", "old", "u" },
		"relay": func(f *Facts) {
			f.Relay.Spec.BounceDomain, f.Relay.Spec.Bounces.Mode = "b.example.gov", crier.BounceVERP
			f.Relay.Spec.DKIM = []crier.RelayDKIM{{Domain: "example.gov", Selector: "s"}}
		},
		"who is on the list": func(f *Facts) { f.Lists[0].Spec.Audience.Filter = "false" },
	} {
		if got := hash(t, whole(change)); got != want {
			t.Errorf("%s: another hash", name)
		}
	}
}
