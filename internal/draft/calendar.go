package draft

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/calendar"
	"crier.dev/crier/internal/ledger"
	"crier.dev/crier/internal/message"
)

// calendar is the calendar entry of a Broadcast, nil for none. Its stamp is the
// time when the Broadcast was declared, so that the same Broadcast gives the
// same octets.
func (f Facts) calendar(domain string) (*message.Calendar, error) {
	event := f.Broadcast.Spec.Content.Event
	if event == nil {
		return nil, nil
	}
	data, err := calendar.Encode(f.event(event, domain), f.Broadcast.CreationTimestamp.UTC())
	if err != nil {
		return nil, err
	}
	return &message.Calendar{Data: data, Method: calendar.Method}, nil
}

func (f Facts) event(event *crier.CalendarEvent, domain string) calendar.Event {
	author := f.author()
	return calendar.Event{
		UID:     ledger.Identity(f.Broadcast.Namespace, f.Broadcast.Name) + "@" + domain,
		Summary: event.Summary, Location: event.Location, Description: event.Description, URL: event.URL,
		OrganizerName: author.Name, OrganizerAddress: author.Address,
		Start: event.Start.Time, End: event.End.Time, AllDay: event.AllDay, TimeZone: event.TimeZone,
	}
}
