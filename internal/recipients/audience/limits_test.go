package audience

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func bounds(least, most int64) (b crier.AudienceBounds) {
	if least > 0 {
		b.MinRecipients = &least
	}
	if most > 0 {
		b.MaxRecipients = &most
	}
	return b
}

func TestLimits(t *testing.T) {
	two := Summary{Recipients: 4, Subscribers: 9, Lists: []Reach{{Reached: 1, Recipients: 1}, {Reached: 3, Recipients: 3}}}
	of := func(first, second crier.AudienceBounds) Limits {
		return Limits{Lists: []ListLimits{{Name: "staff", Bounds: first, Sets: []string{"a", "b"}}, {Name: "others", Bounds: second, Sets: []string{"b", "c"}}}}
	}
	own, within, granted, four := bounds(5, 0), bounds(4, 4), int64(3), int64(4)
	for name, c := range map[string]struct {
		limits  Limits
		summary Summary
		reason  string
		message string
	}{
		"none":                    {of(bounds(0, 0), bounds(0, 0)), two, "", ""},
		"just within":             {of(bounds(1, 1), bounds(3, 3)), two, "", ""},
		"others make up for none": {of(bounds(2, 0), bounds(0, 0)), two, crier.ReasonAudienceSize, "MailingList staff reaches 1 person by itself, fewer than minRecipients (2) of that list. Correct its sets, its filter or its bounds."},
		"of the second list":      {of(bounds(0, 3), bounds(0, 2)), two, crier.ReasonAudienceSize, "MailingList others reaches 3 people by itself, more than maxRecipients (2) of that list. Correct its sets, its filter or its bounds."},
		"of the Broadcast": {Limits{Lists: of(bounds(0, 0), bounds(0, 0)).Lists, Broadcast: &own}, two, crier.ReasonAudienceSize,
			"The audience has 4 recipients, fewer than minRecipients (5) of the Broadcast. Correct the sets or the bounds."},
		"of the grant": {Limits{Lists: of(bounds(9, 0), bounds(0, 0)).Lists, Granted: &granted}, two, crier.ReasonAudienceSize,
			"The audience has 4 recipients; the Relay grants this namespace 3 per message. Ask the Relay's owner to raise maxRecipients of the grant."},
		"just within the grant":              {Limits{Lists: of(bounds(0, 0), bounds(0, 0)).Lists, Granted: &four}, two, "", ""},
		"just within those of the Broadcast": {Limits{Lists: of(bounds(0, 0), bounds(0, 0)).Lists, Broadcast: &within}, two, "", ""},
		"one, and left out": {of(bounds(0, 0), bounds(0, 0)), Summary{Subscribers: 1, Excluded: 1, Lists: make([]Reach, 2)}, crier.ReasonAudienceEmpty,
			"There is nobody to send to: of 1 subscriber, 1 is excluded. Sending waits until there is somebody."},
		"narrowed by the Broadcast": {of(bounds(3, 0), bounds(0, 0)), Summary{Recipients: 1, Subscribers: 4, NotSelected: 3, Lists: []Reach{{Reached: 4, Recipients: 1}, {}}}, "", ""},
		"all left out": {of(bounds(0, 0), bounds(0, 0)), Summary{Subscribers: 9, NotSelected: 3, Undecided: 1, Excluded: 2, Duplicates: 1,
			Suppressed: map[crier.SuppressionReason]int64{crier.SuppressedLegal: 1, crier.SuppressedManual: 1}, Lists: make([]Reach, 2)}, crier.ReasonAudienceEmpty,
			"There is nobody to send to: of 9 subscribers, 3 don't match the filter, 1 lacks an attribute that it needs, 2 are excluded, 2 are suppressed. Sending waits until there is somebody."},
		"empty sets": {of(bounds(0, 0), bounds(0, 0)), Summary{Lists: make([]Reach, 2)}, crier.ReasonAudienceEmpty,
			"There is nobody to send to: SubscriberSets a, b and c have no subscribers. Sending waits until there is somebody."},
		"no sets": {Limits{Lists: []ListLimits{{Name: "staff"}}}, Summary{Lists: make([]Reach, 1)}, crier.ReasonAudienceEmpty,
			"There is nobody to send to: the selector of MailingList staff selects no SubscriberSet. Sending waits until there is somebody."},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.limits.Check(c.summary)
			if got == nil {
				got = &Problem{}
			}
			if got.Reason != c.reason || got.Message != c.message {
				t.Errorf("%s: %q\nwant %s: %q", got.Reason, got.Message, c.reason, c.message)
			}
		})
	}
}
