package ledgerstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/roster"
)

// cut gives how many recipients each shard has.
func cut(t *testing.T, people, attribute, maxPart int) (shards []int) {
	t.Helper()
	subs := make([]roster.Subscriber, people)
	for i := range subs {
		subs[i] = roster.Subscriber{Email: fmt.Sprintf("p%05d@example.gov", i)}
		if attribute > 0 {
			// No two lines alike, or they would be compressed to nothing.
			subs[i].Name = strings.Repeat(fmt.Sprintf("%x", uint64(i)*0x9e3779b97f4a7c15), attribute/16)
		}
	}
	source, err := roster.Of(subs)
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	rows := roster.NewWriter(maxPart, func(part []byte, n int) error {
		got, err := roster.DecodeAll(part)
		if err != nil || len(got) != n || n > 0 && got[0].Email != subs[next].Email {
			t.Errorf("a shard from %d on has %d recipients, counted %d, %v", next, len(got), n, err)
		}
		shards = append(shards, n)
		next += n
		return nil
	})
	if err := fill(rows, audience.New(source)); err != nil {
		t.Fatal(err)
	}
	return shards
}

func TestShardsAreFull(t *testing.T) {
	for people, want := range map[int][]int{
		0: nil, 1: {1}, ShardSize: {ShardSize}, ShardSize + 1: {ShardSize, 1}, 2*ShardSize + 5: {ShardSize, ShardSize, 5},
	} {
		if got := cut(t, people, 0, maxSecret); !slices.Equal(got, want) {
			t.Errorf("%d people: shards of %v, want %v", people, got, want)
		}
	}
}

// Recipients with much to tell make smaller shards, never a Secret that the
// API server refuses.
func TestLargeRecipientsMakeSmallerShards(t *testing.T) {
	shards := cut(t, 3000, 160, 20_000)
	sum := 0
	for _, n := range shards {
		sum += n
	}
	if len(shards) < 3 || sum != 3000 || slices.Max(shards) >= ShardSize {
		t.Errorf("shards of %v", shards)
	}
}
