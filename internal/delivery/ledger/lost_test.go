package ledger

import (
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestLostOf(t *testing.T) {
	var shards []crier.DeliveryShard
	for i := range int32(600) {
		shards = append(shards, crier.DeliveryShard{Spec: crier.DeliveryShardSpec{Index: i}, State: NewShardState(2)})
	}
	if lost := LostOf(shards, nil); lost != nil {
		t.Errorf("nothing is lost: %+v", lost)
	}
	if lost := LostOf(shards, []int32{0, 1, 2, 7}); lost.Shards != "0-2,7" || lost.Totals != (crier.DeliveryTotals{Intended: 8, Pending: 8}) {
		t.Errorf("%+v", lost)
	}
	var odd []int32
	for i := int32(1); i < 600; i += 2 {
		odd = append(odd, i)
	}
	lost := LostOf(shards, odd)
	if len(lost.Shards) > 256 || !strings.HasPrefix(lost.Shards, "1,3,5,") || !strings.HasSuffix(lost.Shards, ",...") || lost.Totals.Intended != 600 {
		t.Errorf("%+v", lost)
	}
}

// It grows with whatever comes of a pass: a recipient who is settled, or tried
// again in vain.
func TestReached(t *testing.T) {
	s := NewShardState(10)
	if n := Reached(&s, 1); n != 0 {
		t.Errorf("at first %d", n)
	}
	s.Pass, s.Cursor, s.Totals.Pending = 2, 4, 7
	if n := Reached(&s, 2); n != 7 {
		t.Errorf("in its pass %d", n)
	}
	if n := Reached(&s, 3); n != 3 {
		t.Errorf("before the next pass %d", n)
	}
}
