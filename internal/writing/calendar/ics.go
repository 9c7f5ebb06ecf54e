package calendar

import (
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// product is the PRODID, which names who wrote the object.
const product = "-//crier.dev//Crier//EN"

// Encode writes e as an iCalendar object with one event, with CRLF line ends
// and in lines of at most 75 octets. stamp is DTSTAMP, when this version of
// the event was made; the same input gives the same octets. The error says
// what the event's author has to change.
func Encode(e Event, stamp time.Time) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	cal := ics.NewCalendar()
	cal.SetProductId(product)
	cal.SetMethod(Method)
	event := cal.AddEvent(e.UID)
	event.SetDtStampTime(stamp)
	event.SetSequence(int(e.Sequence))
	if err := setTimes(event, e); err != nil {
		return nil, err
	}
	event.SetSummary(oneLine(e.Summary))
	for _, text := range []struct {
		value string
		set   func(string, ...ics.PropertyParameter)
	}{
		{oneLine(e.Location), event.SetLocation}, {lines(e.Description), event.SetDescription}, {e.URL, event.SetURL},
	} {
		if text.value != "" {
			text.set(text.value)
		}
	}
	if e.OrganizerAddress != "" {
		if err := setOrganizer(event, e); err != nil {
			return nil, err
		}
	}
	event.SetStatus(ics.ObjectStatusConfirmed)
	var b strings.Builder
	if err := cal.SerializeTo(&b, ics.WithNewLine("\r\n")); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

func setTimes(event *ics.VEvent, e Event) error {
	if !e.AllDay {
		event.SetStartAt(e.Start)
		event.SetEndAt(e.End)
		return nil
	}
	first, last, err := e.days()
	if err != nil {
		return err
	}
	event.SetAllDayStartAt(first)
	event.SetAllDayEndAt(last.AddDate(0, 0, 1)) // the day after the last one (RFC 5545 section 3.6.1)
	// A day off for everybody would show all of them as busy.
	event.SetTimeTransparency(ics.TransparencyTransparent)
	return nil
}

// setOrganizer writes the name in quotes, within the name of the property: the
// library would put backslashes into it, which parameters don't have (RFC 5545
// section 3.2). They can't hold quotes either.
func setOrganizer(event *ics.VEvent, e Event) error {
	to, err := mailto(e.OrganizerAddress)
	if err != nil {
		return err
	}
	property := string(ics.ComponentPropertyOrganizer)
	if name := strings.ReplaceAll(oneLine(e.OrganizerName), `"`, "'"); name != "" {
		property += `;CN="` + name + `"`
	}
	event.SetProperty(ics.ComponentProperty(property), to)
	return nil
}

// oneLine makes one space of each run of blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// lines makes line feeds of all line ends: those are what is escaped.
func lines(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.Trim(s, "\n")
}
