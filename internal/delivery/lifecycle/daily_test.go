package lifecycle

import (
	"reflect"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestMessagesCountForADay(t *testing.T) {
	state := &crier.DeliveryRecordState{}
	for i := range 100 {
		clock := now.Add(time.Duration(i) * 30 * time.Minute)
		state.Sent = Charge(state.Sent, 10, clock)
		if len(state.Sent) > 26 {
			t.Fatalf("%d entries", len(state.Sent))
		}
		// Each message counts for at least a day, and at most an hour more.
		if got := Sent(state, clock); got < min(int64(i+1), 48)*10 || got > 50*10 {
			t.Fatalf("after %d half hours: %d", i, got)
		}
	}
	end := now.Add(99 * 30 * time.Minute)
	if free := Freed(state, end); !free.After(end) || free.Sub(end) > time.Hour {
		t.Errorf("the next are free at %s, now is %s", free, end)
	}
	if Sent(state, end.Add(26*time.Hour)) != 0 || !Freed(state, end.Add(26*time.Hour)).IsZero() {
		t.Error("messages count for ever")
	}
	back := now
	for i := range 40 {
		state.Sent = Charge(state.Sent, 1, back.Add(-time.Duration(i)*time.Hour))
	}
	if len(state.Sent) > 26 {
		t.Errorf("%d entries after the clock went backwards", len(state.Sent))
	}
}

func TestNewlySent(t *testing.T) {
	before := crier.DeliveryTotals{Accepted: 5, Unknown: 3}
	for _, c := range []struct {
		after crier.DeliveryTotals
		want  int64
	}{
		{crier.DeliveryTotals{Accepted: 5, Unknown: 3}, 0},
		{crier.DeliveryTotals{Accepted: 6, Unknown: 2}, 1}, // what was unknown is known to have gone out
		{crier.DeliveryTotals{Accepted: 7, Unknown: 5}, 4},
		{crier.DeliveryTotals{Accepted: 1, Unknown: 1}, 0}, // everybody is pending again
	} {
		if got := NewlySent(before, c.after); got != c.want {
			t.Errorf("%+v: %d, want %d", c.after, got, c.want)
		}
	}
}

// now is a full hour.
func TestChargeByTheHour(t *testing.T) {
	hour := func(ago int, messages int64) crier.SentInHour {
		return crier.SentInHour{Hour: *at(-time.Duration(ago) * time.Hour), Messages: messages}
	}
	var day []crier.SentInHour // whose 25 hours are still within the bound of 26
	for ago := 24; ago > 0; ago-- {
		day = append(day, hour(ago, 1))
	}
	for name, c := range map[string]struct {
		sent     []crier.SentInHour
		messages int64
		want     []crier.SentInHour
	}{
		"nothing":              {nil, 0, nil},
		"the first":            {nil, 1, []crier.SentInHour{hour(0, 1)}},
		"more in the hour":     {[]crier.SentInHour{hour(0, 3)}, 2, []crier.SentInHour{hour(0, 5)}},
		"after another hour":   {[]crier.SentInHour{hour(1, 3)}, 2, []crier.SentInHour{hour(1, 3), hour(0, 2)}},
		"an hour without any":  {[]crier.SentInHour{hour(1, 3)}, 0, []crier.SentInHour{hour(1, 3)}},
		"a day has just ended": {[]crier.SentInHour{hour(25, 3), hour(24, 2)}, 0, []crier.SentInHour{hour(24, 2)}},
		"a whole day":          {append([]crier.SentInHour{hour(-1, 9)}, day...), 7, append(append([]crier.SentInHour{hour(-1, 9)}, day...), hour(0, 7))},
	} {
		if got := Charge(c.sent, c.messages, now); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A clock that goes backwards makes hours of the future, which are folded into
// the oldest one that is kept: no message is forgotten before its day is over.
func TestHoursOfTheFutureAreFolded(t *testing.T) {
	var sent []crier.SentInHour
	for ahead := 1; ahead <= 40; ahead++ {
		sent = append(sent, crier.SentInHour{Hour: *at(time.Duration(ahead) * time.Hour), Messages: int64(ahead)})
	}
	got := Charge(sent, 5, now)
	sum := int64(0)
	for _, s := range got {
		sum += s.Messages
	}
	if want := int64(40*41/2 + 5); len(got) != 26 || sum != want {
		t.Errorf("%d hours with %d messages, want 26 with %d", len(got), sum, want)
	}
}

func TestWhatCountsAndWhenItStops(t *testing.T) {
	hour := func(ago time.Duration) crier.SentInHour { return crier.SentInHour{Hour: *at(-ago), Messages: 4} }
	state := &crier.DeliveryRecordState{Sent: []crier.SentInHour{hour(time.Hour), hour(20 * time.Hour), hour(25 * time.Hour)}}
	if got := Sent(state, now); got != 8 {
		t.Errorf("%d messages count, want those of two hours", got)
	}
	if got := Freed(state, now); !got.Equal(now.Add(5 * time.Hour)) {
		t.Errorf("the next are free at %s, want in 5 hours", got)
	}
}

func TestUncertain(t *testing.T) {
	for name, c := range map[string]struct {
		selects []crier.DeliveryState
		want    bool
	}{
		"nobody":       {nil, false},
		"the deferred": {[]crier.DeliveryState{crier.DeliveryDeferred, crier.DeliveryExpired}, false},
		"the unknown":  {[]crier.DeliveryState{crier.DeliveryDeferred, crier.DeliveryUnknown}, true},
		"the accepted": {[]crier.DeliveryState{crier.DeliveryAccepted}, true},
	} {
		if got := Uncertain(c.selects); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestOutstanding(t *testing.T) {
	totals := crier.DeliveryTotals{Pending: 70, Deferred: 5}
	pass := func(budget, charged int64, ended bool) *crier.DeliveryPass {
		p := &crier.DeliveryPass{Job: "j1", Budget: budget, Charged: charged}
		if ended {
			p.EndedAt = at(0)
		}
		return p
	}
	for name, c := range map[string]struct {
		pass   *crier.DeliveryPass
		job    string
		budget int64
		want   int64
	}{
		"nothing":                       {nil, "", 0, 0},
		"not taken":                     {nil, "", 50, 0},
		"has sent more than it should":  {pass(50, 51, false), "j1", 50, 0},
		"taken, but not in the record":  {nil, "j1", 50, 50},
		"runs":                          {pass(50, 20, false), "j1", 50, 30},
		"has sent all":                  {pass(50, 50, false), "j1", 50, 0},
		"has ended":                     {pass(50, 20, true), "j1", 50, 0},
		"has ended, the next was taken": {pass(50, 20, true), "j2", 40, 40},
		"runs since there was no limit": {pass(0, 0, false), "", 0, 70},
		"runs, and another was taken":   {pass(50, 20, false), "j2", 40, 70},
	} {
		state := &crier.DeliveryRecordState{Stage: crier.RecordFrozen, Totals: totals, Pass: c.pass}
		if got := Outstanding(state, c.job, c.budget); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		state.Stage = crier.RecordFinished
		if got := Outstanding(state, c.job, c.budget); got != 0 {
			t.Errorf("%s, but the record is over: %d", name, got)
		}
	}
}
