package suppression

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/words"
)

// Marks say which recipients of a frozen record are suppressed by now. They
// name them by shard and index, so there is no address in them.
type Marks struct {
	// Version of the suppressions that they were made of.
	Version string
	// Shards by index: who of them is suppressed. Those of whom nobody is are
	// not there.
	Shards map[int32]Marked
	// Without are the shards of which it isn't known, in order: their addresses
	// were gone when the marks were made.
	Without []int32
}

// Marked has a number for each recipient of a shard in their order: 0 for who
// is not suppressed, else one more than the place of the reason in Reasons.
type Marked []byte

// Suppressed is the reason of a recipient, if there is one.
func (m *Marks) Suppressed(shard int32, index int) (reason crier.SuppressionReason, suppressed bool) {
	if m == nil {
		return "", false
	}
	of := m.Shards[shard]
	if index < 0 || index >= len(of) || of[index] == 0 {
		return "", false
	}
	return Reasons[of[index]-1], true
}

// Covers says whether it is known who of a shard is suppressed.
func (m *Marks) Covers(shard int32) bool { return m == nil || !slices.Contains(m.Without, shard) }

// Keep takes over what earlier marks say of a shard.
func (m *Marks) Keep(shard int32, marked Marked) {
	if m.Shards == nil {
		m.Shards = map[int32]Marked{}
	}
	m.Shards[shard] = marked
}

// MaxMarks is how large encoded marks may become, in octets: a Secret holds
// 1 MiB.
const MaxMarks = 900_000

// maxUnpackedMarks bounds them when they are read, in octets.
const maxUnpackedMarks = 64 << 20

// maxMarked is the most recipients of one shard.
const maxMarked = 100_000

// ErrTooManyMarks says that the marks don't fit: there are too many recipients
// and too many of them suppressed.
var ErrTooManyMarks = errors.New("too many recipients were suppressed since they were written down")

// stored is the form of Marks: runs of letters, as in the outcomes of a shard.
type stored struct {
	Version string           `json:"version"`
	Shards  map[int32]string `json:"shards,omitempty"`
	Without []int32          `json:"without,omitempty"`
}

// letters of the numbers in Marked.
const letters = ".lcuhm"

// Encode writes marks for a Secret. It returns ErrTooManyMarks when they don't fit.
func (m *Marks) Encode() ([]byte, error) {
	s := stored{Version: m.Version, Shards: map[int32]string{}, Without: m.Without}
	for i, marked := range m.Shards {
		s.Shards[i] = runs(marked)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if err := errors.Join(json.NewEncoder(zip).Encode(s), zip.Close()); err != nil {
		return nil, err
	}
	if packed.Len() > MaxMarks {
		return nil, ErrTooManyMarks
	}
	return packed.Bytes(), nil
}

// DecodeMarks reads what Encode wrote.
func DecodeMarks(data []byte) (*Marks, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("marks: %w", err)
	}
	var s stored
	if err := json.NewDecoder(io.LimitReader(zip, maxUnpackedMarks)).Decode(&s); err != nil {
		return nil, fmt.Errorf("marks: %w", err)
	}
	m := &Marks{Version: s.Version, Shards: map[int32]Marked{}, Without: s.Without}
	for i, text := range s.Shards {
		if m.Shards[i], err = parseRuns(text); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// runs is the run-length encoding of numbers: the letter of one, then how many
// there are of it unless it is one.
func runs(numbers []byte) string {
	var b strings.Builder
	for at := 0; at < len(numbers); {
		end := at + 1
		for end < len(numbers) && numbers[end] == numbers[at] {
			end++
		}
		b.WriteByte(letters[numbers[at]])
		if end-at > 1 {
			b.WriteString(strconv.Itoa(end - at))
		}
		at = end
	}
	return b.String()
}

func parseRuns(text string) ([]byte, error) {
	var out []byte
	for at := 0; at < len(text); {
		number := strings.IndexByte(letters, text[at])
		if number < 0 {
			return nil, fmt.Errorf("marks: unknown letter %q", text[at])
		}
		end := at + 1
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		n := 1
		if end > at+1 {
			var err error
			if n, err = strconv.Atoi(text[at+1 : end]); err != nil || n < 1 {
				return nil, fmt.Errorf("marks: bad count %q", text[at+1:end])
			}
		}
		if n > maxMarked-len(out) {
			return nil, fmt.Errorf("marks of more than %s", words.Count(maxMarked, "recipient"))
		}
		out = append(out, bytes.Repeat([]byte{byte(number)}, n)...)
		at = end
	}
	return out, nil
}
