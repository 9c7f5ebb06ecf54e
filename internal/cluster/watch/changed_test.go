package watch

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	crier "crier.dev/crier/api/v1alpha1"
)

var now = metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

func ready(message string, at metav1.Time) []metav1.Condition {
	return []metav1.Condition{{Type: crier.ConditionReady, Status: "True", Reason: "Ready", Message: message, LastTransitionTime: at}}
}

func relay(edit func(*crier.Relay)) *crier.Relay {
	r := &crier.Relay{Status: crier.RelayStatus{
		Conditions: ready("It answers.", now), Capabilities: []string{"SIZE"},
		Probe: &crier.RelayProbe{Time: now, Settings: "sha256:a", Reason: "Reachable"},
	}}
	edit(r)
	return r
}

func set(edit func(*crier.SubscriberSet)) *crier.SubscriberSet {
	s := &crier.SubscriberSet{Status: crier.SubscriberSetStatus{
		Conditions: ready("Read.", now), Subscribers: 3,
		Sync:   &crier.SyncStatus{At: now, Inputs: "a"},
		Roster: &crier.RosterStatus{Digest: "sha256:a", SyncedAt: now},
	}}
	edit(s)
	return s
}

func suppressed(edit func(*crier.Suppression)) *crier.Suppression {
	s := &crier.Suppression{Status: crier.SuppressionStatus{
		Conditions: ready("Read.", now), Roster: &crier.RosterStatus{Digest: "sha256:a"}, Read: &crier.SuppressionRead{At: now, Inputs: "a"},
	}}
	edit(s)
	return s
}

func list(edit func(*crier.MailingList)) *crier.MailingList {
	l := &crier.MailingList{Status: crier.MailingListStatus{Conditions: ready("3 subscribers.", now), Subscribers: 3}}
	edit(l)
	return l
}

func annotated(name string) *crier.Broadcast {
	return &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{name: "b"}}}
}

func TestNews(t *testing.T) {
	later := metav1.NewTime(now.Add(time.Minute))
	for _, c := range []struct {
		name    string
		of      predicate.Predicate
		was, is client.Object
		want    bool
	}{
		{"broadcast edited", Broadcast(), &crier.Broadcast{}, &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{Generation: 2}}, true},
		{"broadcast released from a restore", Broadcast(), &crier.Broadcast{}, annotated(crier.AnnotationReleaseRestored), true},
		{"broadcast released from a set-back", Broadcast(), &crier.Broadcast{}, annotated(crier.AnnotationReleaseSetBack), true},
		{"broadcast annotated", Broadcast(), &crier.Broadcast{}, annotated("a"), false},
		{"relay tried again", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.Probe.Time = later }), false},
		{"relay labeled", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Labels = map[string]string{"a": "b"} }), false},
		{"relay edited", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Generation = 2 }), true},
		{"relay tried with others", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.Probe.Settings = "sha256:b" }), true},
		{"relay offers less", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.Capabilities = nil }), true},
		{"relay takes less", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.MaxMessageBytes = 1000 }), true},
		{"relay is down", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.Conditions[0].Status = "False" }), true},
		{"relay says the same anew", Relay(), relay(func(*crier.Relay) {}), relay(func(r *crier.Relay) { r.Status.Conditions = ready("It answers.", later) }), false},
		{"set read again", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Sync.At = later }), false},
		{"set of another roster", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Roster.Digest = "sha256:b" }), true},
		{"set from other versions", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Sync.Inputs = "b" }), true},
		{"set tried with other versions", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Attempt = &crier.SyncAttempt{Inputs: "b"} }), true},
		{"set held with other versions", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Held = &crier.HeldSync{Inputs: "b"} }), true},
		{"set labeled", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Labels = map[string]string{"part": "staff"} }), true},
		{"set with another attribute", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Status.Attributes = []string{"a"} }), true},
		{"set annotated", SubscriberSet(), set(func(*crier.SubscriberSet) {}), set(func(s *crier.SubscriberSet) { s.Annotations = map[string]string{"a": "b"} }), false},
		{"suppression labeled", Suppression(), suppressed(func(*crier.Suppression) {}), suppressed(func(s *crier.Suppression) { s.Labels = map[string]string{"a": "b"} }), false},
		{"suppression read again", Suppression(), suppressed(func(*crier.Suppression) {}), suppressed(func(s *crier.Suppression) { s.Status.Read.At = later }), false},
		{"suppression of other addresses", Suppression(), suppressed(func(*crier.Suppression) {}), suppressed(func(s *crier.Suppression) { s.Status.Roster.Digest = "sha256:b" }), true},
		{"suppression from other versions", Suppression(), suppressed(func(*crier.Suppression) {}), suppressed(func(s *crier.Suppression) { s.Status.Read.Inputs = "b" }), true},
		{"suppression edited", Suppression(), suppressed(func(*crier.Suppression) {}), suppressed(func(s *crier.Suppression) { s.Generation = 2 }), true},
		{"list says another number", MailingList(), list(func(*crier.MailingList) {}), list(func(l *crier.MailingList) { l.Status.Conditions = ready("4 subscribers.", now) }), true},
		{"list annotated", MailingList(), list(func(*crier.MailingList) {}), list(func(l *crier.MailingList) { l.Annotations = map[string]string{"a": "b"} }), false},
		{"template broken", MessageTemplate(), &crier.MessageTemplate{Status: crier.MessageTemplateStatus{Conditions: ready("", now)}}, &crier.MessageTemplate{}, true},
		{"template annotated", MessageTemplate(), &crier.MessageTemplate{}, &crier.MessageTemplate{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"a": "b"}}}, false},
		{"own status", Own(), list(func(*crier.MailingList) {}), list(func(l *crier.MailingList) { l.Status.Subscribers = 4 }), true},
		{"own annotation", Own(), list(func(*crier.MailingList) {}), list(func(l *crier.MailingList) { l.Annotations = map[string]string{"a": "b"} }), false},
		{"another kind", Relay(), list(func(*crier.MailingList) {}), list(func(*crier.MailingList) {}), true},
	} {
		if got := c.of.Update(event.UpdateEvent{ObjectOld: c.was, ObjectNew: c.is}); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
	if !Relay().Create(event.CreateEvent{}) || !Relay().Delete(event.DeleteEvent{}) {
		t.Error("what comes and goes is news")
	}
}
