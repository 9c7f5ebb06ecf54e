package mailinglist

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

func valid() crier.MailingListSpec {
	return crier.MailingListSpec{
		Address: "staff@lists.example.gov", Owners: []crier.MailAddress{"owner@example.gov"},
		From: crier.Mailbox{Address: "news@example.gov"}, Purpose: crier.PurposeMandatory,
		Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{Name: "staff"}}},
	}
}

func TestValidate(t *testing.T) {
	subscribed := func(s *crier.MailingListSpec) {
		s.Purpose, s.PostalAddress = crier.PurposeSubscribed, "1 Main Street"
		s.Unsubscribe = &crier.Unsubscribe{URL: "https://example.gov/leave"}
	}
	for _, c := range []struct {
		name    string
		edit    func(*crier.MailingListSpec)
		reason  string // "" for valid
		message string
	}{
		{"in order", func(*crier.MailingListSpec) {}, "", ""},
		{"subscribed", subscribed, "", ""},
		{"no way to leave", func(s *crier.MailingListSpec) { subscribed(s); s.Unsubscribe = nil }, crier.ReasonUnsubscribeMissing, "unsubscribe.url"},
		{"no postal address", func(s *crier.MailingListSpec) { subscribed(s); s.PostalAddress = "" }, crier.ReasonUnsubscribeMissing, "postalAddress"},
		{"address without a dot", func(s *crier.MailingListSpec) { s.Address = "staff@localhost" }, crier.ReasonInvalidAddress, "address is not a valid email address: domain has no dot"},
		{"from", func(s *crier.MailingListSpec) { s.From.Address = "a..b@example.gov" }, crier.ReasonInvalidAddress, "from.address"},
		{"owner", func(s *crier.MailingListSpec) { s.Owners = append(s.Owners, "a@127.0.0.1") }, crier.ReasonInvalidAddress, "owners[1]"},
		{"reply-to", func(s *crier.MailingListSpec) { s.ReplyTo = []crier.Mailbox{{Address: "a@b"}} }, crier.ReasonInvalidAddress, "replyTo[0].address"},
		{"report", func(s *crier.MailingListSpec) { s.Report.To = []crier.MailAddress{"a@b"} }, crier.ReasonInvalidAddress, "report.to[0]"},
		{"unsubscribe", func(s *crier.MailingListSpec) { subscribed(s); s.Unsubscribe.Mailto = "a@b" }, crier.ReasonInvalidAddress, "unsubscribe.mailto"},
		{"unsubscribe for each", func(s *crier.MailingListSpec) { subscribed(s); s.Unsubscribe.URL += "?u={{ .Email }}" }, "", ""},
		{"unsubscribe by name", func(s *crier.MailingListSpec) { subscribed(s); s.Unsubscribe.URL += "?u={{ .Name }}" }, crier.ReasonInvalidUnsubscribe, "unsubscribe.url can't be used: only {{ .Email }}"},
		{"footer with a field", func(s *crier.MailingListSpec) { s.Footer = "Dear {{ .Name }}" }, crier.ReasonInvalidText, "footer is the same for everybody"},
		{"owner with a field", func(s *crier.MailingListSpec) {
			s.ReplyTo = []crier.Mailbox{{Name: "{{.Name}}", Address: "a@b.example"}}
		}, crier.ReasonInvalidText, "replyTo[0].name"},
		{"from the list, in capitals", func(s *crier.MailingListSpec) { s.From.Address = "Staff@Lists.Example.gov" }, crier.ReasonInvalidAddress, "the list's own address"},
		{"report to the list", func(s *crier.MailingListSpec) {
			s.Report.To = []crier.MailAddress{"owner@example.gov", "STAFF@lists.example.gov"}
		}, crier.ReasonInvalidReportTo, "report.to[1]"},
		{"owned by the list", func(s *crier.MailingListSpec) { s.Owners[0] = "staff@lists.example.gov" }, crier.ReasonInvalidReportTo, "owners[0]"},
		{"owned by the list, reported to a person", func(s *crier.MailingListSpec) {
			s.Owners[0], s.Report.To = "staff@lists.example.gov", []crier.MailAddress{"owner@example.gov"}
		}, "", ""},
		{"selector", func(s *crier.MailingListSpec) {
			s.Audience.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"a b": "c"}}
		}, crier.ReasonInvalidSelector, "audience.selector"},
	} {
		spec := valid()
		c.edit(&spec)
		v := validate(spec)
		switch {
		case v == nil && c.reason != "":
			t.Errorf("%s: valid, want %s", c.name, c.reason)
		case v != nil && (v.Reason != c.reason || !strings.Contains(v.Message, c.message)):
			t.Errorf("%s: %s %q, want %s with %q", c.name, v.Reason, v.Message, c.reason, c.message)
		case v != nil && strings.Contains(v.Message, "@"):
			t.Errorf("%s: an address in %q", c.name, v.Message)
		}
	}
}

func TestOlder(t *testing.T) {
	list := func(uid, namespace, name string, age time.Duration) *crier.MailingList {
		return &crier.MailingList{ObjectMeta: metav1.ObjectMeta{
			UID: types.UID(uid), Namespace: namespace, Name: name, CreationTimestamp: metav1.NewTime(apitest.Start.Add(-age)),
		}}
	}
	for _, c := range []struct {
		name string
		a, b *crier.MailingList
		want bool
	}{
		{"itself", list("1", "a", "x", 0), list("1", "a", "x", 0), false},
		{"older", list("1", "z", "z", time.Hour), list("2", "a", "a", 0), true},
		{"younger", list("1", "a", "a", 0), list("2", "z", "z", time.Hour), false},
		{"same age, namespace", list("1", "a", "z", 0), list("2", "b", "a", 0), true},
		{"same age, name", list("1", "a", "b", 0), list("2", "a", "a", 0), false},
	} {
		if got := older(c.a, c.b); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestHeader(t *testing.T) {
	if got := header(crier.MailingListSpec{Address: "a@example.gov", DisplayName: `The "A" \ list`}); got != `"The \"A\" \\ list" <a.example.gov>` {
		t.Error(got)
	}
	if got := header(crier.MailingListSpec{Address: "a@example.gov"}); got != "<a.example.gov>" {
		t.Error(got)
	}
}
