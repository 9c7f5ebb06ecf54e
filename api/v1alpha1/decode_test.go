package v1alpha1

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

const unreadable = `{"apiVersion":"crier.dev/v1alpha1","kind":"Suppression","metadata":{"name":"left","namespace":"hr","generation":2},` +
	`"spec":{"scope":{"kind":"List","name":"staff"},"reason":"Legal","expires":"2026-01-01T00:00:00z",` +
	`"entries":[{"address":"ann@example.gov","since":"yesterday","note":"kept"},{"address":7},{"address":"bob@example.gov"}]},` +
	`"status":{"observedGeneration":2,"addresses":2,"rejected":0,"conditions":[` +
	`{"type":"Ready","status":"True","reason":"Ready","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"},` +
	`{"type":"Theirs","status":"True","reason":"A","message":"","lastTransitionTime":"2026-01-01T00:00:00z"}]}}`

// One object that can't be decoded doesn't keep a list from being read, and
// what can be read of it is.
func TestListWithUndecodable(t *testing.T) {
	var list SuppressionList
	text := `{"kind":"SuppressionList","apiVersion":"crier.dev/v1alpha1","metadata":{"resourceVersion":"7"},"items":[` + unreadable + `,` +
		`{"metadata":{"name":"whole"},"spec":{"scope":{"kind":"Namespace"},"reason":"Manual"}}]}`
	if err := utiljson.Unmarshal([]byte(text), &list); err != nil || len(list.Items) != 2 {
		t.Fatal(err, len(list.Items))
	}
	if whole := list.Items[1]; whole.Undecoded() != "" || whole.Name != "whole" || whole.Spec.Reason != SuppressedManual {
		t.Errorf("%+v", whole)
	}
	s := list.Items[0]
	const time = " must be a time such as 2026-03-10T17:00:00Z or 2026-03-10T17:00:00-05:00"
	says := map[string]bool{}
	for _, one := range strings.Split(s.Undecoded(), "; ") {
		says[one] = true
	}
	if want := map[string]bool{
		"spec.expires" + time: true, "spec.entries[0].since" + time: true, "spec.entries[1].address must be a text": true,
	}; !reflect.DeepEqual(says, want) {
		t.Errorf("says %q", s.Undecoded())
	}
	if s.Name != "left" || s.Generation != 2 || s.Spec.Scope.Name != "staff" || s.Spec.Reason != SuppressedLegal || s.Spec.Expires != nil {
		t.Errorf("%+v", s)
	}
	if e := s.Spec.Entries; len(e) != 2 || e[0].Address != "ann@example.gov" || e[0].Note != "kept" || e[1].Address != "bob@example.gov" {
		t.Errorf("entries %+v", e)
	}
	if s.Status.ObservedGeneration != 2 || s.Status.Addresses != 2 || len(s.Status.Conditions) != 0 {
		t.Errorf("it is Ready, or has a condition without a time: %+v", s.Status)
	}
	if kept := s.DeepCopy(); kept.Undecoded() != s.Undecoded() {
		t.Error("a copy forgets")
	}
	text = strings.ReplaceAll(strings.ReplaceAll(unreadable, ":00z", ":00Z"), `"yesterday"`, `"2026-01-01T00:00:00Z"`)
	if err := utiljson.Unmarshal([]byte(strings.Replace(text, ":7", `:"c@example.gov"`, 1)), &s); err != nil || s.Undecoded() != "" || len(s.Spec.Entries) != 3 {
		t.Errorf("mended: %v, %q", err, s.Undecoded())
	}
}

// A status that can't be read is as if it weren't there: it is written anew.
func TestUndecodableStatus(t *testing.T) {
	var set SubscriberSet
	text := `{"metadata":{"name":"staff"},"spec":{"source":{"union":{"sets":[{"name":"a"}]}}},"status":{"subscribers":7,` +
		`"held":{"since":"then"},"roster":{"digest":"x","generation":1,"parts":1,"syncedAt":"2026-01-01T00:00:00Z"}}}`
	if err := utiljson.Unmarshal([]byte(text), &set); err != nil || set.Undecoded() != "" {
		t.Fatal(err, set.Undecoded())
	}
	if set.Status.Subscribers != 7 || set.Status.Roster == nil || set.Status.Held != nil {
		t.Errorf("%+v", set.Status)
	}
	for _, status := range []string{`7`, `{"subscribers":"many"}`} {
		text := `{"metadata":{"name":"staff"},"spec":{},"status":` + status + `}`
		if err := utiljson.Unmarshal([]byte(text), &set); err != nil || set.Undecoded() != "" || !reflect.DeepEqual(set.Status, SubscriberSetStatus{}) {
			t.Errorf("%s: %v, %q, %+v", status, err, set.Undecoded(), set.Status)
		}
	}
}

// Every kind is read that way, whatever stands in its spec or state.
func TestEveryKindIsDecodable(t *testing.T) {
	for _, kind := range []interface {
		metav1.Object
		Undecoded() string
	}{
		&Broadcast{}, &MailingList{}, &MessageTemplate{}, &Relay{}, &SubscriberSet{}, &Suppression{}, &DeliveryRecord{}, &DeliveryShard{},
	} {
		for _, part := range []string{`"spec":7`, `"spec":{},"state":7,"status":7`} {
			err := utiljson.Unmarshal([]byte(`{"metadata":{"name":"a"},`+part+`}`), kind)
			_, hasState := reflect.TypeOf(kind).Elem().FieldByName("State")
			flagged := strings.HasPrefix(part, `"spec":7`) || hasState
			if err != nil || kind.GetName() != "a" || (kind.Undecoded() != "") != flagged {
				t.Errorf("%T with %s: %v, %q, %q", kind, part, err, kind.GetName(), kind.Undecoded())
			}
		}
		if err := utiljson.Unmarshal([]byte(`{"metadata":{"name":7}}`), kind); err == nil {
			t.Errorf("%T without a name is read", kind)
		}
	}
}

// BenchmarkDecode compares with what it costs to decode without UnmarshalJSON.
func BenchmarkDecode(b *testing.B) {
	set := SubscriberSet{Spec: SubscriberSetSpec{Source: SubscriberSource{Inline: make([]Subscriber, 500)}}}
	for i := range set.Spec.Source.Inline {
		set.Spec.Source.Inline[i] = Subscriber{Email: fmt.Sprintf("person.%d@example.gov", i), Name: "Somebody", Attributes: map[string]string{"lang": "de", "office": "Bern"}}
	}
	shard := DeliveryShard{State: DeliveryShardState{Outcomes: strings.Repeat("a9p1", 8000), Exceptions: make([]ShardException, 2000)}}
	for i := range shard.State.Exceptions {
		shard.State.Exceptions[i] = ShardException{Index: int32(i), Attempts: 3, Reply: 1, At: time.Now().Unix()}
	}
	type plainSet SubscriberSet
	type plainShard DeliveryShard
	for _, c := range []struct {
		name  string
		value any
		into  func() any
	}{
		{"SubscriberSet/plain", set, func() any { return &plainSet{} }},
		{"SubscriberSet/kind", set, func() any { return &SubscriberSet{} }},
		{"DeliveryShard/plain", shard, func() any { return &plainShard{} }},
		{"DeliveryShard/kind", shard, func() any { return &DeliveryShard{} }},
	} {
		text, err := json.Marshal(c.value)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := utiljson.Unmarshal(text, c.into()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
