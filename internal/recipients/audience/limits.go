package audience

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// Limits are what is asked of the size of an audience.
type Limits struct {
	// Lists are those of each list, in the order of OfLists.
	Lists []ListLimits
	// Broadcast are the bounds of the Broadcast itself; nil for none.
	Broadcast *crier.AudienceBounds
	// Granted is how many recipients the Relay lets one message have; nil for
	// any number.
	Granted *int64
}

// ListLimits are the bounds of one list, which are about whom it reaches by
// itself.
type ListLimits struct {
	Name   string
	Bounds crier.AudienceBounds
	// Sets are the names of its sets.
	Sets []string
}

// Problem is why a message isn't sent to an audience.
type Problem struct {
	// Reason is AudienceEmpty or AudienceSize.
	Reason string
	// Message says in full sentences what is wrong and what to change.
	Message string
}

// Check holds an audience that was read to the end against its limits. It
// returns nil if all is well.
func (l Limits) Check(s Summary) *Problem {
	if s.Recipients == 0 {
		return &Problem{crier.ReasonAudienceEmpty,
			"There is nobody to send to: " + l.whyNobody(s) + ". Nothing is sent until there is somebody."}
	}
	if l.Granted != nil && s.Recipients > *l.Granted {
		return tooLarge("The audience has %d recipients; the Relay grants this namespace %d a message. Ask whoever runs the Relay to raise maxRecipients of the grant.",
			s.Recipients, *l.Granted)
	}
	for i, list := range l.Lists {
		if wrong := outside(list.Bounds, s.Lists[i].Reached); wrong != "" {
			return tooLarge("MailingList %s reaches %s by itself, %s of that list. Mend its sets, its filter or its bounds.",
				list.Name, persons(s.Lists[i].Reached), wrong)
		}
	}
	if l.Broadcast != nil {
		if wrong := outside(*l.Broadcast, s.Recipients); wrong != "" {
			return tooLarge("The audience has %d recipients, %s of the Broadcast. Mend the sets or the bounds.", s.Recipients, wrong)
		}
	}
	return nil
}

func tooLarge(format string, args ...any) *Problem {
	return &Problem{crier.ReasonAudienceSize, fmt.Sprintf(format, args...)}
}

// outside says how a number is out of bounds; "" if it isn't.
func outside(b crier.AudienceBounds, n int64) string {
	switch {
	case b.MinRecipients != nil && n < *b.MinRecipients:
		return fmt.Sprintf("fewer than minRecipients (%d)", *b.MinRecipients)
	case b.MaxRecipients != nil && n > *b.MaxRecipients:
		return fmt.Sprintf("more than maxRecipients (%d)", *b.MaxRecipients)
	}
	return ""
}

func persons(n int64) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// whyNobody says where all subscribers went.
func (l Limits) whyNobody(s Summary) string {
	if s.Subscribers > 0 {
		return fmt.Sprintf("of %d subscribers, the filter leaves out %d, and %d more for want of an attribute that it compares; %d are excluded and %d suppressed",
			s.Subscribers, s.NotSelected, s.Undecided, s.Excluded, s.AllSuppressed())
	}
	var lists, sets []string
	known := map[string]bool{}
	for _, list := range l.Lists {
		lists = append(lists, list.Name)
		for _, set := range list.Sets {
			if !known[set] {
				known[set] = true
				sets = append(sets, set)
			}
		}
	}
	if len(sets) == 0 {
		return "the selector of MailingList " + some(lists) + " selects no SubscriberSet"
	}
	return "SubscriberSet " + some(sets) + " has no subscribers"
}

// some names the first of many.
func some(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
