package calendar

import (
	"strings"
	"testing"
	"time"
)

// The days of an event are those that its author wrote, in every calendar, or
// it is refused.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		name, zone, start, end string
		first, after           string // DTSTART and DTEND, the day after the last one
		refused                string
	}{
		{"one day of Berlin", "Europe/Berlin", "2026-12-03T00:00:00+01:00", "2026-12-03T23:00:00+01:00", "20261203", "20261204", ""},
		{"the same instant twice", "Europe/Berlin", "2026-12-03T00:00:00+01:00", "2026-12-03T00:00:00+01:00", "20261203", "20261204", ""},
		{"two days of Berlin", "Europe/Berlin", "2026-12-03T00:00:00+01:00", "2026-12-04T00:00:00+01:00", "20261203", "20261205", ""},
		{"midnight in UTC, east of it", "Europe/Berlin", "2026-12-03T00:00:00Z", "2026-12-03T00:00:00Z", "20261203", "20261204", ""},
		{"midnight in UTC, far east of it", "Pacific/Auckland", "2026-12-03T00:00:00Z", "2026-12-03T00:00:00Z", "20261203", "20261204", ""},
		{"midnight in UTC, west of it", "America/New_York", "2026-12-03T00:00:00Z", "2026-12-03T00:00:00Z", "", "",
			"its start, 2026-12-03T00:00:00Z, is on 2 December in America/New_York: write the day as 2026-12-03T00:00:00-05:00"},
		{"an end at midnight in UTC, west of it", "America/New_York", "2026-12-03T00:00:00-05:00", "2026-12-04T00:00:00Z", "", "",
			"its end, 2026-12-04T00:00:00Z, is on 3 December in America/New_York: write the day as 2026-12-04T00:00:00-05:00"},
		{"days of New York", "America/New_York", "2026-12-03T00:00:00-05:00", "2026-12-03T23:59:59-05:00", "20261203", "20261204", ""},
		{"the day on which clocks go forward", "Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-29T23:59:00+02:00", "20260329", "20260330", ""},
		{"a day whose next has no midnight", "Africa/Cairo", "2026-04-23T00:00:00+02:00", "2026-04-23T00:00:00+02:00", "20260423", "20260424", ""},
		{"a day that has no midnight", "Africa/Cairo", "2026-04-24T01:00:00+03:00", "2026-04-24T23:00:00+03:00", "20260424", "20260425", ""},
		{"days of UTC", "", "2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z", "20261203", "20261205", ""},
		{"a day of UTC until its last minute", "", "2026-12-03T00:00:00Z", "2026-12-03T23:59:59Z", "20261203", "20261204", ""},
		{"midnight elsewhere, and no zone", "", "2026-12-03T00:00:00+01:00", "2026-12-03T23:59:00+01:00", "", "",
			"its start is 2026-12-02T23:00:00Z: write the day as 2026-12-03T00:00:00Z, or say whose day it is with timeZone"},
		{"midnight in the west, and no zone", "", "2026-12-03T00:00:00-05:00", "2026-12-03T00:00:00-05:00", "", "",
			"its start is 2026-12-03T05:00:00Z: write the day as 2026-12-03T00:00:00Z"},
		{"an end that is elsewhere", "", "2026-12-03T00:00:00Z", "2026-12-03T23:59:59-05:00", "", "",
			"its end is 2026-12-04T04:59:59Z: write the day as 2026-12-03T00:00:00Z"},
		{"a day without midnight in the west", "America/Havana", "2026-03-08T00:00:00Z", "2026-03-08T12:00:00Z", "", "",
			"is on 7 March in America/Havana: write the day as 2026-03-08T12:00:00-04:00"},
		{"no such zone", "Europe/Bonn", "2026-12-03T00:00:00Z", "2026-12-03T00:00:00Z", "", "", "time zone is not one of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := town()
			e.AllDay, e.TimeZone, e.Start, e.End = true, c.zone, at(t, c.start), at(t, c.end)
			data, err := Encode(e, stamp)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%v\nwant %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"DTSTART;VALUE=DATE:" + c.first, "DTEND;VALUE=DATE:" + c.after, "TRANSP:TRANSPARENT"} {
				if !strings.Contains(string(data), "\r\n"+want+"\r\n") {
					t.Errorf("no %s in\n%s", want, data)
				}
			}
		})
	}
}

// at is a time in UTC, as it comes from the API server.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.UTC()
}
