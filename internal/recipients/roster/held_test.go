package roster

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A source that gives what can't be compressed mustn't fill the memory of
// whoever reads it, however few its rows are.
func TestHeldIsBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it only mustn't compress
	c := NewCollector(Limits{Held: 12 << 20})
	n := 0
	for ; n < 100_000 && !c.Full(); n++ {
		value := make([]byte, 1000)
		for i := range value {
			value[i] = byte('!' + random.IntN(90))
		}
		c.AddSubscriber("x", n, Subscriber{Email: fmt.Sprintf("p%d@example.org", n), Attributes: map[string]string{"a": string(value)}})
	}
	if r, err := c.Result(); err != nil || !r.LimitReached || n < 12_000 || n > 50_000 {
		t.Errorf("%d rows, limit reached: %t, %v", n, r.LimitReached, err)
	}
}

// Every row of JSON Lines could have other attributes.
func TestNamesOfAttributesAreBounded(t *testing.T) {
	c := NewCollector(Limits{})
	for n := range 3 * maxNames {
		c.AddSubscriber("x", n, Subscriber{Email: fmt.Sprintf("p%d@example.org", n), Attributes: map[string]string{fmt.Sprintf("a%d", n): "x"}})
	}
	c.AddSubscriber("x", 0, Subscriber{Email: "last@example.org", Attributes: map[string]string{"a7": "x"}})
	if r, err := c.Result(); err != nil || len(r.Attributes) != maxNames || r.Subscribers != maxNames+1 || r.RejectedTotal != 2*maxNames {
		t.Errorf("%d attributes, %d subscribers, %d rejected, %v", len(r.Attributes), r.Subscribers, r.RejectedTotal, err)
	}
}
