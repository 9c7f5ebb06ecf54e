// Package calendar writes an event as an iCalendar object (RFC 5545) that can
// be published by mail.
package calendar

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	_ "time/tzdata" // images of static binaries have no time zones
	"unicode"
	"unicode/utf8"

	"crier.dev/crier/internal/recipients/address"
)

// Method is the METHOD of every object (RFC 5546 section 3.2.1): the event is
// told, and no answer is asked for. Answers of thousands would go to one
// organizer.
const Method = "PUBLISH"

// Bounds of texts in octets.
const (
	MaxUID         = 255
	MaxSummary     = 500
	MaxLocation    = 500
	MaxDescription = 8 << 10
	MaxURL         = 1000
	MaxName        = 256
)

// MaxSequence is the highest Event.Sequence: the largest INTEGER (RFC 5545
// section 3.3.8).
const MaxSequence = 1<<31 - 1

// Event is one event that doesn't recur.
type Event struct {
	// UID is the same for every version of the event, and of no other one.
	UID string
	// Sequence rises from one version to the next, from 0 to MaxSequence (RFC
	// 5545 section 3.8.7.4): calendars keep the one that is higher.
	Sequence int64
	Summary  string // one line; required
	Location string
	// Description may have several lines.
	Description string
	// URL is an absolute http: or https: URL.
	URL string
	// OrganizerName needs an OrganizerAddress.
	OrganizerName, OrganizerAddress string
	// Start and End are written in UTC, so that every calendar shows them in
	// its own time zone. End is after Start.
	Start, End time.Time
	// AllDay says that only the days count, those of TimeZone; the day of End
	// is the last one.
	AllDay bool
	// TimeZone is a name of the IANA database, such as Europe/Berlin. Without
	// one, days are those of UTC, and have to be written as such. Without
	// AllDay it changes nothing.
	TimeZone string
}

// check says what is wrong, for the author of the event.
func (e Event) check() error {
	for _, text := range []struct {
		name, value string
		limit       int
		lines       bool
	}{
		{"uid", e.UID, MaxUID, false}, {"summary", e.Summary, MaxSummary, false}, {"location", e.Location, MaxLocation, false},
		{"description", e.Description, MaxDescription, true}, {"url", e.URL, MaxURL, false}, {"organizer's name", e.OrganizerName, MaxName, false},
	} {
		if len(text.value) > text.limit {
			return fmt.Errorf("the event's %s is longer than %d octets", text.name, text.limit)
		}
		if strings.ContainsFunc(text.value, unwritable(text.lines)) || !utf8.ValidString(text.value) {
			return fmt.Errorf("the event's %s has a control character, or isn't UTF-8", text.name)
		}
	}
	switch {
	case strings.TrimSpace(e.UID) == "":
		return errors.New("the event has no UID")
	case strings.TrimSpace(e.Summary) == "":
		return errors.New("the event has no summary")
	case !writable(e.Start) || !writable(e.End):
		return errors.New("the event's start and end must be in the years 1 to 9999")
	case e.Sequence < 0 || e.Sequence > MaxSequence:
		return fmt.Errorf("the event's sequence is %d, which is not in 0 to %d", e.Sequence, MaxSequence)
	case e.OrganizerName != "" && e.OrganizerAddress == "":
		return errors.New("the event's organizer has a name and no address")
	case e.End.Before(e.Start), !e.AllDay && !e.End.After(e.Start):
		return errors.New("the event's end must be after its start")
	}
	return checkURL(e.URL)
}

// unwritable finds what no text of an iCalendar object may hold (RFC 5545
// section 3.1), and line ends that would show where there is one line.
func unwritable(lines bool) func(rune) bool {
	return func(r rune) bool {
		if lines && (r == '\n' || r == '\r') {
			return false
		}
		return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029'
	}
}

func writable(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && year >= 1 && year < 9999 // time zones can't lead past 9999 then
}

// checkURL leaves out everything that would have to be escaped: a URL isn't.
func checkURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		return errors.New("the event's URL must be an http: or https: URL in ASCII, with other characters percent-encoded")
	}
	return nil
}

// mailto is the URL of an organizer (RFC 6068).
func mailto(text string) (string, error) {
	a, err := address.Parse(text)
	if err != nil || a.NeedsUTF8 {
		return "", errors.New("the event's organizer is not an email address in ASCII")
	}
	local, domain := address.Split(a.Spelled)
	return "mailto:" + strings.ReplaceAll(url.QueryEscape(local), "+", "%20") + "@" + domain, nil
}
