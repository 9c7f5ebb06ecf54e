package smtptest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestTraceOfTransactions(t *testing.T) {
	s := Start(t, Script{Rules: []Rule{
		{Phase: Dot, Recipient: "no@b.test", Code: 554, Enhanced: "5.7.1"},
		{Phase: Dot, Recipient: "slow@b.test", Delay: Duration(60 * time.Millisecond)},
		{Phase: Dot, Recipient: "lost@b.test", Drop: DropStored},
	}})
	message := func(to string) []string {
		return []string{"MAIL FROM:<a@a.test>\r\n", "RCPT TO:<" + to + ">\r\n", "DATA\r\n", "Subject: x\r\n\r\nx\r\n.\r\n"}
	}
	script := []string{hello}
	for _, to := range []string{"no@b.test", "slow@b.test", "lost@b.test"} {
		script = append(script, message(to)...)
	}
	talk(t, s, script...)
	h := httptest.NewServer(s.Control())
	defer h.Close()
	var trace Trace
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		res, err := http.Get(h.URL + "/trace")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&trace)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(trace.Links) == 1 && !trace.Links[0].Closed.IsZero() {
			break
		}
	}
	of := trace.Of()
	no, slow, lost := of["no@b.test"][0], of["slow@b.test"][0], of["lost@b.test"][0]
	if no.Accepted() || no.Code != 554 || !slow.Accepted() || lost.Accepted() || !lost.Stored {
		t.Errorf("%+v", trace.Transactions)
	}
	if took := slow.Ended.Sub(slow.Dot); took < 60*time.Millisecond || slow.Dot.Before(slow.Begun) {
		t.Errorf("slow took %s: %+v", took, slow)
	}
	if len(trace.Links) != 1 || trace.Links[0].Remote != "127.0.0.1" || trace.Links[0].Closed.IsZero() {
		t.Errorf("links %+v", trace.Links)
	}
}

func TestTransactionOpen(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms) + 1e12) }
	whole, running := Transaction{Begun: at(100), Ended: at(200)}, Transaction{Begun: at(100)}
	for _, c := range []struct {
		x    Transaction
		at   int
		want bool
	}{
		{whole, 89, false}, {whole, 90, true}, {whole, 150, true}, {whole, 210, true}, {whole, 211, false},
		{running, 89, false}, {running, 5000, true},
	} {
		if got := c.x.Open(at(c.at), 10*time.Millisecond); got != c.want {
			t.Errorf("%+v at %d: %t", c.x, c.at, got)
		}
	}
}

func TestTraceCounts(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	trace := Trace{
		Links: []Link{
			{Remote: "a", Opened: at(0), Closed: at(5)}, {Remote: "a", Opened: at(1), Closed: at(4)},
			{Remote: "b", Opened: at(4)}, {Remote: "a", Opened: at(5)},
		},
	}
	for _, s := range []int{0, 1, 2, 10, 11, 12, 30} {
		trace.Transactions = append(trace.Transactions, Transaction{Stored: true, Code: 250, Ended: at(s)})
	}
	trace.Transactions = append(trace.Transactions, Transaction{Code: 550, Ended: at(1)})
	if got := trace.MostOpen(); got != 2 {
		t.Errorf("most open %d", got)
	}
	if got := trace.MostOpen("b"); got != 2 {
		t.Errorf("most open without b %d", got)
	}
	if got := trace.Beyond(1); got != 4*time.Second {
		t.Errorf("more than one for %s", got)
	}
	if got := trace.MostAccepted(10 * time.Second); got != 3 {
		t.Errorf("most accepted in 10 s: %d", got)
	}
	if got := trace.MostAccepted(11 * time.Second); got != 4 {
		t.Errorf("most accepted in 11 s: %d", got)
	}
}
