package audience

import (
	"fmt"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
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
			"There is nobody to send to: " + l.whyNobody(s) + ". Sending waits until there is somebody."}
	}
	if l.Granted != nil && s.Recipients > *l.Granted {
		return tooLarge("The audience has %s; the Relay grants this namespace %s per message. Ask the Relay's owner to raise maxRecipients of the grant.",
			words.Count(s.Recipients, "recipient"), words.Number(*l.Granted))
	}
	for i, list := range l.Lists {
		if wrong := outside(list.Bounds, s.Lists[i].Reached); wrong != "" {
			return tooLarge("MailingList %s reaches %s by itself, %s of that list. Correct its sets, its filter or its bounds.",
				list.Name, words.Count(s.Lists[i].Reached, "person"), wrong)
		}
	}
	if l.Broadcast != nil {
		if wrong := outside(*l.Broadcast, s.Recipients); wrong != "" {
			return tooLarge("The audience has %s, %s of the Broadcast. Correct the sets or the bounds.", words.Count(s.Recipients, "recipient"), wrong)
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
		return fmt.Sprintf("fewer than minRecipients (%s)", words.Number(*b.MinRecipients))
	case b.MaxRecipients != nil && n > *b.MaxRecipients:
		return fmt.Sprintf("more than maxRecipients (%s)", words.Number(*b.MaxRecipients))
	}
	return ""
}

// whyNobody says where all subscribers went.
func (l Limits) whyNobody(s Summary) string {
	if s.Subscribers > 0 {
		why := []string{"of " + words.Count(s.Subscribers, "subscriber")}
		for _, left := range []struct {
			n   int64
			how string
		}{
			{s.NotSelected, dontMatch(s.NotSelected)},
			{s.Undecided, words.Verb(s.Undecided, "lacks") + " an attribute that it needs"},
			{s.Excluded, words.Verb(s.Excluded, "is") + " excluded"},
			{s.AllSuppressed(), words.Verb(s.AllSuppressed(), "is") + " suppressed"},
		} {
			if left.n > 0 {
				why = append(why, words.Number(left.n)+" "+left.how)
			}
		}
		return strings.Join(why, ", ")
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
		return "the selector of " + words.Named("MailingList", lists) + " selects no SubscriberSet"
	}
	return words.Named("SubscriberSet", sets) + " " + words.Verb(len(sets), "has") + " no subscribers"
}

func dontMatch(n int64) string {
	if n == 1 {
		return "doesn't match the filter"
	}
	return "don't match the filter"
}
