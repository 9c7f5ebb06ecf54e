package roster

import (
	"strings"
	"testing"
)

func TestDivert(t *testing.T) {
	c := NewCollector(Limits{Rows: 2})
	var taken []string
	c.Divert(func(key string, s Subscriber) string {
		if s.Attributes["reason"] == "bad" {
			return "The reason is bad."
		}
		taken = append(taken, key+" "+s.Attributes["reason"])
		return ""
	}, func(key string, s Subscriber) {
		taken = append(taken, key+" named "+strings.ReplaceAll(s.Attributes["reason"], "\n", "|"))
	})
	file := "Address,Reason\nAnn@example.net,left\nann@example.net,bad\nann@example.net,legal\nbob@example.net,moved, legal\n"
	mapping := Mapping{OrEmail: "address", Attributes: map[string]string{"reason": "reason"}}
	if err := c.AddCSV("f", strings.NewReader(file), mapping, CSVOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := c.Result()
	if err != nil || r.Subscribers != 0 || r.RejectedTotal != 2 || r.Rejected[0].Reason != "The reason is bad." || r.LimitReached {
		t.Errorf("%+v, %v", r, err)
	}
	if got := strings.Join(taken, ", "); got != "ann@example.net left, ann@example.net legal, bob@example.net named moved|legal" {
		t.Errorf("took %s", got)
	}
	for i := range 3 {
		c.AddSubscriber("inline", i, Subscriber{Email: "bob@example.net"})
	}
	if r, err = c.Result(); err != nil || !r.LimitReached {
		t.Errorf("no limit for rows that are taken elsewhere: %+v, %v", r, err)
	}
}
