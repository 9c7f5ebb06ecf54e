package share

import (
	"encoding/json"
	"time"
)

// Held is what a pod knows of its ration. The zero value knows nothing.
//
// A ration counts from before the last look that didn't find it yet: it was
// issued after that. So one that the very first look finds is not used, since
// nobody knows how old it is; the next one is. Times are those of a clock that
// starts with the machine and doesn't stop while it sleeps.
type Held struct {
	seen   int64
	last   time.Duration // when the last look began
	began  bool
	ration Ration
	until  time.Duration
}

// Observe takes in what a look at the rations found, begun at a time. None
// found is a Ration with Seq 0. One that is older than what a look found that had
// begun before says that rations were set back: then whoever issues them may not
// know of the one that is held, and it isn't used any more.
func (h *Held) Observe(at time.Duration, found Ration) {
	if h.began && at >= h.last && found.Seq > 0 && found.Seq < h.seen {
		h.until = 0
	}
	if h.began && found.Seq > h.seen {
		h.ration, h.until = found, h.last+Term
	}
	h.seen = max(h.seen, found.Seq)
	h.last, h.began = at, true
}

// Current is the ration, if it is not over. As long as there never was one, that
// was over when the machine started.
func (h *Held) Current(now time.Duration) (Ration, bool) { return h.ration, now < h.until }

// Until is when the ration is over, by the clock of Observe. It is false if there
// never was one.
func (h *Held) Until() (time.Duration, bool) { return h.until, h.ration.Seq > 0 }

// memory is what a restarted container of the same pod may rely upon.
type memory struct {
	Seen int64         `json:"seen"`
	Last time.Duration `json:"last"`
	// Boot of the machine whose clock Last is by.
	Boot string `json:"boot,omitempty"`
}

// Remember writes down which rations were seen in that boot of the machine, for
// a container of the same pod that comes after this one. It needs no share of
// what this one had.
func (h *Held) Remember(boot string) ([]byte, error) {
	return json.Marshal(memory{Seen: h.seen, Last: h.last, Boot: boot})
}

// Recall makes a Held out of what Remember wrote. Anything else is ignored, and so
// is what was written in another boot than this one, or in one that nobody knows:
// its clock was another.
func Recall(data []byte, boot string, now time.Duration) *Held {
	var m memory
	if json.Unmarshal(data, &m) != nil || boot == "" || m.Boot != boot || m.Last > now || m.Last < 0 {
		return &Held{}
	}
	return &Held{seen: m.Seen, last: m.Last, began: true}
}
