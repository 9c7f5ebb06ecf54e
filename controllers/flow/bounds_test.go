package flow_test

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

func number(n int64) *int64 { return &n }

// The bounds of a list are about whom it reaches by itself, whatever else the
// Broadcast goes to or leaves out; those of the Broadcast are about all.
func TestBounds(t *testing.T) {
	type bounds = crier.AudienceBounds
	for _, c := range []struct {
		name          string
		staff, public bounds // staff reaches ann, bob, cem and dot; public dot and eve
		news          func(*crier.Broadcast)
		reason, words string
	}{
		{"within", bounds{MinRecipients: number(4), MaxRecipients: number(4)}, bounds{MinRecipients: number(2), MaxRecipients: number(2)}, nil, crier.ReasonSending, "5 recipients"},
		{"others don't make up for a list", bounds{}, bounds{MinRecipients: number(3)}, nil, crier.ReasonAudienceSize,
			"MailingList public reaches 2 people by itself, fewer than minRecipients (3) of that list"},
		{"others don't count for a list", bounds{MaxRecipients: number(4)}, bounds{MaxRecipients: number(2)}, nil, crier.ReasonSending, ""},
		{"too many of a list", bounds{MaxRecipients: number(3)}, bounds{}, nil, crier.ReasonAudienceSize,
			"MailingList staff reaches 4 people by itself, more than maxRecipients (3) of that list"},
		{"before the filter of the Broadcast", bounds{MinRecipients: number(4)}, bounds{}, func(b *crier.Broadcast) { b.Spec.Filter = `subscriber.name == "ann"` },
			crier.ReasonSending, "1 recipient"},
		{"before its exclusion", bounds{MinRecipients: number(4)}, bounds{}, func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{Exclude: excludes("away")}
		}, crier.ReasonSending, "3 recipients"},
		{"of the Broadcast, about all", bounds{}, bounds{}, func(b *crier.Broadcast) {
			b.Spec.Audience = &crier.BroadcastAudience{AudienceBounds: bounds{MaxRecipients: number(4)}}
		}, crier.ReasonAudienceSize, "The audience has 5 recipients, more than maxRecipients (4) of the Broadcast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := staffed(t)
			w.Create(w.inline("public", person("dot"), person("eve")))
			second := w.second("public")
			second.Spec.Audience.AudienceBounds = c.public
			w.Create(second)
			apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Audience.AudienceBounds = c.staff })
			w.prepare()
			news := w.Broadcast()
			both(news)
			if c.news != nil {
				c.news(news)
			}
			w.Create(news)
			w.look(c.reason, c.words)
		})
	}
}

// Who is suppressed counts for the bounds of the list, not for those of the
// Broadcast.
func TestBoundsBeforeSuppressions(t *testing.T) {
	w := staffed(t)
	w.suppress("gone", crier.SuppressionScope{Kind: crier.ScopeNamespace}, crier.SuppressedManual, "ann@example.net")
	w.readSuppressions("gone")
	apitest.Edit(w, "staff", &crier.MailingList{}, func(l *crier.MailingList) { l.Spec.Audience.MinRecipients = number(4) })
	w.prepare()
	news := w.Broadcast()
	news.Spec.Audience = &crier.BroadcastAudience{AudienceBounds: crier.AudienceBounds{MinRecipients: number(4)}}
	w.Create(news)
	w.look(crier.ReasonAudienceSize, "The audience has 3 recipients, fewer than minRecipients (4) of the Broadcast")
}
