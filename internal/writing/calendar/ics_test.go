package calendar

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

var (
	berlin = func() *time.Location {
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		return zone
	}()
	stamp = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
)

func town() Event {
	return Event{
		UID: "town-hall@example.gov", Sequence: 3, Summary: "Town hall; all staff, all offices", Location: "Aula, Hauptstraße 1",
		Description: "First line\r\n\r\nSecond: a\\b;c,d\rthird", URL: "https://example.gov/t?a=1,2;b",
		OrganizerName: `HR, "Dept": O'Hara`, OrganizerAddress: "hr@example.gov",
		Start: time.Date(2026, 12, 3, 14, 0, 0, 0, berlin), End: time.Date(2026, 12, 3, 15, 30, 0, 0, berlin),
	}
}

// unfold gives the content lines as RFC 5545 section 3.1 reads them, and
// checks their form.
func unfold(t *testing.T, data []byte) []string {
	t.Helper()
	if !bytes.HasSuffix(data, []byte("\r\n")) || strings.ContainsAny(strings.ReplaceAll(string(data), "\r\n", ""), "\r\n\x00") {
		t.Fatalf("line ends in %q", data)
	}
	for _, line := range strings.Split(string(data), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Fatalf("line of %d octets: %q", len(line), line)
		}
	}
	text := strings.ReplaceAll(string(data), "\r\n ", "")
	return strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
}

func TestEncode(t *testing.T) {
	data, err := Encode(town(), stamp)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//crier.dev//Crier//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
		"UID:town-hall@example.gov", "DTSTAMP:20261102T090000Z", "SEQUENCE:3", "DTSTART:20261203T130000Z", "DTEND:20261203T143000Z",
		`SUMMARY:Town hall\; all staff\, all offices`, `LOCATION:Aula\, Hauptstraße 1`,
		`DESCRIPTION:First line\n\nSecond: a\\b\;c\,d\nthird`, "URL:https://example.gov/t?a=1,2;b",
		`ORGANIZER;CN="HR, 'Dept': O'Hara":mailto:hr@example.gov`, "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR",
	}
	if got := unfold(t, data); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	again, err := Encode(town(), stamp)
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("another time it is different (%v)", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, test := range []struct {
		want   string
		change func(*Event)
	}{
		{"no UID", func(e *Event) { e.UID = " " }},
		{"sequence is -1", func(e *Event) { e.Sequence = -1 }},
		{"sequence is 2147483648", func(e *Event) { e.Sequence = MaxSequence + 1 }},
		{"no summary", func(e *Event) { e.Summary = "" }},
		{"summary is longer than 500", func(e *Event) { e.Summary = strings.Repeat("x", 501) }},
		{"summary has a control character", func(e *Event) { e.Summary = "a\r\nATTACH:x" }},
		{"location has a control character", func(e *Event) { e.Location = "a\nb" }},
		{"description has a control character", func(e *Event) { e.Description = "a\x00b" }},
		{"isn't UTF-8", func(e *Event) { e.Description = "a\xff" }},
		{"name has a control character", func(e *Event) { e.OrganizerName = "a\rb" }},
		{"name and no address", func(e *Event) { e.OrganizerAddress = "" }},
		{"not an email address", func(e *Event) { e.OrganizerAddress = "x\r\ny@b.example" }},
		{"URL must be", func(e *Event) { e.URL = "javascript:alert(1)" }},
		{"URL must be", func(e *Event) { e.URL = "https://example.gov/a b" }},
		{"url has a control character", func(e *Event) { e.URL = "https://example.gov/\r\nX:y" }},
		{"end must be after", func(e *Event) { e.End = e.Start }},
		{"years 1 to 9999", func(e *Event) { e.Start = time.Time{} }},
		{"time zone", func(e *Event) { e.AllDay, e.TimeZone = true, "../../etc/passwd" }},
		{"time zone", func(e *Event) { e.AllDay, e.TimeZone = true, "Local" }},
	} {
		e := town()
		test.change(&e)
		if data, err := Encode(e, stamp); err == nil || !strings.Contains(err.Error(), test.want) || data != nil {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

// FuzzEncode holds that no value can end its line, and that each is read back.
func FuzzEncode(f *testing.F) {
	f.Add("u", "s", "l", "d", "https://b.example/", "n", "a@b.example")
	f.Add("u\r\nX:y", "s\\n;,:\"", strings.Repeat("ü ", 100), "a\r\nb\rc\nEND:VEVENT", "https://b.example/?a=;,", `"n":;,`, `"a b;,:"@b.example`)
	f.Add("u;x", strings.Repeat("x", 74), "<a> <b>", "\n\n", "http://b.example", "\u2028", "a+b%@b.example")
	f.Add("u", strings.Repeat("日本", 60), " ", strings.Repeat(" ", 200)+"x", "", strings.Repeat("ä", 120), "a@b.example")
	f.Fuzz(func(t *testing.T, uid, summary, location, description, url, name, organizer string) {
		e := Event{UID: uid, Summary: summary, Location: location, Description: description, URL: url,
			OrganizerName: name, OrganizerAddress: organizer, Start: stamp, End: stamp.Add(time.Hour)}
		data, err := Encode(e, stamp)
		if err != nil {
			return
		}
		begun := 0
		for _, line := range unfold(t, data) {
			property, _, ok := strings.Cut(line, ":")
			property, _, _ = strings.Cut(property, ";")
			switch {
			case !ok:
				t.Fatalf("line %q", line)
			case property == "BEGIN":
				begun++
			case !strings.Contains(" VERSION PRODID METHOD UID DTSTAMP SEQUENCE DTSTART DTEND SUMMARY LOCATION DESCRIPTION URL ORGANIZER STATUS END ", " "+property+" "):
				t.Fatalf("property %q in\n%s", property, data)
			}
		}
		if begun != 2 {
			t.Fatalf("%d objects in\n%s", begun, data)
		}
		cal, err := ics.ParseCalendar(bytes.NewReader(data))
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%v\n%s", err, data)
		}
		event := cal.Events()[0]
		for property, want := range map[ics.ComponentProperty]string{
			ics.ComponentPropertySummary: oneLine(summary), ics.ComponentPropertyLocation: oneLine(location), ics.ComponentPropertyUrl: url,
		} {
			got := ""
			if p := event.GetProperty(property); p != nil {
				got = p.Value
			}
			if got != want {
				t.Fatalf("%s %q, want %q", property, got, want)
			}
		}
	})
}
