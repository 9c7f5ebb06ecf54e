package share

import "time"

const (
	firstPause = 15 * time.Minute
	lastPause  = time.Hour
	// attempt is how long after a pause a quota may still be reported before
	// that is taken for a new refusal.
	attempt = 2 * time.Minute
)

// Pause is a time in which nothing is sent through a Relay, because a quota
// of the account there is used up.
type Pause struct {
	Until time.Time `json:"until"`
	// Tries is how many pauses there were in a row.
	Tries int `json:"tries"`
	// Message in the server's words.
	Message string `json:"message,omitempty"`
}

// Pausing says until when nothing is sent, if that is so now.
func (b *Book) Pausing(now time.Time) (time.Time, bool) {
	if b.Pause == nil || !now.Before(b.Pause.Until) {
		return time.Time{}, false
	}
	return b.Pause.Until, true
}

// Quota takes in that senders report that a quota is used up. The first pause
// is 15 minutes, each that follows at once twice as long, up to an hour. It
// says whether that changed anything.
func (b *Book) Quota(message string, now time.Time) bool {
	tries := 0
	if p := b.Pause; p != nil && !p.Forgotten(now) {
		if now.Before(p.Until.Add(attempt)) {
			return false // senders have not had the time to find out anything new
		}
		tries = p.Tries
	}
	length := min(firstPause<<min(tries, 4), lastPause)
	b.Pause = &Pause{Until: now.Add(length), Tries: tries + 1, Message: message}
	return true
}

// Forgotten says whether the pause is so long ago that the next one is a
// first one again.
func (p *Pause) Forgotten(now time.Time) bool { return now.Sub(p.Until) >= lastPause }
