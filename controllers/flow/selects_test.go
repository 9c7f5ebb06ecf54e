package flow_test

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

func labelled(value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"audience": value}}
}

// A selector that selects no set would leave out nobody, or reach a part only,
// without a word: nothing is sent until it does.
func TestSelectorsThatSelectNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		list   func(*crier.MailingList)
		news   func(*crier.Broadcast)
		words  string
		labels string // that a set gets then
		want   []string
	}{
		{"exclusion of the Broadcast", nil, func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{Selector: labelled("no-survey")}}
		}, "spec.audience.exclude.selector (audience=no-survey) selects no SubscriberSet, so it would leave out nobody", "no-survey", []string{"ann"}},
		{"exclusion of the list", func(l *crier.MailingList) {
			l.Spec.Audience.Exclude = &crier.AudienceExclusion{Selector: labelled("no-survey")}
		}, nil, "audience.exclude.selector of MailingList staff (audience=no-survey) selects no SubscriberSet", "no-survey", []string{"ann"}},
		{"exclusion beside named sets", nil, func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{Exclude: excludes("others")}
			b.Spec.Audience.Exclude.Selector = labelled("no-survey")
		}, "selects no SubscriberSet", "no-survey", []string{"ann"}},
		{"list beside named sets", func(l *crier.MailingList) { l.Spec.Audience.Selector = labelled("more") }, nil,
			"audience.selector of MailingList staff (audience=more) selects no SubscriberSet. Label the sets", "more", []string{"ann", "bob"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := bare(t)
			w.Create(w.Relay())
			w.Create(w.inline("staff", person("ann"), person("bob")))
			w.Create(w.inline("away", person("bob")))
			w.Create(w.inline("others", person("cem")))
			list, news := w.List(), w.Broadcast()
			if c.list != nil {
				c.list(list)
			}
			if c.news != nil {
				c.news(news)
			}
			w.Create(list)
			w.prepare()
			w.Create(news)
			w.look(crier.ReasonSubscribersNotReady, c.words)
			w.Advance(time.Hour)
			w.look(crier.ReasonSubscribersNotReady, c.words)
			apitest.Edit(w, "away", &crier.SubscriberSet{}, func(s *crier.SubscriberSet) { s.Labels = map[string]string{"audience": c.labels} })
			w.look(crier.ReasonAudienceSettling, "")
			w.Advance(31 * time.Second)
			w.goesTo(c.want...)
		})
	}
}

func TestSecondListThatSelectsNothing(t *testing.T) {
	w := staffed(t)
	second := w.second("away")
	second.Spec.Audience = crier.Audience{Selector: labelled("public")}
	w.Create(second)
	w.prepare()
	news := w.Broadcast()
	both(news)
	w.Create(news)
	w.look(crier.ReasonSubscribersNotReady, "audience.selector of MailingList public (audience=public) selects no SubscriberSet")
}

// optional says that there may be no such set.
func TestOptionalExclusion(t *testing.T) {
	w := staffed(t)
	news := w.Broadcast()
	news.Spec.Audience = &crier.BroadcastAudience{Exclude: &crier.AudienceExclusion{Selector: labelled("no-survey"), Optional: true}}
	w.Create(news)
	w.look(crier.ReasonAudienceSettling, "")
	w.Advance(31 * time.Second)
	w.look(crier.ReasonSending, "")
	if got := w.frozenFor(); !slices.Equal(got, []string{"ann", "bob", "cem", "dot"}) {
		t.Errorf("recipients %v", got)
	}
}
