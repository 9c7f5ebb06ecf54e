package subscriberset

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestStatusKeepsSyncedAtOfTheSamePeople(t *testing.T) {
	then := metav1.NewTime(now.Add(-time.Hour))
	previous := crier.SubscriberSetStatus{Roster: &crier.RosterStatus{Digest: "sha256:a", Generation: 1, SyncedAt: then}}
	if s := status(previous, roster.Result{}, 2, "sha256:a", 1, now); !s.Roster.SyncedAt.Equal(&then) || s.Roster.Generation != 2 {
		t.Errorf("same people: %+v", s.Roster)
	}
	if s := status(previous, roster.Result{}, 2, "sha256:b", 1, now); !s.Roster.SyncedAt.Time.Equal(now) {
		t.Errorf("other people: %+v", s.Roster)
	}
}

// Whatever a file holds, the status must stay within the bounds of the API.
func TestStatusIsBounded(t *testing.T) {
	long := strings.Repeat("ä", 1000)
	var r roster.Result
	for range 30 {
		r.Rejected = append(r.Rejected, roster.Rejected{Source: long, Reason: long, Excerpt: long})
	}
	for range 300 {
		r.Attributes = append(r.Attributes, "a")
	}
	s := status(crier.SubscriberSetStatus{}, r, 1, "sha256:a", 0, now)
	if len(s.RejectedRows) != maxRejectedRows || len(s.Attributes) != maxAttributes {
		t.Errorf("%d rows, %d attributes", len(s.RejectedRows), len(s.Attributes))
	}
	row := s.RejectedRows[0]
	for what, pair := range map[string][2]int{
		"source":  {len([]rune(row.Source)), maxSourceLength},
		"reason":  {len([]rune(row.Reason)), maxReasonLength},
		"excerpt": {len([]rune(row.Excerpt)), maxExcerptLength},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s has %d characters, want %d", what, pair[0], pair[1])
		}
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		result roster.Result
		want   string
	}{
		{roster.Result{}, "0 subscribers."},
		{roster.Result{Subscribers: 1, RejectedTotal: 2, Duplicates: 1}, "1 subscriber, 2 rejected rows, 1 duplicate."},
		{roster.Result{Notes: []roster.Rejected{{Source: "ConfigMap/a/b", Reason: "Column 3 is ignored."}}}, "0 subscribers. ConfigMap/a/b: Column 3 is ignored."},
	} {
		if v := summary(c.result); v.Message != c.want {
			t.Errorf("got %q, want %q", v.Message, c.want)
		}
	}
}
