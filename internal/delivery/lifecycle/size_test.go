package lifecycle

import (
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestShareOf(t *testing.T) {
	for _, c := range []struct {
		connections int32
		todo        int64
		shards      int32
		want        Share
	}{
		{10, 0, 3, Share{1, 1}},
		{10, 1, 3, Share{1, 1}},
		{10, 5000, 3, Share{1, 10}},
		{20, 5000, 3, Share{2, 10}},
		{10, 40, 1, Share{1, 2}},
		{1000, 1_000_000, 500, Share{24, 42}},
		{7, 5000, 500, Share{1, 7}},
		{13, 5000, 500, Share{2, 7}},
		{1000, 1_000_000, 1, Share{1, 1000}},
		{10, 20, 3, Share{1, 1}}, // another connection for each 20
		{10, 21, 3, Share{1, 2}},
		{10, 5000, 0, Share{1, 10}},
		{100, 5000, 500, Share{10, 10}},
		{101, 5000, 500, Share{11, 10}},
	} {
		if got := ShareOf(c.connections, c.todo, c.shards); got != c.want {
			t.Errorf("%d connections, %d to do, %d shards: %+v, want %+v", c.connections, c.todo, c.shards, got, c.want)
		}
	}
	for connections := int32(1); connections < 200; connections++ {
		for todo := int64(0); todo < 4000; todo += 37 {
			s := ShareOf(connections, todo, 7)
			if s.Workers < 1 || s.Connections < 1 || s.Workers > 7 || s.Workers*s.Connections >= connections+s.Workers {
				t.Fatalf("%d connections, %d to do: %+v", connections, todo, s)
			}
		}
	}
}

func TestTodo(t *testing.T) {
	totals := crier.DeliveryTotals{Pending: 1, Accepted: 2, Failed: 4, Deferred: 8, Unknown: 16, Expired: 32, Suppressed: 64}
	for want, selects := range map[int64][]crier.DeliveryState{
		3: {crier.DeliveryAccepted}, 5: {crier.DeliveryFailed}, 1: nil, 9: {crier.DeliveryDeferred}, 41: {crier.DeliveryDeferred, crier.DeliveryExpired}, 65: {crier.DeliverySuppressed}, 17: {crier.DeliveryUnknown},
	} {
		if got := Todo(totals, selects); got != want {
			t.Errorf("%v: %d, want %d", selects, got, want)
		}
	}
	if Answered(crier.DeliveryTotals{Pending: 3, Suppressed: 1}) {
		t.Error("nothing was sent, and it counts as an answer")
	}
	for name, totals := range map[string]crier.DeliveryTotals{
		"accepted": {Accepted: 1}, "failed": {Failed: 1}, "deferred": {Deferred: 1}, "unknown": {Unknown: 1}, "expired": {Expired: 1},
	} {
		if totals.Pending = 3; !Answered(totals) {
			t.Errorf("one %s is no answer", name)
		}
	}
}
