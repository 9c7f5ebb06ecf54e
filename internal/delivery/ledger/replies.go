package ledger

import (
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// The bounds of the replies of a shard. A server that words every refusal
// differently must not make the object too large to be written.
const (
	maxWords      = 300      // octets of one text
	maxAllWords   = 24 << 10 // octets of all texts
	maxWorded     = 192      // replies with their words
	maxWordless   = 224      // and without
	maxReplies    = 256      // and with nothing but the cause
	maxEnhanced   = 16
	maxPhase      = 16
	maxCauseOctet = 64
)

// intern finds or adds a reply. As the dictionary fills up, replies lose
// their words, then everything but the cause, of which there are few.
func intern(s *crier.DeliveryShardState, r crier.ShardReply) int32 {
	r = bounded(r)
	wordless := r
	wordless.Text, wordless.Enhanced = "", ""
	forms := []struct {
		reply crier.ShardReply
		room  bool
	}{
		{r, len(s.Replies) < maxWorded && wordOctets(s)+len(r.Text) <= maxAllWords},
		{wordless, len(s.Replies) < maxWordless},
		{crier.ShardReply{Cause: r.Cause}, len(s.Replies) < maxReplies},
	}
	for _, form := range forms {
		if at := slices.Index(s.Replies, form.reply); at >= 0 {
			return int32(at)
		}
		if form.room {
			s.Replies = append(s.Replies, form.reply)
			return int32(len(s.Replies) - 1)
		}
	}
	// More causes than there is room for: the last reply of all stands for them.
	return int32(len(s.Replies) - 1)
}

// wordOctets is how much room the words of a shard's replies take.
func wordOctets(s *crier.DeliveryShardState) int {
	n := 0
	for i := range s.Replies {
		n += len(s.Replies[i].Text)
	}
	return n
}

func bounded(r crier.ShardReply) crier.ShardReply {
	cut := func(text string, limit int) string {
		if len(text) > limit {
			return text[:limit]
		}
		return text
	}
	r.Text = strings.ToValidUTF8(cut(r.Text, maxWords), "")
	r.Enhanced, r.Phase, r.Scope = cut(r.Enhanced, maxEnhanced), cut(r.Phase, maxPhase), cut(r.Scope, maxPhase)
	r.Cause = cut(r.Cause, maxCauseOctet)
	return r
}

// dropUnusedReplies makes room for new ones.
func dropUnusedReplies(s *crier.DeliveryShardState) {
	moved := make(map[int32]int32, len(s.Replies))
	var kept []crier.ShardReply
	for i := range s.Exceptions {
		old := s.Exceptions[i].Reply
		if old < 0 || int(old) >= len(s.Replies) {
			continue
		}
		if _, ok := moved[old]; !ok {
			moved[old] = int32(len(kept))
			kept = append(kept, s.Replies[old])
		}
		s.Exceptions[i].Reply = moved[old]
	}
	s.Replies = kept
}
