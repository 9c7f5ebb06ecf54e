package share

import (
	"fmt"
	"testing"
)

func pods(record string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%s%d", record, i))
	}
	return out
}

func many(name string, n int) Record {
	return Record{Board: name, Left: 1_000_000, PerPod: 100, Pods: pods(name, n)}
}

func urgently(r Record) Record { r.Urgent = true; return r }

func left(r Record, n int64) Record { r.Left = n; return r }

func TestTargets(t *testing.T) {
	for name, c := range map[string]struct {
		limit   Limit
		urgent  bool
		records []Record
		want    map[string]int
	}{
		"one record, one pod":         {Limit{10, 0}, false, []Record{many("a", 1)}, map[string]int{"a0": 10}},
		"equal among pods":            {Limit{10, 0}, false, []Record{many("a", 3)}, map[string]int{"a0": 4, "a1": 3, "a2": 3}},
		"equal among records":         {Limit{10, 0}, false, []Record{many("a", 4), many("b", 1)}, map[string]int{"a0": 2, "a1": 1, "a2": 1, "a3": 1, "b0": 5}},
		"no more than is of use":      {Limit{10, 0}, false, []Record{many("a", 1), left(many("b", 1), 30)}, map[string]int{"a0": 8, "b0": 2}},
		"few left go first":           {Limit{1, 0}, false, []Record{many("a", 1), left(many("b", 1), 30)}, map[string]int{"b0": 1}},
		"fewer connections than pod":  {Limit{2, 0}, false, []Record{many("a", 5)}, map[string]int{"a0": 1, "a1": 1}},
		"no record":                   {Limit{10, 0}, true, nil, map[string]int{}},
		"no pod":                      {Limit{10, 0}, true, []Record{many("a", 0)}, map[string]int{}},
		"a tenth is kept":             {Limit{30, 0}, true, []Record{many("a", 1)}, map[string]int{"a0": 27}},
		"at least one is kept":        {Limit{4, 0}, true, []Record{many("a", 1)}, map[string]int{"a0": 3}},
		"but not the only one":        {Limit{1, 0}, true, []Record{many("a", 1)}, map[string]int{"a0": 1}},
		"urgent gets most":            {Limit{20, 0}, true, []Record{many("a", 1), urgently(many("b", 1))}, map[string]int{"a0": 5, "b0": 15}},
		"urgent wants little":         {Limit{20, 0}, true, []Record{many("a", 1), left(urgently(many("b", 1)), 60)}, map[string]int{"a0": 17, "b0": 3}},
		"urgent alone gets all":       {Limit{20, 0}, true, []Record{urgently(many("b", 1))}, map[string]int{"b0": 20}},
		"urgent takes the only one":   {Limit{1, 0}, true, []Record{many("a", 1), urgently(many("b", 1))}, map[string]int{"b0": 1}},
		"two: one each":               {Limit{2, 0}, true, []Record{many("a", 1), urgently(many("b", 1))}, map[string]int{"a0": 1, "b0": 1}},
		"30 a minute":                 {Limit{10, 0.5}, false, []Record{many("a", 3)}, map[string]int{"a0": 1}},
		"5 a second":                  {Limit{100, 5}, false, []Record{many("a", 2)}, map[string]int{"a0": 5, "a1": 5}},
		"one without pods takes none": {Limit{10, 0}, false, []Record{many("a", 0), many("b", 1)}, map[string]int{"b0": 10}},
		"all but one are kept":        {Limit{100, 1}, true, []Record{many("a", 1)}, map[string]int{"a0": 1}},
		"30 a minute, some urgent":    {Limit{10, 0.5}, true, []Record{many("a", 3)}, map[string]int{"a0": 1}},
	} {
		perPod := func(string) int { return 100 }
		got := newPool(c.limit, c.urgent).targets(c.records, Record.wants, perPod)
		total, rate := 0, 0.0
		for pod, limit := range got {
			total, rate = total+limit.Connections, rate+limit.PerSecond
			if limit.Connections != c.want[pod] {
				t.Errorf("%s: %s gets %d, want %d", name, pod, limit.Connections, c.want[pod])
			}
			if c.limit.PerSecond > 0 && limit.PerSecond <= 0 {
				t.Errorf("%s: %s gets connections without a rate, which is no bound at all", name, pod)
			}
		}
		if len(got) != len(c.want) || total > c.limit.Connections || rate > c.limit.PerSecond+1e-9 {
			t.Errorf("%s: got %v of %v, want %v", name, got, c.limit, c.want)
		}
	}
}

// The whole rate is given away, whoever gets it.
func TestTargetsDivideTheRate(t *testing.T) {
	all := func(string) int { return 100 }
	got := newPool(Limit{10, 20}, false).targets([]Record{left(many("a", 1), 5), many("b", 2)}, Record.wants, all)
	if sum := got["a0"].PerSecond + got["b0"].PerSecond + got["b1"].PerSecond; sum < 19.99 || sum > 20.01 {
		t.Errorf("%v: %g of 20 a second", got, sum)
	}
	got = newPool(Limit{10, 20}, true).targets([]Record{many("a", 1), urgently(many("b", 1))}, Record.wants, all)
	if got["b0"].PerSecond != 15 || got["a0"].PerSecond != 5 {
		t.Errorf("%v: the urgent one gets three quarters", got)
	}
	got = newPool(Limit{1, 4}, true).targets([]Record{many("a", 1), urgently(many("b", 1))}, Record.wants, all)
	if len(got) != 1 || got["b0"] != (Limit{1, 4}) {
		t.Errorf("%v: who gets the only connection gets the whole rate", got)
	}
	idle := func(r Record) int {
		if r.Urgent {
			return 0
		}
		return r.wants()
	}
	got = newPool(Limit{1, 0.5}, true).targets([]Record{many("a", 1), urgently(many("b", 1))}, idle, all)
	if got["a0"].Connections != 1 || got["a0"].PerSecond <= 0 {
		t.Errorf("%v: of what nobody urgent has use for the others get a rate, too", got)
	}
	got = newPool(Limit{10, 0.5}, true).targets([]Record{many("a", 1)}, Record.wants, all)
	if rest := 0.5 - got["a0"].PerSecond; rest < urgentStart-1e-9 {
		t.Errorf("%v: an urgent message could not start within 10 seconds", got)
	}
}

func TestCanaryIsOnePod(t *testing.T) {
	r := many("a", 3)
	r.Canary = true
	got := newPool(Limit{10, 0}, false).targets([]Record{r}, Record.wants, func(string) int { return 4 })
	if len(got) != 1 || got["a0"].Connections != 4 {
		t.Errorf("got %v, want 4 connections of the first pod", got)
	}
}

// Twenty recipients are worth a connection, as many as the pods open.
func TestWants(t *testing.T) {
	for _, c := range []struct {
		pods, perPod int
		canary       bool
		left         int64
		want         int
	}{
		{1, 9, false, 0, 1}, {1, 9, false, 1, 1}, {1, 9, false, 20, 1}, {1, 9, false, 21, 2}, {1, 9, false, 40, 2}, {1, 9, false, 41, 3},
		{2, 3, false, 1000, 6}, {2, 0, false, 1000, 2}, {2, 3, true, 1000, 3}, {3, 3, true, 1000, 3}, {1, 3, true, 1000, 3}, {0, 3, true, 1000, 1},
	} {
		r := Record{Left: c.left, PerPod: c.perPod, Canary: c.canary, Pods: pods("a", c.pods)}
		if got := r.wants(); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestWhatIsKeptForTheUrgent(t *testing.T) {
	for _, c := range []struct {
		limit  Limit
		urgent bool
		want   Limit
	}{
		{Limit{100, 50}, false, Limit{}},
		{Limit{1, 50}, true, Limit{}},
		{Limit{2, 50}, true, Limit{1, 5}},
		{Limit{18, 0}, true, Limit{1, 0}},
		{Limit{20, 2}, true, Limit{2, 0.2}},
		{Limit{10, 1}, true, Limit{1, 0.2}},
		{Limit{10, 0.4}, true, Limit{1, 0.2}},
		{Limit{10, 0.25}, true, Limit{1, 0.125}},
	} {
		if got := newPool(c.limit, c.urgent).kept; got != c.want {
			t.Errorf("of %+v: %+v, want %+v", c.limit, got, c.want)
		}
	}
}

// A connection is worth having for a message every two seconds. With an urgent
// one beside, there are two at least.
func TestUseful(t *testing.T) {
	for _, c := range []struct {
		limit         Limit
		alone, beside int
	}{
		{Limit{10, 0}, 10, 10}, {Limit{10, 3}, 6, 6}, {Limit{3, 5}, 3, 3},
		{Limit{10, 0.5}, 1, 2}, {Limit{10, 0.1}, 1, 2}, {Limit{1, 0.1}, 1, 1},
	} {
		alone, beside := Useful(Limits{Limit: c.limit}), Useful(Limits{Limit: c.limit, Urgent: true})
		if alone != c.alone || beside != c.beside {
			t.Errorf("%+v: %d and %d", c.limit, alone, beside)
		}
	}
}

func TestSplit(t *testing.T) {
	var records []Record
	for name, n := range map[string]int64{"d": 5, "a": 900, "c": 5, "b": 1 << 40, "e": 4} {
		records = append(records, left(many(name, 1), n), left(urgently(many("u"+name, 1)), n))
	}
	normal, urgent := split(append(records, many("nobody", 0)))
	for k, want := range []string{"e", "c", "d", "a", "b"} {
		if len(normal) != 5 || len(urgent) != 5 || normal[k].Board != want || urgent[k].Board != "u"+want {
			t.Fatalf("%d: %+v and %+v, want %s", k, normal, urgent, want)
		}
	}
}
