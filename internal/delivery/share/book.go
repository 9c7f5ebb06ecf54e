package share

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	// Margin is how long after its Term a ration still counts: for the clocks
	// of managers that take over from each other.
	Margin = 5 * time.Second
	// Renewal is how old the rations get before all are issued anew, so that
	// every pod always has a good one.
	Renewal = 15 * time.Second
	// young is how long the rations of a new pod are issued anew at every
	// look: it doesn't use the one that it finds first.
	young = 15 * time.Second
)

// Book is what the managers know of the shares of one Relay. It is written
// before any pod can see a ration, each time by compare-and-swap, so that a
// manager that has been overtaken issues nothing.
type Book struct {
	// Round counts the times that rations were issued.
	Round int64 `json:"round"`
	// Renewed is when rations were issued last.
	Renewed time.Time `json:"renewed,omitzero"`
	// Issued are the rations that may be in force, in the order of issue.
	Issued []Issued `json:"issued,omitempty"`
	// Pause stops everything while a quota of the relay is used up.
	Pause *Pause `json:"pause,omitempty"`
	// LoginRefused is the version of the settings whose login the relay refused.
	LoginRefused string `json:"loginRefused,omitempty"`
	// Kept is which ration pods said that they keep to, see Heed.
	Kept map[string]int64 `json:"-"`
	// Blind is until when nothing is issued, because the book was set back: what
	// it doesn't know of may be in force until then.
	Blind time.Time `json:"blind,omitzero"`
	// Budgets are what passes that run may use of the daily limit, by record.
	Budgets map[string]Budget `json:"budgets,omitempty"`
}

// Budget is what one pass may use of a Relay's daily limit.
type Budget struct {
	// Job is the pass that it is for.
	Job string `json:"job"`
	// Messages is how many it may send in all.
	Messages int64 `json:"messages"`
}

// Issued is a ration that may be in force.
type Issued struct {
	// Pod is its UID.
	Pod string `json:"pod"`
	// Board is the name of the Secret where the pod finds it.
	Board  string `json:"board"`
	Urgent bool   `json:"urgent,omitempty"`
	Ration Ration `json:"grant"`
	// Since is when the pod got its first ration.
	Since time.Time `json:"since,omitzero"`
	// Posted is a time at which the board was known to show this ration or a
	// later one, or to be gone: from then on nobody can post it any more, and
	// the pod counts its term from before. Zero while that isn't known.
	Posted time.Time `json:"posted,omitzero"`
}

// over says whether no pod can use the ration any more.
func (i Issued) over(now time.Time) bool {
	return !i.Posted.IsZero() && now.Sub(i.Posted) >= Term+Margin
}

// Posting is what was found at a board at a time.
type Posting struct {
	// Round of the rations that it shows; 0 for none. A board that is gone
	// will show nothing of the rounds that there had been by then.
	Round int64
	// At is a time after it was found so.
	At time.Time
}

// Observe takes in what was found at the boards, forgets the rations of pods
// that have ended, and those that are over. Times in the future are those of
// a manager whose clock is ahead, and are taken for now.
func (b *Book) Observe(postings map[string]Posting, ended map[string]bool, now time.Time) {
	var rest []Issued
	for _, i := range b.Issued {
		if i.Posted.After(now) {
			i.Posted = now
		}
		if p, known := postings[i.Board]; known && i.Posted.IsZero() && p.Round >= i.Ration.Seq {
			i.Posted = p.At
		}
		if ended[i.Pod] || i.over(now) && !b.holds(i) {
			continue
		}
		rest = append(rest, i)
	}
	b.Issued = rest
	if b.Renewed.After(now) {
		b.Renewed = now
	}
}

// Lost takes in that the book was set back, or deleted: rations were issued up
// to that round, and nobody knows which. Nothing is issued until all of them are
// over; the next ones come after them.
func (b *Book) Lost(round int64, now time.Time) {
	b.Round = max(b.Round, round)
	b.Blind = now.Add(Term + Margin)
}

// Blinded says whether rations may be in force that the book doesn't know of. A
// time that is far ahead is that of a clock that was.
func (b *Book) Blinded(now time.Time) bool {
	return now.Before(b.Blind) && b.Blind.Sub(now) <= Term+Margin
}

// Heed takes in which ration each pod that is there says that it keeps to, by
// its Seq: it uses nothing of an earlier one, and never will. What it has of
// that one or a later one it may have for longer than their term, while it
// waits for a reply. Observe must follow.
func (b *Book) Heed(kept map[string]int64) {
	b.Kept = kept
	b.Issued = slices.DeleteFunc(b.Issued, func(i Issued) bool { return i.Ration.Seq < kept[i.Pod] })
}

// holds says whether the pod, by its own word, may still use the ration.
func (b *Book) holds(i Issued) bool {
	kept := b.Kept[i.Pod]
	return kept > 0 && kept <= i.Ration.Seq
}

// Shrinking are the boards of pods that may still use more than their last
// ration allows.
func (b *Book) Shrinking() map[string]bool {
	boards := map[string]bool{}
	for _, i := range b.Issued {
		if last, _ := b.Latest(i.Pod); last.Ration.Seq > i.Ration.Seq {
			boards[i.Board] = true
		}
	}
	return boards
}

// Unposted are the boards that may not show what was issued for them.
func (b *Book) Unposted() map[string]int64 {
	boards := map[string]int64{}
	for _, i := range b.Issued {
		if i.Posted.IsZero() {
			boards[i.Board] = max(boards[i.Board], i.Ration.Seq)
		}
	}
	return boards
}

// Latest is the last ration that was issued to a pod.
func (b *Book) Latest(pod string) (Issued, bool) {
	for k := len(b.Issued) - 1; k >= 0; k-- {
		if b.Issued[k].Pod == pod {
			return b.Issued[k], true
		}
	}
	return Issued{}, false
}

// Empty says whether nothing is lost with the book.
func (b *Book) Empty(now time.Time) bool {
	return len(b.Issued) == 0 && len(b.Budgets) == 0 && !b.Blinded(now) && b.LoginRefused == "" &&
		(b.Pause == nil || b.Pause.Forgotten(now))
}

// issue adds a ration. What an earlier one of the same pod allows no more of
// needs no mention: it is over before this one.
func (b *Book) issue(n Issued) {
	b.Issued = slices.DeleteFunc(b.Issued, func(i Issued) bool {
		return i.Pod == n.Pod && n.Ration.Covers(i.Ration)
	})
	b.Issued = append(b.Issued, n)
}

// Covers says whether g allows all that other does.
func (g Ration) Covers(other Ration) bool {
	for name, limit := range other.Destinations {
		if mine, ok := g.Destinations[name]; ok && !mine.covers(limit) {
			return false
		}
	}
	for name := range g.Destinations {
		if _, ok := other.Destinations[name]; !ok {
			return false // the other one doesn't bound it
		}
	}
	return g.covers(other.Limit)
}

func (l Limit) covers(other Limit) bool {
	faster := l.PerSecond == 0 || other.PerSecond > 0 && l.PerSecond >= other.PerSecond
	return l.Connections >= other.Connections && faster
}

// eased is a little more than the ration, for comparisons of rates.
func (g Ration) eased() Ration {
	const little = 1.01
	out := Ration{Limit: Limit{g.Connections, g.PerSecond * little}, Destinations: map[string]Limit{}}
	for name, d := range g.Destinations {
		out.Destinations[name] = Limit{d.Connections, d.PerSecond * little}
	}
	return out
}

// Encode writes a Book for a Secret.
func (b *Book) Encode() ([]byte, error) { return json.Marshal(b) }

// DecodeBook reads what Encode wrote. Nothing at all is an empty book.
func DecodeBook(data []byte) (*Book, error) {
	b := &Book{}
	if len(data) == 0 {
		return b, nil
	}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("shares: %w", err)
	}
	return b, nil
}
