package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

// As replies become many they lose their words, then all but the cause, and
// in the end the last one stands for the rest.
func TestRepliesLoseTheirWordsAsTheyBecomeMany(t *testing.T) {
	var s crier.DeliveryShardState
	for i := range 260 {
		r := crier.ShardReply{Code: int32(i), Enhanced: "5.1.1", Text: "w", Cause: fmt.Sprintf("C%d", i)}
		at := intern(&s, r)
		want := r
		switch {
		case i >= 256:
			if at != 255 || len(s.Replies) != 256 {
				t.Fatalf("reply %d is %d of %d", i, at, len(s.Replies))
			}
			continue
		case i >= 224:
			want = crier.ShardReply{Cause: r.Cause}
		case i >= 192:
			want.Text, want.Enhanced = "", ""
		}
		if int(at) != i || s.Replies[at] != want {
			t.Fatalf("reply %d is %d: %+v", i, at, s.Replies[at])
		}
		if again := intern(&s, r); again != at {
			t.Fatalf("reply %d is %d the second time", i, again)
		}
	}
}

// All words together have a bound, too, that may be reached but not passed.
func TestAllWordsHaveABound(t *testing.T) {
	var s crier.DeliveryShardState
	for i := range 81 {
		intern(&s, crier.ShardReply{Code: int32(i), Text: strings.Repeat("w", 300)})
	}
	last := intern(&s, crier.ShardReply{Code: 100, Text: strings.Repeat("w", 24<<10-81*300)})
	over := intern(&s, crier.ShardReply{Code: 101, Text: "w"})
	if s.Replies[last].Text == "" || s.Replies[over].Text != "" {
		t.Errorf("the last to fit is kept as %+v, the next as %+v", s.Replies[last], s.Replies[over])
	}
}

func TestEachPartOfAReplyIsBounded(t *testing.T) {
	long := strings.Repeat("x", 400)
	var s crier.DeliveryShardState
	intern(&s, crier.ShardReply{Text: long, Enhanced: long, Phase: long, Scope: long, Cause: long})
	if r := s.Replies[0]; len(r.Text) != 300 || len(r.Enhanced) != 16 || len(r.Phase) != 16 || len(r.Scope) != 16 || len(r.Cause) != 64 {
		t.Errorf("got %+v", r)
	}
}

// A new pass forgets replies that nobody has any more, and nobody gets
// another one's.
func TestANewPassForgetsUnusedReplies(t *testing.T) {
	s := stateOfLetters("fffff")
	s.Replies = []crier.ShardReply{{Cause: "A"}, {Cause: "B"}, {Cause: "C"}}
	for i, reply := range []int32{2, 0, 2, -1, 3} {
		s.Exceptions = append(s.Exceptions, crier.ShardException{Index: int32(i), Reply: reply})
	}
	must(t, Bring(&s, first, noon))
	if !slices.Equal(s.Replies, []crier.ShardReply{{Cause: "C"}, {Cause: "A"}}) {
		t.Errorf("kept %+v", s.Replies)
	}
	for i, want := range []int32{0, 1, 0, -1, 3} {
		if got := s.Exceptions[i].Reply; got != want {
			t.Errorf("%d has reply %d, want %d", i, got, want)
		}
	}
}
