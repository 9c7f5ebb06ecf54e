package ledger

import (
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
)

// RecipientMark stands for the recipient's own address in the words of a
// reply. It keeps addresses out of shards, and makes one entry of the replies
// that differ in nothing else.
const RecipientMark = "{recipient}"

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

// Mask puts RecipientMark in the place of an address in a server's words,
// whatever the letter case, and cuts them to what a shard keeps.
func Mask(text, address string) string {
	if address != "" {
		text = replaceFold(text, address, RecipientMark)
	}
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "")
	}
	return text
}

// replaceFold is strings.ReplaceAll for ASCII letters of either case.
func replaceFold(text, old, by string) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		if len(text)-at >= len(old) && strings.EqualFold(text[at:at+len(old)], old) {
			b.WriteString(by)
			at += len(old)
			continue
		}
		b.WriteByte(text[at])
		at++
	}
	return b.String()
}

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
		{r, len(s.Replies) < maxWorded && words(s)+len(r.Text) <= maxAllWords},
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

func words(s *crier.DeliveryShardState) int {
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
	r.Text = Mask(r.Text, "")
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
