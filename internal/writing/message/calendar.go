package message

import (
	"bytes"
	"errors"
	"mime"
	"strings"
	"unicode/utf8"
)

// maxCalendar is the size of an iCalendar object in octets.
const maxCalendar = 64 << 10

// inviteName is what people see of a calendar whose mailer doesn't show it.
const inviteName = "invite.ics"

// useCalendar makes the part that calendars read (RFC 6047 section 2.4), and
// the file for people whose mailer doesn't.
func (c *Composer) useCalendar() error {
	event := c.frozen.Calendar
	if event == nil {
		return nil
	}
	if err := checkCalendar(*event); err != nil {
		return err
	}
	params := map[string]string{"charset": "utf-8", "method": event.Method}
	encoding, body := "7bit", event.Data
	if !plainLines(body) {
		// Not quoted-printable: its line breaks in folded lines confuse readers.
		encoding, body = "base64", base64Lines(body)
	}
	c.files.calendar = entity([][2]string{
		{"Content-Transfer-Encoding", encoding},
		{"Content-Type", mime.FormatMediaType("text/calendar", params)},
	}, body)
	c.files.attached = append(c.files.attached, entity([][2]string{
		{"Content-Disposition", "attachment; filename=" + inviteName},
		{"Content-Transfer-Encoding", "base64"},
		{"Content-Type", "application/ics; name=" + inviteName},
	}, base64Lines(event.Data)))
	return nil
}

func checkCalendar(event Calendar) error {
	data := event.Data
	// RFC 6047 section 2.4: method= has to be that of the object.
	method := event.Method != "" && len(event.Method) <= 32 && !strings.ContainsFunc(event.Method, func(r rune) bool { return r < 'A' || r > 'Z' })
	switch {
	case !method || !bytes.Contains(data, []byte("\r\nMETHOD:"+event.Method+"\r\n")):
		return errors.New("calendar: its method is not that of the iCalendar object")
	case len(data) > maxCalendar:
		return errors.New("calendar: larger than 64 KiB")
	case !bytes.HasPrefix(data, []byte("BEGIN:VCALENDAR\r\n")) || !bytes.HasSuffix(data, []byte("\r\nEND:VCALENDAR\r\n")):
		return errors.New("calendar: not an iCalendar object")
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || bareLineEnds(data):
		return errors.New("calendar: not UTF-8 text with CRLF line ends")
	}
	return nil
}

// bareLineEnds finds a CR or LF without the other.
func bareLineEnds(data []byte) bool {
	pairs := bytes.Count(data, []byte("\r\n"))
	return bytes.Count(data, []byte("\r")) != pairs || bytes.Count(data, []byte("\n")) != pairs
}
