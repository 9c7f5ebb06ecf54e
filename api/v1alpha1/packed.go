package v1alpha1

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// maxExceptions is how many exceptions a shard may have, as its schema says.
const maxExceptions = 8192

// MarshalJSON implements json.Marshaler. The exceptions of a packed shard are a text.
func (s DeliveryShard) MarshalJSON() ([]byte, error) {
	type plain DeliveryShard
	p := plain(s)
	if p.Spec.Packed {
		p.State.Noted, p.State.Exceptions = packExceptions(p.State.Exceptions), nil
	}
	return json.Marshal(p)
}

// unpack puts what is noted in a packed shard into its exceptions. What can't be read
// makes the shard one that can't, see Undecoded.
func (s *DeliveryShard) unpack() {
	noted := s.State.Noted
	s.State.Noted = ""
	if !s.Spec.Packed || noted == "" {
		return
	}
	exceptions, ok := unpackExceptions(noted)
	if !ok {
		s.undecoded = strings.TrimPrefix(s.undecoded+"; state.noted must be exceptions as Crier writes them", "; ")
		return
	}
	s.State.Exceptions = exceptions
}

func packExceptions(exceptions []ShardException) string {
	var out []byte
	var index int32
	var at int64
	for i, e := range exceptions {
		if i > 0 {
			out = append(out, ';')
		}
		out = strconv.AppendInt(out, int64(e.Index-index), 10)
		out = strconv.AppendInt(append(out, ','), int64(e.Attempts), 10)
		out = strconv.AppendInt(append(out, ','), int64(e.Reply), 10)
		out = strconv.AppendInt(append(out, ','), e.At-at, 10)
		index, at = e.Index, e.At
	}
	return string(out)
}

func unpackExceptions(noted string) (exceptions []ShardException, ok bool) {
	n := strings.Count(noted, ";") + 1
	if n > maxExceptions {
		return nil, false
	}
	exceptions = make([]ShardException, 0, n)
	var last ShardException
	for text := range strings.SplitSeq(noted, ";") {
		var numbers [4]int64
		for i := range numbers {
			var number string
			var more bool
			number, text, more = strings.Cut(text, ",")
			value, err := strconv.ParseInt(number, 10, 64)
			if err != nil || more != (i < len(numbers)-1) {
				return nil, false
			}
			numbers[i] = value
		}
		least := int64(1) // indexes grow
		if len(exceptions) == 0 {
			least = 0
		}
		index := int64(last.Index) + numbers[0]
		if numbers[0] < least || numbers[0] > math.MaxInt32 || index > math.MaxInt32 || !fits(numbers[1]) || !fits(numbers[2]+1) {
			return nil, false
		}
		last = ShardException{Index: int32(index), Attempts: int32(numbers[1]), Reply: int32(numbers[2]), At: last.At + numbers[3]}
		exceptions = append(exceptions, last)
	}
	return exceptions, true
}

// fits says whether a number is one of 32 bits that isn't negative.
func fits(n int64) bool { return n >= 0 && n <= math.MaxInt32 }
