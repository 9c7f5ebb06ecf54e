package heartbeat

import (
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// ago is a time before noon.
func ago(d time.Duration) time.Time { return noon.Add(-d) }

const limit = 30 * time.Minute

func beat(holder string, at time.Time) *Beat { return &Beat{Holder: holder, At: at} }

func TestNewGap(t *testing.T) {
	me := func(last, tried time.Time) Known { return Known{Me: "me", Last: last, Tried: tried} }
	none := time.Time{}
	for _, c := range []struct {
		name string
		look Look
		want *Gap
	}{
		{"first installation", Look{Leads: true}, nil},
		{"lost", Look{Leads: true, Used: true}, &Gap{To: noon}},
		{"lost while it leads", Look{Leads: true, Known: me(ago(time.Minute), none)}, &Gap{To: noon}},
		{"made anew", Look{Leads: true, Ledger: "b", Found: &Beat{Holder: "other", At: ago(time.Minute), Ledger: "a"}}, &Gap{To: noon}},
		{"made anew while it leads", Look{Leads: true, Ledger: "b", Known: me(noon, none), Found: &Beat{Holder: "me", At: noon, Ledger: "a"}}, &Gap{To: noon}},
		{"the same", Look{Leads: true, Ledger: "a", Found: &Beat{Holder: "other", At: ago(time.Minute), Ledger: "a"}}, nil},
		{"of an earlier release", Look{Leads: true, Ledger: "a", Found: beat("other", ago(time.Minute))}, nil},
		{"no time in it", Look{Leads: true, Found: beat("other", none)}, &Gap{To: noon}},

		{"taken over", Look{Leads: true, Found: beat("other", ago(time.Minute))}, nil},
		{"taken over at the limit", Look{Leads: true, Found: beat("other", ago(limit))}, nil},
		{"taken over too late", Look{Leads: true, Found: beat("other", ago(limit+1))}, &Gap{From: ago(limit + time.Second), To: noon}},
		{"too late, but doesn't lead", Look{Found: beat("other", ago(time.Hour))}, nil},
		{"too late for one that waited", Look{Leads: true, Found: beat("other", ago(time.Hour)), Known: me(ago(time.Hour), none)}, &Gap{From: ago(time.Hour), To: noon}},
		{"clocks differ a little", Look{Leads: true, Found: beat("other", noon.Add(time.Minute))}, nil},
		{"a time to come", Look{Leads: true, Found: beat("other", noon.Add(time.Hour))}, &Gap{To: noon.Add(time.Hour)}},

		{"its own", Look{Leads: true, Found: beat("me", ago(time.Minute)), Known: me(ago(time.Minute), none)}, nil},
		{"its own, clock an hour on", Look{Leads: true, Found: beat("me", ago(time.Hour)), Known: me(ago(time.Hour), none)}, nil},
		{"its own, clock an hour back", Look{Leads: true, Found: beat("me", noon.Add(time.Hour)), Known: me(noon.Add(time.Hour), none)}, nil},
		{"its own, whose answer didn't come", Look{Leads: true, Found: beat("me", ago(time.Second)), Known: me(ago(time.Minute), ago(time.Second))}, nil},
		{"set back by a minute", Look{Leads: true, Found: beat("me", ago(2*time.Minute)), Known: me(ago(time.Minute), none)}, &Gap{From: ago(2 * time.Minute), To: noon}},
		{"set back to another's", Look{Leads: true, Found: beat("other", ago(time.Hour)), Known: me(ago(time.Minute), none)}, &Gap{From: ago(time.Hour), To: noon}},
		{"set back while it waits", Look{Found: beat("other", ago(time.Hour)), Known: me(ago(time.Minute), none)}, &Gap{From: ago(time.Hour), To: noon}},
		{"its own, that it never wrote", Look{Leads: true, Found: beat("me", ago(time.Second)), Known: me(ago(time.Minute), none)}, &Gap{From: ago(time.Minute), To: noon}},
		{"another went on", Look{Leads: true, Found: beat("other", ago(time.Second)), Known: me(ago(time.Minute), none)}, nil},
	} {
		c.look.Now = noon
		for on, want := range map[time.Duration]*Gap{limit: c.want, 0: nil} {
			c.look.Limit = on
			got := c.look.NewGap()
			if (got == nil) != (want == nil) || got != nil && *got != *want {
				t.Errorf("%s, limit %s: %v, want %v", c.name, on, got, want)
			}
		}
	}
}

// What is written goes forward whatever the clock does, keeps a hold, and ends
// it when that very gap was released.
func TestNext(t *testing.T) {
	known := Known{Me: "me", Last: ago(time.Minute)}
	held := Gap{From: ago(3 * time.Hour), To: ago(2 * time.Hour)}
	for _, c := range []struct {
		name  string
		found *Beat
		at    time.Time
		gap   *Gap
	}{
		{"first", nil, noon, &Gap{To: noon}},
		{"renewed", beat("me", ago(time.Minute)), noon, nil},
		{"another's clock is ahead", beat("other", noon.Add(time.Second)), noon.Add(time.Second + time.Microsecond), nil},
		{"held", &Beat{Holder: "me", At: ago(time.Minute), Gap: &held}, noon, &held},
		{"released", &Beat{Holder: "me", At: ago(time.Minute), Gap: &held, Released: held.Name()}, noon, nil},
		{"an earlier one was released", &Beat{Holder: "me", At: ago(time.Minute), Gap: &held, Released: Gap{To: held.From}.Name()}, noon, &held},
		{"set back while held", &Beat{Holder: "me", At: ago(time.Hour), Gap: &held}, noon, &Gap{From: held.From, To: noon}},
		{"set back to a release", &Beat{Holder: "me", At: ago(time.Hour), Gap: &held, Released: held.Name()}, noon, &Gap{From: ago(time.Hour), To: noon}},
		{"set back, clock too", &Beat{Holder: "me", At: ago(time.Hour), Gap: &Gap{From: ago(time.Hour), To: noon.Add(time.Hour)}}, noon, &Gap{From: ago(time.Hour), To: noon.Add(time.Hour + time.Second)}},
	} {
		next := Look{Found: c.found, Known: known, Leads: true, Limit: limit, Now: noon}.Next()
		if !next.At.Equal(c.at) || next.Holder != "me" || next.Released != "" {
			t.Errorf("%s: %+v", c.name, next)
		}
		if (next.Gap == nil) != (c.gap == nil) || next.Gap != nil && *next.Gap != *c.gap {
			t.Errorf("%s: holds %v, want %v", c.name, next.Gap, c.gap)
		}
	}
}

func TestHolds(t *testing.T) {
	gap := &Gap{From: ago(time.Hour), To: noon}
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: noon.Add(d)} }
	due := func(d time.Duration) *crier.Broadcast {
		return &crier.Broadcast{Spec: crier.BroadcastSpec{SendAt: at(d)}}
	}
	frozen := func(d time.Duration) *crier.DeliveryRecordState {
		return &crier.DeliveryRecordState{Frozen: &crier.FrozenDelivery{}, StartedAt: at(d)}
	}
	for _, c := range []struct {
		name      string
		gap       *Gap
		broadcast *crier.Broadcast
		state     *crier.DeliveryRecordState
		want      bool
	}{
		{"no gap", nil, due(-time.Minute), nil, false},
		{"first seen, and due at once", gap, &crier.Broadcast{}, nil, true},
		{"due in the gap", gap, due(-time.Minute), nil, true},
		{"due when it ended", gap, due(0), nil, true},
		{"due after it", gap, due(time.Second), nil, false},
		{"waits since before, due after it", gap, due(time.Second), &crier.DeliveryRecordState{Stage: crier.RecordSealed}, false},
		{"begun after it", gap, due(time.Second), frozen(2 * time.Second), false},
		{"begun before it all the same", gap, due(time.Second), frozen(-2 * time.Hour), true},
		{"report of what is gone", gap, nil, frozen(time.Hour), true},
	} {
		if got := c.gap.Holds(c.broadcast, c.state); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// What is stored is read as it was; what a person broke holds.
func TestLease(t *testing.T) {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"mine": "yes"}}}
	for _, b := range []Beat{
		{Holder: "me", At: noon},
		{Holder: "me", At: noon, Ledger: "a", Gap: &Gap{From: ago(time.Hour), To: noon}},
		{Holder: "you", At: noon.Add(time.Microsecond), Gap: &Gap{To: noon}, Released: Gap{To: noon}.Name()},
		{Holder: "me", At: noon},
	} {
		b.Into(lease)
		got := FromLease(lease, noon)
		if got.Holder != b.Holder || !got.At.Equal(b.At) || got.Released != b.Released || got.Ledger != b.Ledger || (got.Gap == nil) != (b.Gap == nil) || b.Gap != nil && *got.Gap != *b.Gap {
			t.Errorf("%+v, want %+v", got, b)
		}
		if lease.Annotations["mine"] != "yes" {
			t.Error("another's annotation is gone")
		}
	}
	for _, broken := range []map[string]string{
		{crier.AnnotationGapFrom: "2026-03-02T12:00:00Z"},
		{crier.AnnotationGapTo: "noon"},
		{crier.AnnotationGapTo: "2026-03-02T12:00:00Z", crier.AnnotationGapFrom: "morning"},
	} {
		lease.Annotations = broken
		got := FromLease(lease, noon)
		if got.Holds() == nil || got.Gap.To != noon || !got.Gap.From.IsZero() {
			t.Errorf("%v: %+v", broken, got.Gap)
		}
	}
}
