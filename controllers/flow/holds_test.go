package flow_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reporting"
	"crier.dev/crier/internal/testing/apitest"
)

func TestTooLateAtFirstSightIsQuiet(t *testing.T) {
	w := newWorld(t, 3)
	w.Advance(49 * time.Hour)
	w.Create(w.Broadcast())
	b := w.look(crier.ReasonDeadlinePassed, "had already passed")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonDeadlinePassed)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonDeadlinePassed)
	w.look(crier.ReasonDeadlinePassed, "")
	err := api.Get(w.Context(), client.ObjectKey{Name: w.recordName()}, &crier.DeliveryRecord{})
	if client.IgnoreNotFound(err) != nil || err == nil || w.reportRecords() != 0 || b.Status.Record != "" {
		t.Errorf("a record or a report: %v, %q", err, b.Status.Record)
	}
}

func TestMissedDeadlineIsLoud(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(w.Broadcast())
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Content.Text = "{{ .Nickname }}" })
	w.look(crier.ReasonInvalidTemplate, "Correct this Broadcast and apply it again")
	result, err := w.tryBroadcast()
	if err != nil || result.RequeueAfter != 48*time.Hour {
		t.Errorf("again after %s, %v: the deadline would go unnoticed", result.RequeueAfter, err)
	}
	w.Advance(48 * time.Hour)
	b := w.look(crier.ReasonDeadlineMissed, "")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonDeadlineMissed)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonDeadlineMissed)
	w.look(crier.ReasonDeadlineMissed, "")
	if report := w.recordOf(w.reportName(crier.ReportFinal)); w.reportRecords() != 1 || report.State.Stage != crier.RecordFrozen {
		t.Errorf("%d reports, %+v", w.reportRecords(), report.State)
	}
	// Given more time before anything was frozen, it is a new run.
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) {
		b.Spec.Content.Text, b.Spec.NotAfter = "Mended", &metav1.Time{Time: w.Clock.Now().Add(time.Hour)}
	})
	w.look(crier.ReasonSending, "")
	if run := w.stage(crier.RecordFrozen).State.Run; run != 2 {
		t.Errorf("run %d", run)
	}
}

func TestDeadlineInTheMiddle(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 4, accepted)
	w.Advance(48 * time.Hour)
	w.carry(w.recordName())
	b := w.look(crier.ReasonDeadlineMissed, "6 of 10 were never tried")
	w.condition(b, crier.ConditionComplete, false, crier.ReasonDeadlineMissed)
}

func TestDeadlineAfterTheLastRecipientIsNotMissed(t *testing.T) {
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 100, accepted)
	w.Advance(48 * time.Hour) // before the Job was seen to end
	w.carry(w.recordName())
	w.look(crier.ReasonSent, "100%")
}

func TestNobodyToSendTo(t *testing.T) {
	w := bare(t)
	w.file("staff") // a header, and nobody
	w.Create(w.Relay())
	w.Create(w.FromCSV("staff", apitest.InConfigMap("staff")))
	w.Create(w.List())
	w.prepare()
	w.Create(w.Broadcast())
	w.look(crier.ReasonAudienceEmpty, "nobody to send to")
	w.Advance(48 * time.Hour)
	b := w.look(crier.ReasonNotSent, "nobody to send to")
	w.condition(b, crier.ConditionFinished, true, crier.ReasonNotSent)
	w.condition(b, crier.ConditionComplete, false, crier.ReasonNotSent)
	if b.Status.Accepted == "100%" {
		t.Error("100 % of nobody")
	}
}

func TestHeldAndMendedInPlace(t *testing.T) {
	low, high := int64(2), int64(20)
	for _, c := range []struct {
		name, reason, words string
		spoil, mend         func(*crier.Broadcast)
	}{
		{"template", crier.ReasonInvalidTemplate, "", func(b *crier.Broadcast) { b.Spec.Content.Text = "{{ .Nickname" },
			func(b *crier.Broadcast) { b.Spec.Content.Text = "{{ .Name }}" }},
		{"attribute that nobody has", crier.ReasonInvalidTemplate, "", func(b *crier.Broadcast) { b.Spec.Content.Text = "{{ .Attributes.agency }}" },
			func(b *crier.Broadcast) { b.Spec.Content.Text = "Hello" }},
		{"too few", crier.ReasonAudienceSize, "fewer than minRecipients (20)", func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{AudienceBounds: crier.AudienceBounds{MinRecipients: &high}}
		},
			func(b *crier.Broadcast) { b.Spec.Audience = nil }},
		{"too many", crier.ReasonAudienceSize, "more than maxRecipients (2)", func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{AudienceBounds: crier.AudienceBounds{MaxRecipients: &low}}
		},
			func(b *crier.Broadcast) { b.Spec.Audience.MaxRecipients = &high }},
		{"deadline", crier.ReasonInvalidDeadline, "90 days", func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: start.Add(91 * 24 * time.Hour)} },
			func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: start.Add(time.Hour)} }},
		{"not yet", crier.ReasonScheduled, "3 recipients", func(b *crier.Broadcast) { b.Spec.SendAt = &metav1.Time{Time: start.Add(time.Hour)} },
			func(b *crier.Broadcast) { b.Spec.SendAt = nil }},
		{"suspended", crier.ReasonSuspended, "3 recipients", func(b *crier.Broadcast) { b.Spec.Suspend = true },
			func(b *crier.Broadcast) { b.Spec.Suspend = false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 3)
			b := w.Broadcast()
			c.spoil(b)
			w.Create(b)
			b = w.look(c.reason, c.words)
			if b.Status.Sealed != nil || w.attempts > 0 {
				t.Error("sealed or frozen")
			}
			apitest.Edit(w, "news", &crier.Broadcast{}, c.mend)
			w.look(crier.ReasonSending, "3 recipients")
		})
	}
}

func TestSealedIsNotEdited(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	for name, change := range map[string]func(*crier.Broadcast){
		"text":     otherText,
		"deadline": func(b *crier.Broadcast) { b.Spec.NotAfter = &metav1.Time{Time: start.Add(time.Hour)} },
		"deferral": func(b *crier.Broadcast) { b.Spec.MaxDeferral = &metav1.Duration{Duration: time.Hour} },
		"html":     func(b *crier.Broadcast) { b.Spec.Content.HTML = "<p>" },
	} {
		if err := apitest.TryEdit(w, "news", &crier.Broadcast{}, change); err == nil {
			t.Errorf("%s was changed", name)
		}
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Suspend = true })
}

func TestGrantIsWithdrawnWhileSending(t *testing.T) {
	for name, gone := range map[string]bool{"withdrawn": false, "relay deleted": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10)
			w.frozen()
			w.send(w.recordName(), 4, accepted)
			if gone {
				w.Delete(apitest.Get(w, "main", &crier.Relay{}))
			} else {
				apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants[0].Domains = []string{"example.net"} })
			}
			w.carry(w.recordName())
			w.look(crier.ReasonSenderNotAllowed, "6 of 10 recipients not tried yet")
			if r := w.record(); !r.State.Stopped || len(w.jobs(r.Name)) > 0 {
				t.Errorf("not stopped: %+v", r.State)
			}
			if gone {
				w.Create(w.Relay())
			} else {
				apitest.Edit(w, "main", &crier.Relay{}, func(r *crier.Relay) { r.Spec.Grants[0].Domains = []string{"example.gov"} })
			}
			w.prepare()
			w.carry(w.recordName())
			w.Advance(10 * time.Second)
			w.carry(w.recordName())
			if n := w.send(w.recordName(), 100, accepted); n != 6 {
				t.Errorf("%d sent, want 6", n)
			}
		})
	}
}

// Grants cover addresses of lists since a release. What was frozen under the
// one before goes to everybody; nothing else of such a list is sent, whatever
// its status still says.
func TestListWhoseAddressIsNotGranted(t *testing.T) {
	elsewhere := func(r *crier.Relay) { r.Spec.Grants[0].ListDomains = []string{"lists.example.net"} }
	w := newWorld(t, 10)
	w.frozen()
	w.send(w.recordName(), 4, accepted)
	apitest.Edit(w, "main", &crier.Relay{}, elsewhere)
	w.prepare()
	w.Expect(apitest.Get(w, "staff", &crier.MailingList{}), crier.ReasonListAddressNotAllowed, "")
	w.over(accepted)
	w.look(crier.ReasonSent, "10")

	w = newWorld(t, 3)
	w.Create(w.Broadcast())
	apitest.Edit(w, "main", &crier.Relay{}, elsewhere)
	b := w.look(crier.ReasonListAddressNotAllowed, "MailingList staff: Relay "+w.NS+"/main lets namespace "+w.NS+" send, but have no list in the domain "+w.Domain)
	if b.Status.Sealed != nil || w.attempts > 0 {
		t.Error("sealed or frozen")
	}
}

func TestOperatorHold(t *testing.T) {
	w := newWorld(t, 3)
	w.hold = true
	w.restart(api)
	w.Create(w.Broadcast())
	w.look(crier.ReasonOperatorHold, "")
	w.hold = false
	w.restart(api)
	w.look(crier.ReasonSending, "")
	w.carry(w.recordName())
	w.hold = true
	w.restart(api)
	w.carry(w.recordName())
	w.look(crier.ReasonOperatorHold, "")
	if len(w.jobs(w.recordName())) > 0 {
		t.Error("senders go on")
	}
}

func TestConfigMapOfOthers(t *testing.T) {
	w := newWorld(t, 3)
	w.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.NS, Name: "news-report"}, Data: map[string]string{"mine": "yes"}})
	w.frozen()
	w.over(accepted)
	b := w.look(crier.ReasonSent, "")
	if cm := apitest.Get(w, "news-report", &corev1.ConfigMap{}); cm.Data["mine"] != "yes" || len(cm.Data) != 1 || len(cm.OwnerReferences) > 0 {
		t.Errorf("overwritten: %v", cm.Data)
	}
	if len(b.Status.ReportConfigMaps) > 0 {
		t.Errorf("claims %v", b.Status.ReportConfigMaps)
	}
}

func TestStaleReportIsReplaced(t *testing.T) {
	w := newWorld(t, 3)
	w.frozen()
	w.over(accepted)
	w.look(crier.ReasonSent, "")
	w.again()
	b := w.look(crier.ReasonSent, "")
	if cm := apitest.Get(w, "news-report", &corev1.ConfigMap{}); !metav1.IsControlledBy(cm, b) {
		t.Errorf("owners %v", cm.OwnerReferences)
	}
}

func TestMaskedList(t *testing.T) {
	w := newWorld(t, 3)
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Report.Addresses = crier.AddressesMasked })
	w.prepare()
	w.frozen()
	w.over(func(i int) result { return ends(i, crier.DeliveryFailed, "No such user {recipient} here") })
	b := w.look(crier.ReasonSentWithFailures, "")
	cm := apitest.Get(w, "news-report", &corev1.ConfigMap{})
	text := cm.Data[reporting.SummaryKey] + cm.Data[reporting.JSONKey] + cm.Data[reporting.FailuresKey]
	for _, d := range b.Status.Deliveries {
		text += d.Recipient + " " + d.Reply + "\n"
	}
	for i := range 3 {
		if strings.Contains(text, apitest.Email(i)) {
			t.Errorf("%s shows: %+v", apitest.Email(i), b.Status.Deliveries)
		}
	}
	if len(b.Status.Deliveries) != 3 || !strings.Contains(text, "p***@example.net") || !strings.Contains(text, "No such user {recipient} here") {
		t.Errorf("not masked but gone: %+v", b.Status.Deliveries)
	}
}
