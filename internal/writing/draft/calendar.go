package draft

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/writing/calendar"
	"crier.dev/crier/internal/writing/message"
)

// Edition is which run a message is written for, and when: what an event needs
// so that calendars know a later version of it, and take no other event for it.
// The zero value is that of a message that isn't sent.
type Edition struct {
	// Run is the same for the message, its test copies and its resends, and for
	// no other message of any cluster. Empty for one that isn't sent.
	Run string
	// Began is when the run did, and At when this copy is written down.
	Began, At time.Time
}

// EventError says what is wrong with the event of a Broadcast, to its author.
type EventError struct{ err error }

func (e *EventError) Error() string { return e.err.Error() }

// calendar is the calendar entry of a Broadcast, nil for none.
func (f Facts) calendar(edition Edition) (*message.Calendar, error) {
	event := f.Broadcast.Spec.Content.Event
	if event == nil {
		return nil, nil
	}
	stamp := edition.At
	if stamp.IsZero() {
		stamp = time.Unix(0, 0)
	}
	data, err := calendar.Encode(f.event(event, edition), stamp.UTC())
	if err != nil {
		return nil, &EventError{err}
	}
	return &message.Calendar{Data: data, Method: calendar.Method}, nil
}

func (f Facts) event(event *crier.CalendarEvent, edition Edition) calendar.Event {
	author := f.author()
	return calendar.Event{
		UID: edition.uid(event) + "@" + f.domain(), Sequence: edition.sequence(),
		Summary: event.Summary, Location: event.Location, Description: event.Description, URL: event.URL,
		OrganizerName: author.Name, OrganizerAddress: author.Address,
		Start: event.Start.Time, End: event.End.Time, AllDay: event.AllDay, TimeZone: event.TimeZone,
	}
}

// uid is the part of an event's UID before the domain. An event that isn't sent
// has a stand-in of its own words, which is that of no event that is sent.
func (e Edition) uid(event *crier.CalendarEvent) string {
	if e.Run != "" {
		return names.Identity(e.Run, "event")
	}
	words, _ := json.Marshal(event) // strings and times always marshal
	sum := sha256.Sum256(words)
	return "preview-" + hex.EncodeToString(sum[:8])
}

// sequence rises with each copy that is written down, if an event was edited
// between them or not: in seconds since the run began. It needs nothing that is
// counted, and nothing that an object which is created again would begin anew.
func (e Edition) sequence() int64 {
	if e.Began.IsZero() {
		return 0
	}
	return min(max(0, int64(e.At.Sub(e.Began)/time.Second)), calendar.MaxSequence)
}
