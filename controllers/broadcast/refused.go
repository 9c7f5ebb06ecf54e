package broadcast

import "fmt"

// refusals says for how many recipients no message can be written, as far as
// messages were written for trial; "" for none.
func (s sizes) refusals() string {
	switch {
	case s.refused == 0:
		return ""
	case s.exact:
		return fmt.Sprintf("%d of %d get none (%s)", s.refused, s.measured, s.why)
	}
	return fmt.Sprintf("%d of %d for whom it was tried get none (%s)", s.refused, s.measured, s.why)
}

// noMessage is that as a sentence that follows another.
func (s *scope) noMessage() string {
	if text := s.planned.sizes.refusals(); text != "" {
		return " No message can be written for some: " + text + "."
	}
	return ""
}
