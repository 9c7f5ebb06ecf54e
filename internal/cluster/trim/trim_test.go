package trim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// secret stands in whatever nobody needs.
const secret = "hunter2"

func about(kind string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{Kind: kind}, ObjectMeta: full()}
}

func full() metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: "x", Namespace: "hr", UID: "1", ResourceVersion: "2", Generation: 3,
		Labels:          map[string]string{crier.LabelUse: "roster", "tier": "agency"},
		Annotations:     map[string]string{crier.AnnotationAcceptSync: "1", corev1.LastAppliedConfigAnnotation: secret},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: secret}},
		OwnerReferences: []metav1.OwnerReference{{Name: "owner"}},
	}
}

// What is applied with kubectl carries all of itself once more.
func TestNobodyNeedsContents(t *testing.T) {
	large := strings.Repeat(secret, 10_000)
	for name, obj := range map[string]any{
		"secret":    about("Secret"),
		"configmap": about("ConfigMap"),
		"namespace": about("Namespace"),
		"broadcast": &crier.Broadcast{ObjectMeta: full(), Spec: crier.BroadcastSpec{
			Subject: large, Content: crier.BroadcastContent{Text: large, HTML: large},
		}, Status: crier.BroadcastStatus{Deliveries: []crier.Delivery{{Recipient: secret}}, Conditions: []metav1.Condition{
			{Type: crier.ConditionFinished, Message: large}, {Type: crier.ConditionReady, Message: large},
		}}},
		"template":    &crier.MessageTemplate{ObjectMeta: full(), Spec: crier.MessageTemplateSpec{HTML: large, Text: large}},
		"set":         &crier.SubscriberSet{ObjectMeta: full(), Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{Email: large}}}}, Status: crier.SubscriberSetStatus{RejectedRows: []crier.RejectedRow{{Reason: large}}}},
		"suppression": &crier.Suppression{ObjectMeta: full(), Spec: crier.SuppressionSpec{Entries: []crier.SuppressionEntry{{Note: large}}}},
		"list":        &crier.MailingList{ObjectMeta: full()},
		"relay":       &crier.Relay{ObjectMeta: full()},
		"record":      &crier.DeliveryRecord{ObjectMeta: metav1.ObjectMeta{ManagedFields: full().ManagedFields}},
	} {
		kept, err := Object(obj)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), secret) {
			t.Errorf("%s keeps %.300s", name, text)
		}
		if len(text) > 1024 {
			t.Errorf("%s keeps %d octets", name, len(text))
		}
	}
}

// What wakes and finds an object stays.
func TestWhatIsLookedForStays(t *testing.T) {
	for kind, labels := range map[string]int{"Secret": 1, "Namespace": 2} {
		o := about(kind)
		_, _ = Object(o)
		if len(o.Labels) != labels || o.Labels[crier.LabelUse] == "" || o.ResourceVersion != "2" || o.UID != "1" {
			t.Errorf("%s: %+v", kind, o)
		}
	}
	set := &crier.SubscriberSet{ObjectMeta: full(), Spec: crier.SubscriberSetSpec{Source: crier.SubscriberSource{Inline: []crier.Subscriber{{}}}}}
	_, _ = Object(set)
	if set.Spec.Source.Inline == nil || set.Labels["tier"] == "" || !slices.Equal(slices.Collect(maps.Keys(set.Annotations)), []string{crier.AnnotationAcceptSync}) {
		t.Errorf("set: %+v", set)
	}
	b := &crier.Broadcast{ObjectMeta: full(), Spec: crier.BroadcastSpec{
		ListRef: &crier.LocalReference{Name: "staff"}, ListRefs: []crier.LocalReference{{Name: "all"}},
		Content: crier.BroadcastContent{TemplateRef: &crier.TemplateReference{Name: "notice"}, Attachments: []crier.ContentAttachment{{Name: "a.pdf"}}},
	}, Status: crier.BroadcastStatus{ObservedGeneration: 3, StartedAt: &metav1.Time{}, Conditions: []metav1.Condition{{Type: crier.ConditionFinished, Status: "True"}}}}
	before := b.DeepCopy()
	_, _ = Object(b)
	if b.Spec.ListRef.Name != "staff" || len(b.Spec.ListRefs) != 1 || b.Spec.Content.TemplateRef.Name != "notice" || len(b.Spec.Content.Attachments) != 1 ||
		b.Status.ObservedGeneration != 3 || b.Status.StartedAt == nil || b.Status.Conditions[0] != before.Status.Conditions[0] {
		t.Errorf("broadcast: %+v", b)
	}
	if got, err := Object("not an object"); err != nil || got != "not an object" {
		t.Errorf("%v, %v", got, err)
	}
}
