package broadcast

import (
	"errors"
	"time"

	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/message"
)

// maxMeasured bounds what is composed only to be measured, in octets.
const maxMeasured = 256 << 20

// sizes are those of the messages as they leave, in octets.
type sizes struct {
	// largest that was found, and all of them together.
	largest, all int64
	// exact says that every message was measured, with all the room that its
	// signatures may need.
	exact bool
	// measured is how many messages were written for it, and refused how many
	// of them can't be, each for what is in its recipient's data; why is what
	// was said of the first.
	measured, refused int64
	why               string
	// problem is why a message can't be written; it concerns everybody.
	problem error
}

// measure composes messages as a sender would. It is exact for audiences of
// up to 2,000. Composing takes about 50 microseconds, which is too much for
// a million, so of larger ones it composes an even sample of one to two
// thousand, by which it reckons the sum, and the recipients with most text in
// name and attributes, who nearly always have the largest message. Templates
// can make an exception by their conditions; a rare one that is larger than
// what the relay takes fails alone, when its sender sees it.
func measure(composer *message.Composer, survey *audience.Survey, recipients int64, now time.Time) (sizes, error) {
	sample, err := survey.Sample()
	if err != nil {
		return sizes{}, err
	}
	largest, err := survey.Largest()
	if err != nil {
		return sizes{}, err
	}
	m := measurement{composer: composer, now: now}
	for _, person := range largest {
		m.add(person)
	}
	most := m.largest
	m.n, m.sum, m.refused = 0, 0, 0 // these are no fair sample
	step := 1
	for i := 0; i < len(sample) && m.problem == nil; i += step {
		m.add(sample[i])
		if i == 0 && m.largest > 0 {
			step += int(m.largest * int64(len(sample)) / maxMeasured)
		}
	}
	found := sizes{largest: max(most, m.largest), problem: m.problem, exact: survey.Whole() && step == 1,
		measured: m.n, refused: m.refused, why: m.why}
	switch {
	case found.exact:
		found.all = m.sum
	case m.n > 0:
		found.all = int64(float64(m.sum) / float64(m.n) * float64(recipients))
	}
	return found, nil
}

// measurement composes one message after the other.
type measurement struct {
	composer        *message.Composer
	scratch         message.Scratch
	now             time.Time
	n, sum, largest int64
	refused         int64
	why             string
	problem         error
}

func (m *measurement) add(person roster.Subscriber) {
	draft, err := m.composer.Draft(&m.scratch, person, 0, 0, m.now)
	var refused *content.Refused
	switch {
	case errors.As(err, &refused):
		m.n++ // a message to this recipient alone can't be written
		m.refused++
		if m.why == "" {
			m.why = refused.Reason
		}
		return
	case err != nil:
		m.problem = err
		return
	}
	size := int64(draft.Size() + m.composer.SignatureSize())
	m.n++
	m.sum += size
	m.largest = max(m.largest, size)
}
