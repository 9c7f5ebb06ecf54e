package broadcast

import (
	"fmt"

	"crier.dev/crier/internal/words"
)

// refusals says for how many recipients no message can be made, as far as
// messages were made for trial; "" for none.
func (s sizes) refusals() string {
	switch {
	case s.refused == 0:
		return ""
	case s.exact:
		return fmt.Sprintf("%s of %s %s none (%s)",
			words.Number(s.refused), words.Count(s.measured, "recipient"), words.Verb(s.refused, "gets"), s.why)
	}
	return fmt.Sprintf("%s of %s in a sample %s none (%s)",
		words.Number(s.refused), words.Count(s.measured, "recipient"), words.Verb(s.refused, "gets"), s.why)
}

// noMessage is that as a sentence that follows another.
func (s *scope) noMessage() string {
	if text := s.planned.sizes.refusals(); text != "" {
		return " No message can be made for some: " + text + "."
	}
	return ""
}
