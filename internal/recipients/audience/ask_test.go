package audience

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

// What is said of one address is what the plan does with it.
func TestAsk(t *testing.T) {
	lists := func() []List {
		return []List{
			{Sets: []roster.Rows{set(t, "ann:parks", "bob:roads", "cem:parks", "dot:parks", "eve:parks")}, Exclude: []roster.Rows{set(t, "cem")},
				Filters: where(t, `subscriber.attributes.branch == "parks"`), Suppressed: never{"dot": crier.SuppressedUnsubscribed, "eve": crier.SuppressedLegal}},
			{Sets: []roster.Rows{set(t, "cem", "eve", "fay")}, Filters: where(t, `subscriber.attributes.grade > 3 || subscriber.name == "eve"`), Suppressed: never{}},
		}
	}
	for name, want := range map[string]Answer{
		"ann": {Listed: true, Fate: Reached},
		"bob": {Listed: true, Fate: NotSelected},
		"cem": {Listed: true, Fate: Undecided, Subscriber: roster.Subscriber{List: 1}},
		"dot": {Listed: true, Fate: Suppressed, Reason: crier.SuppressedUnsubscribed},
		"eve": {Listed: true, Fate: Reached, Subscriber: roster.Subscriber{List: 1}},
		"zoe": {},
	} {
		got, err := Ask(roster.Key(name+"@EXAMPLE.gov"), lists()...)
		if err != nil || got.Listed != want.Listed || got.Fate != want.Fate || got.Reason != want.Reason || got.Subscriber.List != want.Subscriber.List {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}
