package lifecycle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// tested are tests with that many copies each, one every so often, the last now.
func tested(n, copies int, every time.Duration) (tests []crier.UsedToken) {
	for i := range n {
		tests = Use(tests, fmt.Sprint("t", i), copies, now.Add(-time.Duration(n-1-i)*every))
	}
	return tests
}

func TestRefuseTest(t *testing.T) {
	bound := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name   string
		tests  []crier.UsedToken
		copies int
		most   *int64
		want   string
		until  time.Duration
	}{
		{"the first", nil, 20, nil, "", 0},
		{"the 20th of a day", tested(19, 20, time.Minute), 20, nil, "", 0},
		{"the 21st", tested(20, 1, time.Minute), 1, nil, "20 test copies were made within a day", 24*time.Hour - 19*time.Minute},
		{"the 21st, a day after the first", tested(20, 1, 24*time.Hour/19+time.Second), 1, nil, "", 0},
		{"two a day", tested(60, 20, 12*time.Hour), 20, nil, "", 0},
		{"too many for ever", tested(MaxTestTokens, 1, 24*time.Hour), 1, nil, "create a new Broadcast", 0},
		{"as many as a message may have", nil, 5, bound(5), "", 0},
		{"more than a message may have", nil, 6, bound(5), "allows 5 recipients: name no more", 0},
		{"a day's last", tested(3, 4, time.Hour), 3, bound(15), "", 0},
		{"more than that", tested(3, 4, time.Hour), 4, bound(15), "one day may go to 15 addresses", 22 * time.Hour},
		{"more than that, in two days", tested(3, 4, 24*time.Hour), 4, bound(15), "", 0},
	} {
		got := RefuseTest(c.tests, c.copies, c.most, now)
		if (got == nil) != (c.want == "") {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		if got == nil {
			continue
		}
		if !strings.Contains(got.Why, c.want) || got.Until.IsZero() != (c.until == 0) || c.until > 0 && !got.Until.Equal(now.Add(c.until)) {
			t.Errorf("%s: %q until %s, want %q until %s", c.name, got.Why, got.Until, c.want, now.Add(c.until))
		}
	}
}

func TestRecentTests(t *testing.T) {
	recent := RecentTests(tested(MaxTestTokens, 2, time.Hour), now)
	if len(recent) != 24 || recent[0].Copies != 2 || Used(recent, "t0") || !Used(recent, fmt.Sprint("t", MaxTestTokens-1)) {
		t.Errorf("%d of the last day", len(recent))
	}
}

func TestNoRoom(t *testing.T) {
	for _, c := range []struct {
		kept   Kept
		urgent bool
		want   string
	}{
		{Kept{}, false, ""},
		{Kept{Open: MaxOpen - 1, All: MaxKept - 1}, false, ""},
		{Kept{Open: MaxOpen, All: MaxOpen}, false, "500 Broadcasts that wait or are being sent"},
		{Kept{Open: MaxOpen, All: MaxKept}, true, ""},
		{Kept{Open: 2 * MaxOpen, All: MaxKept}, true, "1,000 Broadcasts"},
		{Kept{All: MaxKept}, false, "10,000 records"},
		{Kept{All: 2 * MaxKept}, true, "20,000 records"},
	} {
		got := c.kept.NoRoom(c.urgent)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v, urgent %t: %q, want %q", c.kept, c.urgent, got, c.want)
		}
	}
}

func TestCountsRecords(t *testing.T) {
	var kept Kept
	for _, purpose := range []crier.RecordPurpose{crier.RecordBroadcast, crier.RecordReport, crier.RecordTest} {
		for _, stage := range []crier.RecordStage{crier.RecordRegistered, crier.RecordSealed, crier.RecordFrozen, crier.RecordFinished} {
			kept.Count(&crier.DeliveryRecord{
				Spec: crier.DeliveryRecordSpec{Purpose: purpose}, State: crier.DeliveryRecordState{Stage: stage},
			})
		}
	}
	if want := (Kept{Open: 6, All: 12}); kept != want {
		t.Errorf("%+v, want %+v", kept, want)
	}
}
