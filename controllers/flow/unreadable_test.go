package flow_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
)

// spoil writes a value into an object that no Go type of its kind can have, or
// mends it.
func (w *world) spoil(kind, name string, value any, path ...string) {
	w.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(crier.GroupVersion.WithKind(kind))
	key := client.ObjectKey{Namespace: w.NS, Name: name}
	switch kind {
	case "DeliveryRecord":
		key.Namespace = ""
	case "DeliveryShard":
		key.Namespace = apitest.OperatorNamespace
	}
	if err := api.Get(w.Context(), key, u); err != nil {
		w.Fatal(err)
	}
	if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
		w.Fatal(err)
	}
	if err := api.Update(w.Context(), u); err != nil {
		w.Fatal(err)
	}
}

const badTime = "2026-03-04T09:00:00z"

// A Suppression that can't be read keeps the mail back that it is about, and no
// other, until it is mended.
func TestUnreadableSuppressionHolds(t *testing.T) {
	cases := []struct {
		name, scope string
		holds       bool
		w           *world
	}{
		{name: "of the list", scope: `{"kind": "List", "name": "staff"}`, holds: true},
		{name: "of another list", scope: `{"kind": "List", "name": "others"}`},
		{name: "of nobody knows what", scope: `7`, holds: true},
	}
	for i := range cases {
		cases[i].w = newWorld(t, 3)
	}
	other := newWorld(t, 2)
	server.Loosen(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := c.w
			w.T = t
			w.Create(apitest.Raw("Suppression", w.NS, "left", `{"scope": `+c.scope+`, "reason": "Legal", "expires": "`+badTime+`", "entries": [{"address": "p0001@example.net"}]}`))
			w.readSuppressions("left")
			w.Create(w.Broadcast())
			if !c.holds {
				w.look(crier.ReasonSending, "3 recipients")
				return
			}
			w.look(crier.ReasonSuppressionNotReady, "left")
			w.spoil("Suppression", "left", map[string]any{"kind": "List", "name": "staff"}, "spec", "scope")
			w.spoil("Suppression", "left", "2026-04-04T09:00:00Z", "spec", "expires")
			w.readSuppressions("left")
			w.look(crier.ReasonSending, "2 recipients")
		})
	}
	other.Create(other.Broadcast())
	other.look(crier.ReasonSending, "2 recipients")
}

// What a Broadcast refers to and can't be read keeps it back, and says so.
func TestUnreadableReferenceHolds(t *testing.T) {
	cases := []struct {
		kind, name, reason, words string
		path                      []string
		good                      any
		w                         *world
	}{
		{"SubscriberSet", "staff", crier.ReasonSubscribersNotReady, "spec.refreshInterval must be a duration", []string{"spec", "refreshInterval"}, "1h", nil},
		{"SubscriberSet", "left", crier.ReasonSubscribersNotReady, "spec.refreshInterval must be a duration", []string{"spec", "refreshInterval"}, "1h", nil},
		{"MailingList", "staff", crier.ReasonFieldUnreadable, "spec.report.after must be a duration", []string{"spec", "report", "after"}, "1h", nil},
		{"MessageTemplate", "plain", crier.ReasonFieldUnreadable, "spec.html must be a text", []string{"spec", "html"}, "<p>{{ .Body }}</p>", nil},
		{"Relay", "main", crier.ReasonRelayNotReady, "FieldUnreadable", []string{"spec", "port"}, int64(587), nil},
	}
	for i := range cases {
		w := newWorld(t, 3)
		w.Create(w.set("left", 1))
		apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) {
			l.Spec.Audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "left"}}}
		})
		template := &crier.MessageTemplate{Spec: crier.MessageTemplateSpec{HTML: "<p>{{ .Body }}</p>"}}
		template.Namespace, template.Name = w.NS, "plain"
		w.Create(template)
		w.prepare()
		cases[i].w = w
	}
	server.Loosen(t)
	for _, c := range cases {
		t.Run(c.kind+" "+c.name, func(t *testing.T) {
			w := c.w
			w.T = t
			w.spoil(c.kind, c.name, true, c.path...)
			w.prepare()
			b := w.Broadcast()
			b.Spec.Content = crier.BroadcastContent{Markdown: "Hello", TemplateRef: &crier.TemplateReference{Name: "plain"}}
			w.Create(b)
			w.look(c.reason, c.words)
			if w.attempts > 0 {
				t.Error("frozen")
			}
			w.spoil(c.kind, c.name, c.good, c.path...)
			w.prepare()
			w.look(crier.ReasonSending, "2 recipients")
		})
	}
}

// A record that can't be read is neither sent again nor overwritten, and goes on
// where it was when it is mended.
func TestUnreadableRecord(t *testing.T) {
	cases := []struct {
		name      string
		bad, good any
		path      []string
		w         *world
	}{
		{"first sight", badTime, start.Format(time.RFC3339), []string{"state", "firstSeen"}, nil},
		{"stage", int64(7), "Frozen", []string{"state", "stage"}, nil},
		{"frozen", "yes", nil, []string{"state", "frozen"}, nil},
	}
	for i := range cases {
		w := newWorld(t, 4)
		w.frozen()
		w.send(w.recordName(), 2, accepted)
		cases[i].w = w
	}
	server.Loosen(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := c.w
			w.T = t
			whole := &unstructured.Unstructured{}
			whole.SetGroupVersionKind(crier.GroupVersion.WithKind("DeliveryRecord"))
			if err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, whole); err != nil {
				t.Fatal(err)
			}
			if c.good == nil {
				c.good, _, _ = unstructured.NestedFieldCopy(whole.Object, c.path...)
			}
			w.spoil("DeliveryRecord", w.recordName(), c.bad, c.path...)
			spoilt := w.version()
			w.carry(w.recordName())
			w.look(crier.ReasonFieldUnreadable, "Ask the platform team")
			w.Delete(apitest.Get(w, "news", &crier.Broadcast{}))
			w.carry(w.recordName())
			w.Create(w.Broadcast())
			w.look(crier.ReasonFieldUnreadable, "nothing is sent")
			if w.attempts != 1 || w.version() != spoilt {
				t.Fatalf("%d attempts, version %s, was %s", w.attempts, w.version(), spoilt)
			}
			w.spoil("DeliveryRecord", w.recordName(), c.good, c.path...)
			w.carry(w.recordName())
			w.look(crier.ReasonRecreatedWhileSend, "")
			if state := w.stage(crier.RecordFrozen).State; state.Frozen.Recipients != 4 || w.attempts != 1 {
				t.Errorf("%d attempts, %+v", w.attempts, state.Frozen)
			}
		})
	}
}

func (w *world) version() string {
	w.Helper()
	return w.recordOf(w.recordName()).ResourceVersion
}

// A shard that can't be read stops its record, and no other, until it is mended.
func TestUnreadableShard(t *testing.T) {
	w := newWorld(t, 4)
	w.frozen()
	w.send(w.recordName(), 2, accepted)
	server.Loosen(t)
	name := names.ShardName(w.recordName(), w.record().State.Frozen.Attempt, 0)
	w.spoil("DeliveryShard", name, "many", "state", "cursor")
	w.carry(w.recordName())
	w.look(crier.ReasonLedgerLost, "it isn't known who got the message")
	w.spoil("DeliveryShard", name, int64(2), "state", "cursor")
	w.carry(w.recordName())
	if stop := w.record().State.Stop; stop != nil {
		t.Errorf("mended, and still %+v", stop)
	}
}

// Nothing more is sent of a Broadcast while it can't be read what it asks for.
func TestUnreadableBroadcastStops(t *testing.T) {
	w := newWorld(t, 4)
	w.frozen()
	w.send(w.recordName(), 2, accepted)
	server.Loosen(t)
	w.spoil("Broadcast", "news", map[string]any{"token": "again", "only": "Remaining", "notAfter": badTime}, "spec", "resend")
	w.look(crier.ReasonFieldUnreadable, "spec.resend.notAfter must be a time")
	w.carry(w.recordName())
	if stop := w.record().State.Stop; stop == nil || stop.Reason != crier.ReasonFieldUnreadable || stop.Final {
		t.Fatalf("stop %+v", stop)
	}
	w.spoil("Broadcast", "news", nil, "spec", "resend")
	w.carry(w.recordName())
	if stop := w.record().State.Stop; stop != nil {
		t.Errorf("mended, and still %+v", stop)
	}
}
