package preview

import (
	"errors"
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

// maxTried is up to how many recipients a plan writes the message for each, and
// so knows that it can be written for none.
const maxTried = 2000

// forNobody says that the message can't be written for any recipient, if all of
// them are known. The first for whom it can be ends the search.
func forNobody(w *declared.World, f draft.Facts, selection *declared.Selection) *Problem {
	if !selection.Whole() {
		return nil
	}
	f.Files = nil // nobody is refused for those
	frozen, err := draft.Message(f)
	if err != nil {
		return nil //nolint:nilerr // Make says so
	}
	composer, err := message.NewComposer(frozen)
	if err != nil {
		return nil //nolint:nilerr // Make says so
	}
	var scratch message.Scratch
	refused, written, why := 0, false, ""
	err = selection.Each(func(to roster.Subscriber) bool {
		var one *content.Refused
		if _, err := composer.Draft(&scratch, to, 0, 0, w.Now); !errors.As(err, &one) {
			written = true
			return false
		}
		if refused++; refused == 1 {
			why = one.Reason
		}
		return refused <= maxTried
	})
	if err != nil || written || refused == 0 || refused > maxTried {
		return nil //nolint:nilerr // who can't be read is said where the selection is made
	}
	return &Problem{crier.ReasonInvalidMessage, []string{fmt.Sprintf("the message can't be written for any recipient: %s of %s get none (%s)", words.Number(refused), words.Number(refused), why)}}
}
