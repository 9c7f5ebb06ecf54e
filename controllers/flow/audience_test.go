package flow_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/apitest"
)

// person is a subscriber with attributes.
func person(name string, attributes ...string) crier.Subscriber {
	s := crier.Subscriber{Email: name + "@example.net", Name: name, Attributes: map[string]string{}}
	for i := 0; i < len(attributes); i += 2 {
		s.Attributes[attributes[i]] = attributes[i+1]
	}
	return s
}

func (w *world) inline(name string, people ...crier.Subscriber) *crier.SubscriberSet {
	set := w.Inline(name, people...)
	set.Spec.Attributes = map[string]crier.AttributeDeclaration{"grade": {Type: crier.AttributeInteger}}
	return set
}

// frozenFor names those that were written down, in order, with the number of
// the list that each is reached by.
func (w *world) frozenFor() []string {
	w.Helper()
	var names []string
	all := func(*crier.DeliveryShard) bool { return true }
	err := w.records.Store.Each(w.Context(), w.record(), all, func(d ledgerstore.Delivery) bool {
		names = append(names, listed(d.Subscriber))
		return true
	})
	if err != nil {
		w.Fatal(err)
	}
	return names
}

func listed(s roster.Subscriber) string {
	if s.List == 0 {
		return s.Name
	}
	return fmt.Sprintf("%s/%d", s.Name, s.List)
}

func staffed(t *testing.T) *world {
	w := bare(t)
	w.Create(w.Relay())
	w.Create(w.inline("staff",
		person("ann", "branch", "parks", "grade", "12"), person("bob", "branch", "roads", "grade", "3"),
		person("cem", "branch", "parks"), person("dot", "branch", "parks", "grade", "14")))
	w.Create(w.inline("away", person("dot"), person("eve")))
	w.Create(w.List())
	w.prepare()
	return w
}

func TestFilterAndExclusion(t *testing.T) {
	w := staffed(t)
	b := w.frozen(func(b *crier.Broadcast) {
		b.Spec.Filter = `subscriber.attributes.branch == "parks" && subscriber.attributes.grade >= 10`
		b.Spec.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "away"}}}}
	})
	if got := w.frozenFor(); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("recipients %v", got)
	}
	a := b.Status.Audience
	if a.Recipients != 1 || a.Excluded != 1 || a.NotSelected != 1 || a.Undecided != 1 {
		t.Errorf("audience %+v", a)
	}
}

func TestFilterOfTheList(t *testing.T) {
	w := staffed(t)
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) {
		l.Spec.Audience.Filter = `subscriber.attributes.branch == "parks"`
		l.Spec.Audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "away"}}}
	})
	w.prepare()
	w.frozen(func(b *crier.Broadcast) { b.Spec.Filter = `subscriber.name != "cem"` })
	if got := w.frozenFor(); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("recipients %v", got)
	}
}

// What is wrong with a filter is said where it stands, and mended in place.
func TestInvalidFilter(t *testing.T) {
	w := staffed(t)
	news := w.Broadcast()
	news.Spec.Filter = `subscriber.attributes.brnach == "parks"`
	w.Create(news)
	w.look(crier.ReasonInvalidFilter, "spec.filter, line 1, column 23: unknown attribute brnach. Did you mean branch?")
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Filter = `subscriber.attributes.grade > 12` })
	w.look(crier.ReasonSending, "Sending to 1 recipient.")
}

func TestFilterThatSelectsNobody(t *testing.T) {
	w := staffed(t)
	news := w.Broadcast()
	news.Spec.Filter = `subscriber.attributes.branch == "sea"`
	w.Create(news)
	w.look(crier.ReasonAudienceEmpty, "of 4 subscribers, 4 don't match the filter.")
}

// An excluded set that isn't there must not be taken for an empty one.
func TestExcludedSetIsMissing(t *testing.T) {
	w := staffed(t)
	news := w.Broadcast()
	news.Spec.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: "gone"}}}}
	w.Create(news)
	w.look(crier.ReasonSubscribersNotReady, "There is no SubscriberSet gone yet")
}

// second is another list of the same Relay.
func (w *world) second(set string) *crier.MailingList {
	l := w.List()
	l.Name, l.Spec.DisplayName = "public", "The Public"
	l.Spec.Address = crier.MailAddress("public@" + w.Domain)
	l.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: set}}
	return l
}

func both(b *crier.Broadcast) {
	b.Spec.ListRef = nil
	b.Spec.ListRefs = []crier.LocalReference{{Name: "staff"}, {Name: "public"}}
}

func TestSeveralLists(t *testing.T) {
	w := staffed(t)
	w.Create(w.second("away"))
	w.prepare()
	b := w.frozen(both)
	if got := w.frozenFor(); !slices.Equal(got, []string{"ann", "bob", "cem", "dot", "eve/1"}) {
		t.Errorf("recipients %v", got)
	}
	if a := b.Status.Audience; a.Recipients != 5 || a.Duplicates != 1 {
		t.Errorf("audience %+v", a)
	}
	frozen, _, err := w.records.Store.Message(w.Context(), w.record())
	if err != nil || len(frozen.Lists) != 2 || frozen.Lists[1].ListName != "The Public" {
		t.Errorf("lists %+v, %v", frozen.Lists, err)
	}
}

func TestListsThatDiffer(t *testing.T) {
	w := staffed(t)
	other := w.second("away")
	other.Spec.Purpose = crier.PurposeSubscribed
	other.Spec.PostalAddress = "1 Main Street"
	other.Spec.Unsubscribe = &crier.Unsubscribe{URL: "https://example.gov/leave"}
	w.Create(other)
	w.prepare()
	news := w.Broadcast()
	both(news)
	w.Create(news)
	w.look(crier.ReasonListsDiffer, "have different purposes (Mandatory and Subscribed)")
}

// A union learns later than others that a set was changed. Until then nobody
// is planned with it.
func TestUnionIsBehindItsSets(t *testing.T) {
	w := staffed(t)
	w.Create(w.Union("inner", "staff"))
	w.prepare()
	w.Create(w.Union("outer", "inner"))
	w.prepare()
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) {
		l.Spec.Audience.SubscriberSets = []crier.LocalReference{{Name: "outer"}}
	})
	w.prepare()
	apitest.Edit(w, "staff", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Spec.Source.Inline = s.Spec.Source.Inline[1:] })
	w.Create(w.Broadcast())
	const behind = "SubscriberSet outer is a union of sets that have just changed"
	w.look(crier.ReasonSubscribersNotReady, behind)
	w.readSet("staff")
	w.look(crier.ReasonSubscribersNotReady, behind)
	w.readSet("inner")
	w.look(crier.ReasonSubscribersNotReady, behind)
	w.readSet("outer")
	w.look(crier.ReasonSending, "Sending to 3 recipients")
	if got := w.frozenFor(); !slices.Equal(got, []string{"bob", "cem", "dot"}) {
		t.Errorf("recipients %v", got)
	}
}

// readSet steps the controller of one set.
func (w *world) readSet(name string) {
	w.Helper()
	w.Reconcile(w.sets, w.Inline(name))
}

// Addresses are masked if one of the lists wants its members' to be.
func TestMaskedForOneOfSeveralLists(t *testing.T) {
	w := staffed(t)
	second := w.second("away")
	second.Spec.Report.Addresses = crier.AddressesMasked
	w.Create(second)
	w.prepare()
	w.frozen(both)
	_, plan, err := w.records.Store.Message(w.Context(), w.record())
	if err != nil || !plan.Masked {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

// The report is of all lists, goes to the addressees of each, and has figures
// that add up.
func TestReportOfSeveralLists(t *testing.T) {
	w := staffed(t)
	second := w.second("staff")
	second.Spec.Owners = []crier.MailAddress{"second@example.gov"}
	second.Spec.Audience.Exclude = excludes("away")
	w.Create(second)
	w.prepare()
	b := w.frozen(both)
	_, plan, err := w.records.Store.Message(w.Context(), w.record())
	if err != nil || plan.List != "staff, public" || len(plan.Lists) != 2 || !slices.Equal(plan.To, []string{"owner@example.gov", "second@example.gov"}) {
		t.Errorf("plan %+v, %v", plan, err)
	}
	a := b.Status.Audience
	want := crier.PlannedAudience{Recipients: 4, Digest: a.Digest, Subscribers: 4, SetCount: 1, Sets: a.Sets, Lists: []crier.AudienceList{
		{Name: "staff", Reached: 4, Recipients: 4, Subscribers: 4, SetCount: 1},
		{Name: "public", Reached: 3, Subscribers: 4, SetCount: 1, Duplicates: 3, Excluded: 1},
	}}
	if !reflect.DeepEqual(*a, want) || len(a.Sets) != 1 {
		t.Errorf("audience %+v\nwant %+v", *a, want)
	}
}

// The mail of a masked list shows addresses to whom that list has chosen only.
func TestMailOfAMaskedList(t *testing.T) {
	for to, masked := range map[crier.MailAddress]bool{"Owner@example.gov": false, "second@example.gov": true} {
		w := staffed(t)
		second := w.second("away")
		second.Spec.Owners = []crier.MailAddress{to}
		w.Create(second)
		apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Report.Addresses = crier.AddressesMasked })
		w.prepare()
		w.frozen(both)
		if _, plan, err := w.records.Store.Message(w.Context(), w.record()); err != nil || !plan.Masked || plan.MaskedMail != masked {
			t.Errorf("%s: plan %+v, %v", to, plan, err)
		}
	}
}

// A test copy is checked against the suppressions of the list that the person
// is reached by.
func TestTestCopyHeedsTheListOfItsPerson(t *testing.T) {
	w := staffed(t)
	w.Create(w.second("away"))
	w.suppress("left", crier.SuppressionScope{Kind: crier.ScopeList, Name: "public"}, crier.SuppressedManual, "tester@example.org")
	w.readSuppressions("left")
	w.prepare()
	news := w.Broadcast()
	both(news)
	news.Spec.Suspend = true
	news.Spec.Test = &crier.BroadcastTest{Token: "1", Recipients: []crier.MailAddress{"tester@example.org"}, As: "eve@example.net"}
	w.Create(news)
	b := w.look(crier.ReasonSuspended, "")
	if got := b.Status.Test; got == nil || got.State != crier.ReportNotSent || !strings.Contains(got.Message, "is suppressed for MailingList public") {
		t.Errorf("test as a member of the second list: %+v", got)
	}
	apitest.Edit(w, "news", &crier.Broadcast{}, func(b *crier.Broadcast) { b.Spec.Test.Token, b.Spec.Test.As = "2", "ann@example.net" })
	b = w.look(crier.ReasonSuspended, "")
	if got := b.Status.Test; got == nil || got.State != crier.ReportPending {
		t.Errorf("test as a member of the first list: %+v", got)
	}
}
