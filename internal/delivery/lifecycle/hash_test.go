package lifecycle

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// The values stand in records of clusters that run. A change of one would
// turn every Broadcast in Git into a stranger.
func TestContentHashV1NeverChanges(t *testing.T) {
	small := crier.BroadcastSpec{ListRef: &crier.LocalReference{Name: "staff"}, Subject: "Hi", Content: crier.BroadcastContent{Text: "x"}, NotAfter: at(time.Hour)}
	later := spec() // with the fields that were added later
	later.ListRef, later.ListRefs, later.Filter = nil, lists("staff", "board"), "city == 'Bern'"
	later.Content = crier.BroadcastContent{
		Markdown: "# Dear", TemplateRef: &crier.TemplateReference{Name: "notice"}, Language: "de",
		Values: map[string]crier.TemplateValue{"room": "12"}, Event: event(time.Hour, 2*time.Hour),
	}
	later.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{SubscriberSets: lists("interns")}}
	for want, spec := range map[string]crier.BroadcastSpec{
		"v1:0cb49b6cde5e866b683b37e56bee32c7294a77aa7330cc3dd52a6707f5e30c3b": later,
		"v1:7aa8c3e17cf2dd2d98f4b351866f6d4bab42e13536950a5bd47fa0ac3f560c74": spec(),
		"v1:1a3a9e5782c02ab2263f9865c94d46f7c6025f20f6bf53410926907d72eb1512": small,
	} {
		if got := ContentHash(spec); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestContentIsNotPolicy(t *testing.T) {
	five := int64(5)
	for name, change := range map[string]func(*crier.BroadcastSpec){
		"suspend": func(s *crier.BroadcastSpec) { s.Suspend = true },
		"resend":  func(s *crier.BroadcastSpec) { s.Resend = &crier.Resend{Token: "a", Only: crier.ResendAll} },
		"audience": func(s *crier.BroadcastSpec) {
			s.Audience = &crier.BroadcastAudience{AudienceBounds: crier.AudienceBounds{MinRecipients: &five}}
		},
		"max deferral": func(s *crier.BroadcastSpec) { s.MaxDeferral = &metav1.Duration{Duration: time.Hour} },
		"on unknown":   func(s *crier.BroadcastSpec) { s.OnUnknown = crier.UnknownResend },
		"on recreate":  func(s *crier.BroadcastSpec) { s.OnRecreate = crier.RecreateResume },
		"another zone": func(s *crier.BroadcastSpec) {
			s.SendAt = &metav1.Time{Time: s.SendAt.In(time.FixedZone("CET", 3600))}
			s.NotAfter = &metav1.Time{Time: s.NotAfter.In(time.FixedZone("EST", -5*3600))}
		},
	} {
		changed := spec()
		change(&changed)
		if ContentHash(changed) != ContentHash(spec()) || !SameContent(ContentHash(spec()), changed) {
			t.Errorf("%s makes another content", name)
		}
	}
}

func TestContentHashCoversContent(t *testing.T) {
	seen := map[string]string{ContentHash(spec()): "the first"}
	for name, change := range map[string]func(*crier.BroadcastSpec){
		"list":              func(s *crier.BroadcastSpec) { s.ListRef = &crier.LocalReference{Name: "other"} },
		"subject":           func(s *crier.BroadcastSpec) { s.Subject += "!" },
		"text":              func(s *crier.BroadcastSpec) { s.Content.Text += "!" },
		"no text":           func(s *crier.BroadcastSpec) { s.Content.Text = "" },
		"html":              func(s *crier.BroadcastSpec) { s.Content.HTML += "!" },
		"text becomes html": func(s *crier.BroadcastSpec) { s.Content.Text, s.Content.HTML = s.Content.HTML, s.Content.Text },
		"from name":         func(s *crier.BroadcastSpec) { s.FromName = "Me" },
		"reply to":          func(s *crier.BroadcastSpec) { s.ReplyTo = nil },
		"reply to name":     func(s *crier.BroadcastSpec) { s.ReplyTo[0].Name = "" },
		"send at":           func(s *crier.BroadcastSpec) { s.SendAt = at(2 * time.Hour) },
		"not after":         func(s *crier.BroadcastSpec) { s.NotAfter = nil },
		"filter":            func(s *crier.BroadcastSpec) { s.Filter = "city == 'Bern'" },
		"two lists":         func(s *crier.BroadcastSpec) { s.ListRef, s.ListRefs = nil, lists("staff", "board") },
		"lists the other way round": func(s *crier.BroadcastSpec) {
			s.ListRef, s.ListRefs = nil, lists("board", "staff")
		},
		"excluded set": func(s *crier.BroadcastSpec) {
			s.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{SubscriberSets: lists("interns")}}
		},
		"markdown": func(s *crier.BroadcastSpec) { s.Content.Markdown = "# Dear" },
		"template": func(s *crier.BroadcastSpec) {
			s.Content.TemplateRef = &crier.TemplateReference{Name: "notice"}
		},
		"values":      func(s *crier.BroadcastSpec) { s.Content.Values = map[string]crier.TemplateValue{"room": "12"} },
		"sections":    func(s *crier.BroadcastSpec) { s.Content.Sections = []crier.ContentSection{{}} },
		"attachments": func(s *crier.BroadcastSpec) { s.Content.Attachments = []crier.ContentAttachment{{Name: "a.pdf"}} },
		"language":    func(s *crier.BroadcastSpec) { s.Content.Language = "de" },
		"event":       func(s *crier.BroadcastSpec) { s.Content.Event = event(time.Hour, 2*time.Hour) },
		"event later": func(s *crier.BroadcastSpec) { s.Content.Event = event(time.Hour+time.Minute, 2*time.Hour) },
		"event longer": func(s *crier.BroadcastSpec) {
			s.Content.Event = event(time.Hour, 3*time.Hour)
		},
	} {
		changed := spec()
		change(&changed)
		hash := ContentHash(changed)
		if before, ok := seen[hash]; ok {
			t.Errorf("%s is the same content as %s", name, before)
		}
		seen[hash] = name
		if SameContent(ContentHash(spec()), changed) {
			t.Errorf("%s is the same content", name)
		}
	}
}

func TestContentOfAnotherVersionIsNeverTheSame(t *testing.T) {
	hash := ContentHash(spec())
	for _, other := range []string{"v2" + hash[2:], hash[3:], "", "v1:", hash + "0"} {
		if SameContent(other, spec()) {
			t.Errorf("%q is the same content", other)
		}
	}
}

func lists(names ...string) (out []crier.LocalReference) {
	for _, name := range names {
		out = append(out, crier.LocalReference{Name: name})
	}
	return out
}

func event(start, end time.Duration) *crier.CalendarEvent {
	return &crier.CalendarEvent{Summary: "Drill", Start: *at(start), End: *at(end)}
}

// The same moment in another zone is the same event.
func TestEventInAnotherZone(t *testing.T) {
	one, other := spec(), spec()
	one.Content.Event = event(time.Hour, 2*time.Hour)
	other.Content.Event = event(time.Hour, 2*time.Hour)
	zone := time.FixedZone("CET", 3600)
	other.Content.Event.Start = metav1.NewTime(other.Content.Event.Start.In(zone))
	other.Content.Event.End = metav1.NewTime(other.Content.Event.End.In(zone))
	if ContentHash(one) != ContentHash(other) {
		t.Error("another zone makes another content")
	}
}
