package share

import (
	"maps"
	"math"
	"testing"
)

// What a pod has in reserve is the most of what it may still use of any ration.
func TestReserved(t *testing.T) {
	b := Book{}
	for _, i := range []struct {
		pod    string
		urgent bool
		limit  Limit
	}{
		{"a", true, Limit{3, 5}}, {"a", false, Limit{2, 7}},
		{"b", false, Limit{1, 0.5}}, {"b", true, Limit{0, 0}},
		{"c", false, Limit{2, 0}}, {"c", false, Limit{2, 9}},
		{"d", false, Limit{}},
	} {
		b.Issued = append(b.Issued, Issued{Pod: i.pod, Urgent: i.urgent, Ration: Ration{Limit: i.limit}})
	}
	want := map[string]reservation{
		"a": {3, 7, true},
		"b": {1, 0.5, true},
		"c": {2, math.Inf(1), false}, // it may still send at any rate
		"d": {0, 0, false},           // without connections the rate is none
	}
	if got := b.reserved(func(g Ration) Limit { return g.Limit }); !maps.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestSpeed(t *testing.T) {
	for limit, want := range map[Limit]float64{
		{0, 0}: 0, {0, 5}: 0, {1, 0}: math.Inf(1), {1, 1}: 1, {2, 0.5}: 0.5,
	} {
		if got := limit.speed(); got != want {
			t.Errorf("%+v: %g", limit, got)
		}
	}
}

// The urgent take of what is kept for them as well; the others don't, nor do
// the urgent take from what the others may have.
func TestRoom(t *testing.T) {
	p := pool{Limit: Limit{10, 20}, kept: Limit{2, 4}}
	for name, c := range map[string]struct {
		reserved             map[string]reservation
		normal, urgent       float64
		normalRate, urgeRate float64
	}{
		"nobody":           {nil, 8, 10, 16, 20},
		"a normal one":     {map[string]reservation{"a": {3, 6, false}}, 5, 7, 10, 14},
		"an urgent one":    {map[string]reservation{"a": {3, 6, true}}, 7, 7, 14, 14},
		"an urgent little": {map[string]reservation{"a": {1, 2, true}}, 8, 9, 16, 18},
		"too much":         {map[string]reservation{"a": {12, math.Inf(1), false}}, 0, 0, 0, 0},
		"all that is kept": {map[string]reservation{"a": {9, 17, false}}, 0, 1, 0, 3},
	} {
		connections, rate := p.rooms(c.reserved)
		if connections.most(false) != c.normal || connections.most(true) != c.urgent || rate.most(false) != c.normalRate || rate.most(true) != c.urgeRate {
			t.Errorf("%s: %g and %g connections, %g and %g a second", name,
				connections.most(false), connections.most(true), rate.most(false), rate.most(true))
		}
	}
}

func TestFit(t *testing.T) {
	one := func(limit Limit) map[string]Limit { return map[string]Limit{"a": limit} }
	has := func(connections int, rate float64) map[string]reservation {
		return map[string]reservation{"a": {connections, rate, false}}
	}
	other := func(connections int, rate float64) map[string]reservation {
		return map[string]reservation{"z": {connections, rate, false}}
	}
	for _, c := range []struct {
		name     string
		pool     Limit
		target   Limit
		reserved map[string]reservation
		want     map[string]Limit
		wanting  bool
	}{
		{"all", Limit{10, 0}, Limit{4, 0}, nil, one(Limit{4, 0}), false},
		{"all, at a rate", Limit{10, 20}, Limit{4, 8}, nil, one(Limit{4, 8}), false},
		{"exactly what is left", Limit{10, 20}, Limit{4, 8}, other(6, 12), one(Limit{4, 8}), false},
		{"less than it wants", Limit{10, 0}, Limit{4, 0}, other(8, 0), one(Limit{2, 0}), true},
		{"less of the rate", Limit{10, 20}, Limit{4, 8}, other(2, 14), one(Limit{4, 6}), true},
		{"a tenth of the rate", Limit{10, 20}, Limit{4, 10}, other(2, 19), one(Limit{4, 1}), true},
		{"less than a tenth: it waits", Limit{10, 20}, Limit{4, 10}, other(2, 19.5), nil, true},
		{"little, but it has something", Limit{10, 20}, Limit{4, 10}, map[string]reservation{"a": {1, 0.25, false}, "z": {2, 19.5, false}}, one(Limit{4, 0.5}), true},
		{"no connection", Limit{10, 20}, Limit{4, 8}, other(10, 5), nil, true},
		{"no connection, at any rate", Limit{10, 0}, Limit{4, 0}, other(10, 0), nil, true},
		{"no rate, which would be any", Limit{10, 20}, Limit{4, 8}, map[string]reservation{"a": {2, 0, false}, "z": {1, 20, false}}, nil, true},
		{"half a message a second", Limit{10, 0.5}, Limit{1, 0.5}, nil, one(Limit{1, 0.5}), false},
		{"half of it is taken", Limit{10, 0.5}, Limit{1, 0.5}, other(1, 0.48), nil, true},
		{"what it has", Limit{10, 20}, Limit{10, 20}, has(10, 20), one(Limit{10, 20}), false},
		{"more than it has", Limit{10, 20}, Limit{4, 8}, map[string]reservation{"a": {2, 4, false}, "z": {7, 13, false}}, one(Limit{3, 7}), true},
		{"nothing any more", Limit{10, 20}, Limit{}, has(4, 8), one(Limit{}), false},
		{"nothing, as before", Limit{10, 20}, Limit{}, nil, nil, false},
	} {
		targets := map[string]Limit{"a": c.target}
		got, wanting := pool{Limit: c.pool}.fit([]claimant{{"a", false}}, targets, c.reserved)
		if !maps.Equal(got, c.want) || wanting != c.wanting {
			t.Errorf("%s: %v, wanting %t; want %v", c.name, got, wanting, c.want)
		}
	}
}

// One after the other gets of what those before have left.
func TestFitInOrder(t *testing.T) {
	order := []claimant{{"a", false}, {"b", false}, {"c", false}}
	targets := map[string]Limit{"a": {2, 4}, "b": {4, 8}, "c": {8, 16}}
	for name, c := range map[string]struct {
		reserved map[string]reservation
		want     map[string]Limit
	}{
		"from nothing":          {nil, map[string]Limit{"a": {2, 4}, "b": {4, 8}, "c": {4, 8}}},
		"one has half":          {map[string]reservation{"a": {1, 2, false}}, map[string]Limit{"a": {2, 4}, "b": {4, 8}, "c": {4, 8}}},
		"one has more than now": {map[string]reservation{"a": {5, 10, false}}, map[string]Limit{"a": {2, 4}, "b": {4, 8}, "c": {1, 2}}},
	} {
		got, wanting := pool{Limit: Limit{10, 20}}.fit(order, targets, c.reserved)
		if !maps.Equal(got, c.want) || !wanting {
			t.Errorf("%s: %v, wanting %t; want %v", name, got, wanting, c.want)
		}
	}
}
