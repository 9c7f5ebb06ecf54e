package share

import (
	"slices"
	"testing"
	"time"
)

// calm is a manager that is never disturbed. It posts at once.
type calm struct {
	book   Book
	limits Limits
	now    time.Time
	rounds int
}

// look is one of its looks, every two seconds.
func (c *calm) look(records ...Record) map[string]Ration {
	c.now = c.now.Add(2 * time.Second)
	c.book.Observe(nil, nil, c.now)
	shown := map[string]Ration{}
	boards := c.book.Next(c.limits, records, c.now)
	if len(boards) > 0 {
		c.rounds++
	}
	for name, rations := range boards {
		c.book.Observe(map[string]Posting{name: {Round: c.book.Round, At: c.now}}, nil, c.now)
		for pod, g := range rations {
			shown[pod] = g
		}
	}
	return shown
}

// wait looks for so long, and says what the pods have then.
func (c *calm) wait(d time.Duration, records ...Record) map[string]int {
	for end := c.now.Add(d); c.now.Before(end); {
		c.look(records...)
	}
	has := map[string]int{}
	for _, i := range c.book.Issued {
		has[i.Pod] = i.Ration.Connections
	}
	return has
}

func TestRationsAreRenewedInTime(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 10}}, now: epoch}
	a := many("a", 2)
	c.wait(time.Minute, a)
	rounds := c.rounds
	for range 20 {
		if got := c.wait(5*time.Second, a); got["a0"] != 5 || got["a1"] != 5 {
			t.Fatalf("got %v", got)
		}
		if age := c.now.Sub(c.book.Renewed); age > Renewal+2*time.Second {
			t.Fatalf("the grants are %s old", age)
		}
	}
	if n := c.rounds - rounds; n > 9 {
		t.Errorf("%d rounds in 2 minutes in which nothing happened", n)
	}
	if len(c.book.Issued) != 2 {
		t.Errorf("the book remembers more than it must: %+v", c.book.Issued)
	}
}

// A new pod doesn't use the ration that it finds first.
func TestNewPodsGetRationsInARow(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 10}}, now: epoch}
	first := c.look(many("a", 1))["a0"]
	second := c.look(many("a", 1))["a0"]
	if first.Seq == 0 || second.Seq <= first.Seq {
		t.Errorf("got %+v, then %+v", first, second)
	}
}

func TestNewcomersGetWhatOthersGiveBack(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 10}}, now: epoch}
	a, b := many("a", 1), many("b", 1)
	c.wait(time.Minute, a)
	if got := c.look(a, b); got["a0"].Connections != 5 || got["b0"].Connections != 0 {
		t.Errorf("got %+v, want that a gives half of it back", got)
	}
	if got := c.wait(80*time.Second, a, b); got["a0"] != 5 || got["b0"] != 5 {
		t.Errorf("got %v", got)
	}
}

// A pod that says that it keeps to less frees the rest at the next look. What
// it says of an older ration frees nothing.
func TestWhatAPodKeepsToFreesTheRest(t *testing.T) {
	for _, limit := range []Limit{{Connections: 20}, {Connections: 20, PerSecond: 100}, {Connections: 1}} {
		c := calm{limits: Limits{Limit: limit, Urgent: true}, now: epoch}
		a := many("a", 1)
		u := left(urgently(many("u", 1)), 1000)
		c.wait(5*time.Minute, a)
		before, _ := c.book.Latest("a0")
		c.look(a, u)
		if !c.book.Shrinking()["a"] {
			t.Fatalf("%+v: nobody is waited for", limit)
		}
		c.book.Heed(map[string]int64{"a0": before.Ration.Seq, "somebody": 1000})
		early := c.look(a, u)["u0"]
		now, _ := c.book.Latest("a0")
		c.book.Heed(map[string]int64{"a0": now.Ration.Seq})
		got := c.look(a, u)["u0"]
		if want := newPool(limit, true).useful() * 3 / 4; got.Connections < max(1, want) || got.Connections <= early.Connections {
			t.Errorf("%+v: got %+v, then %+v, of %d", limit, early, got, want)
		}
		if c.book.Shrinking()["a"] {
			t.Errorf("%+v: %+v", limit, c.book.Issued)
		}
	}
}

func TestUrgentStartsAtOnceAndGetsMost(t *testing.T) {
	for _, limit := range []Limit{{Connections: 2}, {Connections: 20}, {Connections: 20, PerSecond: 100}, {Connections: 10, PerSecond: 0.5}} {
		c := calm{limits: Limits{Limit: limit, Urgent: true}, now: epoch}
		a := many("a", 3)
		u := left(urgently(many("u", 1)), 1000)
		c.wait(5*time.Minute, a)
		got := c.look(a, u)["u0"]
		if got.Connections == 0 || limit.PerSecond > 0 && got.PerSecond*5 < 0.99 {
			t.Errorf("%+v: got %+v at once", limit, got)
		}
		if got := c.wait(80*time.Second, a, u); 4*got["u0"] < 3*newPool(limit, true).useful()-3 {
			t.Errorf("%+v: got %v in the end", limit, got)
		}
	}
}

func TestALostPodsShareIsFreeWhenItsRationIsOver(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 4}}, now: epoch}
	c.wait(time.Minute, many("a", 1))
	lost := c.now
	b := Record{Board: "a", Left: 1_000_000, PerPod: 100, Pods: []string{"new"}}
	for c.look(b)["new"].Connections == 0 {
		if c.now.Sub(lost) > 2*Term {
			t.Fatal("the new pod never gets anything")
		}
	}
	if waited := c.now.Sub(lost); waited < Term-Renewal {
		t.Errorf("the share of a lost pod was given away after %s", waited)
	}
	ended := calm{limits: c.limits, now: epoch}
	ended.wait(time.Minute, many("a", 1))
	ended.book.Observe(nil, map[string]bool{"a0": true}, ended.now)
	if got := ended.look(b)["new"]; got.Connections != 4 {
		t.Errorf("got %+v, though the pod before has ended", got)
	}
}

func TestPodsThatLeaveKeepWhatTheyHave(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 4}}, now: epoch}
	c.wait(time.Minute, many("a", 1))
	leaving := Record{Board: "a", Left: 100, PerPod: 10, Pods: []string{"new"}, Leaving: []string{"a0"}}
	if got := c.wait(3*time.Minute, leaving); got["a0"] != 4 || got["new"] != 0 {
		t.Errorf("got %v", got)
	}
}

func TestDestinationsAreDivided(t *testing.T) {
	c := calm{now: epoch, limits: Limits{Limit: Limit{Connections: 10}, Destinations: map[string]Limit{
		"few": {Connections: 2}, "slow": {PerSecond: 1},
	}}}
	records := []Record{many("a", 2), many("b", 1)}
	c.wait(time.Minute, records...)
	few, slow := 0, 0.0
	for _, pod := range []string{"a0", "a1", "b0"} {
		last, _ := c.book.Latest(pod)
		for name, d := range c.limits.Destinations {
			if _, bounded := last.Ration.Destinations[name]; !bounded {
				t.Errorf("%s isn't bounded for %s: %+v", pod, name, d)
			}
		}
		few += last.Ration.Destinations["few"].Connections
		slow += last.Ration.Destinations["slow"].PerSecond
	}
	if few != 2 || slow < 0.99 || slow > 1.01 {
		t.Errorf("%d connections and %g a second", few, slow)
	}
}

// With one connection for a destination, every pod gets it in its turn.
func TestDestinationsGoRound(t *testing.T) {
	c := calm{now: epoch, limits: Limits{Limit: Limit{Connections: 9}, Destinations: map[string]Limit{"one": {Connections: 1}}}}
	had := map[string]int{}
	for range 60 {
		c.wait(30*time.Second, many("a", 3))
		for _, pod := range pods("a", 3) {
			last, _ := c.book.Latest(pod)
			had[pod] += last.Ration.Destinations["one"].Connections
		}
	}
	for _, pod := range pods("a", 3) {
		if had[pod] < 10 {
			t.Errorf("%s had it %d times of 60: %v", pod, had[pod], had)
		}
	}
}

func TestLowerLimitsHoldAtOnce(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 10}}, now: epoch}
	c.wait(time.Minute, many("a", 2))
	c.limits.Limit = Limit{Connections: 2, PerSecond: 4}
	c.wait(20*time.Second, many("a", 2))
	for _, pod := range pods("a", 2) {
		last, _ := c.book.Latest(pod)
		if last.Ration.Connections != 1 || last.Ration.PerSecond != 2 {
			t.Errorf("%s has %+v", pod, last.Ration)
		}
	}
}

// What may still be posted by a manager that is slow is written over first.
func TestUnpostedRationsAreWrittenOver(t *testing.T) {
	b := Book{Round: 3, Issued: []Issued{{Pod: "p", Board: "gone", Ration: Ration{Seq: 3, Limit: Limit{Connections: 4}}}}}
	boards := b.Next(Limits{Limit: Limit{Connections: 4}}, nil, epoch)
	if rations, ok := boards["gone"]; !ok || len(rations) != 0 {
		t.Errorf("got %v", boards)
	}
	b.Observe(nil, nil, epoch.Add(time.Hour))
	if len(b.Issued) != 1 {
		t.Error("a grant that can still be posted is forgotten")
	}
	b.Observe(map[string]Posting{"gone": {Round: 3, At: epoch.Add(time.Hour)}}, nil, epoch.Add(time.Hour))
	b.Observe(nil, nil, epoch.Add(time.Hour+Term+Margin))
	if !b.Empty(epoch) {
		t.Error("a grant that is over is remembered")
	}
}

func TestTimesInTheFutureAreNow(t *testing.T) {
	b := Book{Renewed: epoch.Add(time.Hour), Issued: []Issued{{Pod: "p", Posted: epoch.Add(time.Hour)}}}
	b.Observe(nil, nil, epoch)
	if b.Issued[0].Posted != epoch || b.Renewed != epoch {
		t.Errorf("got %+v", b)
	}
}

func TestPausesGrow(t *testing.T) {
	b, now := Book{}, epoch
	for _, minutes := range []int{15, 30, 60, 60} {
		want := time.Duration(minutes) * time.Minute
		if !b.Quota("enough", now) {
			t.Fatal("no pause")
		}
		until, paused := b.Pausing(now)
		if got := until.Sub(now); !paused || got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if b.Quota("enough", now.Add(time.Minute)) || b.Quota("enough", until.Add(time.Minute)) {
			t.Error("what is known already counts again")
		}
		now = until.Add(attempt)
	}
	now = now.Add(2 * time.Hour)
	if _, paused := b.Pausing(now); paused || !b.Empty(now) {
		t.Error("the pause never ends")
	}
	if b.Quota("enough", now); b.Pause.Until.Sub(now) != firstPause {
		t.Error("a quota long after the last is a first one")
	}
}

func TestBookIsReadBack(t *testing.T) {
	c := calm{limits: Limits{Limit: Limit{Connections: 4}, Destinations: map[string]Limit{"x": {PerSecond: 1}}}, now: epoch}
	c.wait(time.Minute, many("a", 2))
	data, err := c.book.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeBook(data)
	if err != nil || !slices.EqualFunc(back.Issued, c.book.Issued, func(a, b Issued) bool {
		return a.Ration.Covers(b.Ration) && b.Ration.Covers(a.Ration) && a.Posted.Equal(b.Posted)
	}) {
		t.Errorf("got %+v, %v", back, err)
	}
	if _, err := DecodeBook([]byte("{")); err == nil {
		t.Error("garbage was read")
	}
}

// Rations are issued when they get old, and before that only when it matters.
func TestDue(t *testing.T) {
	has := Ration{Seq: 1, Limit: Limit{4, 8}}
	now := epoch.Add(time.Second)
	same := map[string]Ration{"p": has}
	give := func(connections int, rate float64) map[string]Ration {
		return map[string]Ration{"p": {Limit: Limit{connections, rate}}}
	}
	for _, c := range []struct {
		name    string
		since   time.Time
		posted  time.Time
		rations map[string]Ration
		wanting bool
		now     time.Time
		want    bool
	}{
		{"nothing happens", time.Time{}, epoch, same, false, now, false},
		{"nothing happens, though some want more", time.Time{}, epoch, same, true, now, false},
		{"almost old", time.Time{}, epoch, same, false, epoch.Add(15*time.Second - 1), false},
		{"old", time.Time{}, epoch, same, false, epoch.Add(15 * time.Second), true},
		{"nobody gets any", time.Time{}, epoch, nil, false, epoch.Add(time.Hour), false},
		{"the board may not show it", time.Time{}, time.Time{}, same, false, now, true},
		{"a new pod", time.Time{}, epoch, map[string]Ration{"q": {Limit: Limit{1, 1}}}, false, now, true},
		{"a new pod that gets nothing", time.Time{}, epoch, map[string]Ration{"q": {}}, false, now, true},
		{"a pod that is young", now.Add(1 - 15*time.Second), epoch, same, false, now, true},
		{"a pod that was young", now.Add(-15 * time.Second), epoch, same, false, now, false},
		{"a pod of this moment", now, epoch, same, false, now, false},
		{"more", time.Time{}, epoch, give(5, 8), false, now, true},
		{"faster", time.Time{}, epoch, give(4, 9), false, now, true},
		{"hardly faster", time.Time{}, epoch, give(4, 8.05), false, now, false},
		{"less that nobody wants", time.Time{}, epoch, give(3, 8), false, now, false},
		{"less that somebody wants", time.Time{}, epoch, give(3, 8), true, now, true},
		{"hardly less", time.Time{}, epoch, give(4, 7.95), true, now, false},
	} {
		b := Book{Renewed: epoch, Issued: []Issued{{Pod: "p", Board: "b", Ration: has, Since: c.since, Posted: c.posted}}}
		if got := b.due([]Record{{Board: "b"}}, c.rations, c.wanting, c.now); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// Only pods that get something are on a board, and only boards with such pods
// are written.
func TestWhoIsOnABoard(t *testing.T) {
	b := Book{}
	canary := urgently(many("a", 2))
	canary.Canary, canary.PerPod, canary.Leaving = true, 0, []string{"unheard of"}
	for round := range int64(2) {
		now := epoch.Add(time.Duration(round) * time.Minute)
		boards := b.Next(Limits{Limit: Limit{Connections: 10}}, []Record{canary, many("empty", 0)}, now)
		g := boards["a"]["a0"]
		if len(boards) != 1 || len(boards["a"]) != 1 || g.Connections != 1 || g.Seq != round+1 || b.Round != round+1 {
			t.Errorf("round %d: %+v", round+1, boards)
		}
		if last := b.Issued[len(b.Issued)-1]; !last.Urgent || !last.Since.Equal(epoch) {
			t.Errorf("round %d: %+v", round+1, last)
		}
	}
}

// What somebody has for a destination isn't free for others, and they want it
// even if there is enough of the Relay; what was issued before a destination
// had a limit may all go there.
func TestDestinationsThatOthersHave(t *testing.T) {
	limits := Limits{Limit: Limit{Connections: 10}, Destinations: map[string]Limit{"x": {Connections: 2}}}
	for name, c := range map[string]struct {
		other   *Ration
		want    int
		wanting bool
	}{
		"nobody":            {nil, 1, false},
		"half of it":        {&Ration{Limit: Limit{4, 0}, Destinations: map[string]Limit{"x": {1, 0}}}, 1, false},
		"all of it":         {&Ration{Limit: Limit{4, 0}, Destinations: map[string]Limit{"x": {2, 0}}}, 0, true},
		"it had no limit":   {&Ration{Limit: Limit{4, 0}}, 0, true},
		"none of it at all": {&Ration{Limit: Limit{4, 0}, Destinations: map[string]Limit{"x": {}}}, 1, false},
	} {
		b := Book{}
		if c.other != nil {
			b.Issued = []Issued{{Pod: "z", Ration: *c.other}}
		}
		got, wanting := b.divide(limits, []Record{left(many("a", 1), 20)}, epoch)
		if g := got["a0"]; g.Connections != 1 || g.Destinations["x"].Connections != c.want || wanting != c.wanting {
			t.Errorf("%s: %+v, wanting %t", name, g, wanting)
		}
	}
}

// Pods take turns of five minutes.
func TestTurned(t *testing.T) {
	start := time.Unix(900*1000, 0)
	canary := many("a", 3)
	canary.Canary = true
	for _, c := range []struct {
		record Record
		after  time.Duration
		want   string // who is first
	}{
		{many("a", 3), 0, "a0"}, {many("a", 3), 5*time.Minute - 1, "a0"}, {many("a", 3), 5 * time.Minute, "a1"},
		{many("a", 3), 15*time.Minute - 1, "a2"}, {many("a", 3), 15 * time.Minute, "a0"},
		{many("a", 2), 5 * time.Minute, "a1"}, {many("a", 1), 5 * time.Minute, "a0"}, {canary, 5 * time.Minute, "a0"},
	} {
		got := turned([]Record{c.record}, start.Add(c.after))[0].Pods
		if len(got) != len(c.record.Pods) || got[0] != c.want {
			t.Errorf("%d pods after %s: %v", len(c.record.Pods), c.after, got)
		}
	}
}

// Urgent records come first, and in each class pods that have nothing.
func TestOrder(t *testing.T) {
	b := Book{Issued: []Issued{{Pod: "a0"}, {Pod: "u0"}}}
	got := b.order([]Record{many("a", 2), many("b", 1), urgently(many("u", 2))})
	want := []claimant{{"u1", true}, {"u0", true}, {"a1", false}, {"b0", false}, {"a0", false}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
