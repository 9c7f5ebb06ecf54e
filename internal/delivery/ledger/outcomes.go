package ledger

import (
	"fmt"
	"strconv"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// Outcomes are the states of a shard's recipients in their order, one letter
// each. A capital stands for the same state, of a recipient to whom the
// present pass has still to come again: nothing came of the first try.
type Outcomes []byte

const (
	pending  = 'p'
	accepted = 'a'
	failed   = 'f'
	deferred = 'd'
	unknown  = 'u'
	expired  = 'x'
	// suppressed is who must not be written to any more.
	suppressed = 's'
)

var letterOf = map[crier.DeliveryState]byte{
	crier.DeliveryPending: pending, crier.DeliveryAccepted: accepted, crier.DeliveryFailed: failed,
	crier.DeliveryDeferred: deferred, crier.DeliveryUnknown: unknown, crier.DeliveryExpired: expired,
	crier.DeliverySuppressed: suppressed,
}

var stateOf = map[byte]crier.DeliveryState{
	pending: crier.DeliveryPending, accepted: crier.DeliveryAccepted, failed: crier.DeliveryFailed,
	deferred: crier.DeliveryDeferred, unknown: crier.DeliveryUnknown, expired: crier.DeliveryExpired,
	suppressed: crier.DeliverySuppressed,
}

// again is the letter of a recipient of whose try nothing came.
func again(letter byte) byte {
	if letter == pending {
		return pending
	}
	return bare(letter) - 'a' + 'A'
}

// bare is the letter of the state alone.
func bare(letter byte) byte {
	if letter >= 'A' && letter <= 'Z' {
		return letter - 'A' + 'a'
	}
	return letter
}

// due says whether the pass has to come again to a recipient behind the cursor.
func due(letter byte) bool { return letter == pending || letter != bare(letter) }

// NewOutcomes are n pending recipients.
func NewOutcomes(n int) Outcomes {
	return Outcomes(strings.Repeat(string(rune(pending)), n))
}

// ParseOutcomes reads the run-length encoding of exactly n recipients: a
// letter, then how many there are of it unless it is one.
func ParseOutcomes(text string, n int) (Outcomes, error) {
	if n < 0 {
		return nil, fmt.Errorf("outcomes of %s", words.Count(n, "recipient"))
	}
	out := make(Outcomes, 0, n)
	for at := 0; at < len(text); {
		letter := text[at]
		if stateOf[bare(letter)] == "" || letter == 'P' {
			return nil, fmt.Errorf("outcomes: unknown letter %q at %d", letter, at)
		}
		end := at + 1
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		count := 1
		if end > at+1 {
			var err error
			if count, err = strconv.Atoi(text[at+1 : end]); err != nil || count < 1 {
				return nil, fmt.Errorf("outcomes: bad count %q at %d", text[at+1:end], at+1)
			}
		}
		if count > n-len(out) {
			return nil, fmt.Errorf("outcomes of more than %s", words.Count(n, "recipient"))
		}
		for range count {
			out = append(out, letter)
		}
		at = end
	}
	if len(out) != n {
		return nil, fmt.Errorf("outcomes of %s, want %s", words.Count(len(out), "recipient"), words.Number(n))
	}
	return out, nil
}

// String is the run-length encoding.
func (o Outcomes) String() string {
	var b strings.Builder
	for at := 0; at < len(o); {
		end := at + 1
		for end < len(o) && o[end] == o[at] {
			end++
		}
		b.WriteByte(o[at])
		if end-at > 1 {
			b.WriteString(strconv.Itoa(end - at))
		}
		at = end
	}
	return b.String()
}

// State of the recipient at an index from 0.
func (o Outcomes) State(index int) crier.DeliveryState { return stateOf[bare(o[index])] }

// Totals counts the recipients by state.
func (o Outcomes) Totals() crier.DeliveryTotals {
	t := crier.DeliveryTotals{Intended: int64(len(o))}
	for _, letter := range o {
		switch bare(letter) {
		case pending:
			t.Pending++
		case accepted:
			t.Accepted++
		case failed:
			t.Failed++
		case deferred:
			t.Deferred++
		case unknown:
			t.Unknown++
		case expired:
			t.Expired++
		case suppressed:
			t.Suppressed++
		}
	}
	return t
}

// Sum adds totals up.
func Sum(totals ...crier.DeliveryTotals) crier.DeliveryTotals {
	var sum crier.DeliveryTotals
	for _, t := range totals {
		sum.Intended += t.Intended
		sum.Accepted += t.Accepted
		sum.Failed += t.Failed
		sum.Deferred += t.Deferred
		sum.Unknown += t.Unknown
		sum.Expired += t.Expired
		sum.Suppressed += t.Suppressed
		sum.Pending += t.Pending
	}
	return sum
}
