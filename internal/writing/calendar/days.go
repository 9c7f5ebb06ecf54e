package calendar

import (
	"errors"
	"fmt"
	"time"
)

// days are the first and the last day of an all-day event, each as its midnight
// in UTC: a day is a date, and 24 hours long nowhere else. The error says what
// to write where times don't say which day is meant.
func (e Event) days() (first, last time.Time, err error) {
	zone, err := time.LoadLocation(e.TimeZone)
	if err != nil || e.TimeZone == "Local" {
		return first, last, errors.New("the event's time zone is not one of the IANA database, such as Europe/Berlin")
	}
	for _, day := range []struct {
		name string
		at   time.Time
		end  bool
		day  *time.Time
	}{{"start", e.Start, false, &first}, {"end", e.End, true, &last}} {
		if e.TimeZone == "" {
			err = ofUTC(day.name, day.at.UTC(), day.end)
		} else {
			err = ofZone(day.name, day.at, zone)
		}
		if err != nil {
			return first, last, err
		}
		*day.day = date(day.at.In(zone))
	}
	return first, last, nil
}

// ofUTC refuses what isn't written as a day of UTC: it is midnight somewhere
// else, and nobody knows where. An end may be the last minute of its day.
func ofUTC(name string, at time.Time, end bool) error {
	hour, minute, second := at.Clock()
	if hour == 0 && minute == 0 && second == 0 || end && hour == 23 && minute == 59 {
		return nil
	}
	meant := date(at.Add(12 * time.Hour)) // of the nearest midnight
	if minute == 59 {
		meant = meant.AddDate(0, 0, -1) // which is the end of the day
	}
	return fmt.Errorf("the event is all day and has no timeZone, so that its days are those of UTC, and its %s is %s: write the day as %s, or say whose day it is with timeZone, such as Europe/Berlin",
		name, at.Format(time.RFC3339), meant.Format(time.RFC3339))
}

// ofZone refuses midnight in UTC where that is the day before: whoever writes
// it means the date that stands there.
func ofZone(name string, at time.Time, zone *time.Location) error {
	written, there := at.UTC(), at.In(zone)
	if !written.Equal(date(written)) || date(written).Equal(date(there)) {
		return nil
	}
	year, month, day := written.Date()
	meant := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if !date(meant).Equal(written) { // clocks go forward at midnight
		meant = time.Date(year, month, day, 12, 0, 0, 0, zone)
	}
	return fmt.Errorf("the event is all day, and its %s, %s, is on %s in %s: write the day as %s", name,
		written.Format(time.RFC3339), there.Format("2 January"), zone, meant.Format(time.RFC3339))
}

// date is midnight in UTC of the day that t shows.
func date(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
