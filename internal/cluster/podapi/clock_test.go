package podapi

import (
	"net/http"
	"testing"
	"time"
)

func TestServerClock(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 300, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		date string
		took time.Duration
		want time.Duration
	}{
		"an hour ahead":  {at(time.Hour), 0, time.Hour},
		"an hour behind": {at(-time.Hour), 0, -time.Hour},
		"a little":       {at(-time.Second), 0, 0},
		"no date":        {"", 0, 7 * time.Second},
		"a slow answer":  {at(time.Hour), time.Minute, 7 * time.Second},
	} {
		clock := serverClock{}
		clock.ahead.Store(int64(7 * time.Second))
		clock.learn(c.date, now.Add(-c.took), now)
		if got := time.Duration(clock.ahead.Load()); (got - c.want).Abs() > time.Second {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
