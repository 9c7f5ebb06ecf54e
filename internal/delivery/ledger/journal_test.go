package ledger

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// A line holds what is known and nothing else, whichever way it is written.
func TestLinesOfAJournal(t *testing.T) {
	s := crier.DeliveryShardState{Pass: 13, Claim: crier.ShardClaim{Epoch: 12}}
	at := time.Unix(1770000000, 0)
	for want, e := range map[string]Entry{
		`{"k":"intent","e":12,"p":13,"is":"3-4","b":"b1"}`:                          IntentEntry(s.Claim.Epoch, s.Pass, "b1", []int{3, 4}),
		`{"k":"intent","e":12,"p":13}`:                                              IntentEntry(s.Claim.Epoch, s.Pass, "", nil),
		`{"k":"end","e":12,"p":13,"i":0}`:                                           EndEntry(s.Claim.Epoch, s.Pass, 0),
		`{"k":"end","e":12,"p":13,"i":120}`:                                         EndEntry(s.Claim.Epoch, s.Pass, 120),
		`{"k":"result","e":12,"p":13,"i":0,"s":"Accepted","n":true,"t":1770000000}`: ResultEntry(s.Claim.Epoch, s.Pass, Result{State: crier.DeliveryAccepted, Counts: true, At: at}),
		`{"k":"result","e":12,"p":13,"i":6,"s":"Accepted","n":true,"r":{"phase":"dot","code":250},"t":1770000000}`: ResultEntry(s.Claim.Epoch, s.Pass,
			Result{Index: 6, State: crier.DeliveryAccepted, Counts: true, At: at, Reply: crier.ShardReply{Phase: "dot", Code: 250, Text: "2.0.0 Ok: queued as 4Xy"}}),
		`{"k":"result","e":12,"p":13,"i":7,"s":"Accepted","r":{"phase":"\"","code":250}}`: ResultEntry(s.Claim.Epoch, s.Pass,
			Result{Index: 7, State: crier.DeliveryAccepted, Reply: crier.ShardReply{Phase: `"`, Code: 250}}),
		`{"k":"result","e":12,"p":13,"i":120,"s":"Pending"}`: ResultEntry(s.Claim.Epoch, s.Pass, Result{Index: 120, State: crier.DeliveryPending}),
		`{"k":"result","e":12,"p":13,"i":5,"s":"Failed","r":{"code":550,"cause":"Legal"}}`: ResultEntry(s.Claim.Epoch, s.Pass, Result{
			Index: 5, State: crier.DeliveryFailed, Reply: crier.ShardReply{Code: 550, Cause: "Legal"}}),
	} {
		line, err := e.AppendLine(nil)
		must(t, err)
		if string(line) != "\n"+want+"\n" {
			t.Errorf("got %q, want %s", line, want)
		}
		back, err := ReadJournal(strings.NewReader(string(line)))
		if err != nil || len(back) != 1 || !reflect.DeepEqual(back[0], e) {
			t.Errorf("%s is read as %+v, %v", want, back, err)
		}
	}
}

func TestResultsComeBackFromTheJournal(t *testing.T) {
	for _, r := range []Result{
		{Index: 7, State: crier.DeliveryFailed, Counts: true, At: time.Unix(1770000000, 0), Reply: crier.ShardReply{Code: 550, Cause: "Legal"}},
		{Index: 8, State: crier.DeliveryAccepted},
	} {
		if got := ResultEntry(0, 0, r).result(); got != r {
			t.Errorf("got %+v, want %+v", got, r)
		}
	}
}

// Lines that make no sense are left out; what can't be read at all is an error.
func TestReadJournalLeavesOutNonsense(t *testing.T) {
	got, err := ReadJournal(strings.NewReader("\n" + `{"k":"end","e":1,"p":1,"i":-1}
{"k":"result","e":1,"p":1,"i":1,"s":"Lost"}
{"k":"result","e":1,"p":1,"i":1}
{"k":"end","e":1,"p":1,"i":2}
`))
	if err != nil || len(got) != 1 || got[0].Index != 2 {
		t.Errorf("got %+v, %v; want the last line alone", got, err)
	}
	broken := errors.New("broken")
	if _, err := ReadJournal(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
}
