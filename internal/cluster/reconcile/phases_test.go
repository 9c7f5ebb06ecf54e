package reconcile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	crier "crier.dev/crier/api/v1alpha1"
)

func TestRunStopsAtTheFirstVerdict(t *testing.T) {
	var trace string
	step := func(name string, v *Verdict, err error) Phase {
		return func(context.Context) (*Verdict, error) {
			trace += name
			return v, err
		}
	}
	ready := IsReady(crier.ReasonReady, "Done.")
	broken := errors.New("etcdserver: 10.1.2.3 is away")
	for _, c := range []struct {
		name   string
		phases []Phase
		trace  string
		reason string
		err    error
	}{
		{"decided", []Phase{step("a", nil, nil), step("b", &ready, nil), step("c", nil, nil)}, "ab", crier.ReasonReady, nil},
		{"error", []Phase{step("a", nil, broken), step("b", &ready, nil)}, "a", crier.ReasonInternal, broken},
		{"error beats verdict", []Phase{step("a", &ready, broken)}, "a", crier.ReasonInternal, broken},
		{"undecided", []Phase{step("a", nil, nil)}, "a", crier.ReasonInternal, errUndecided},
	} {
		trace = ""
		v, err := Run(t.Context(), c.phases...)
		if trace != c.trace || v.Reason != c.reason || !errors.Is(err, c.err) {
			t.Errorf("%s: phases %s, %s, %v", c.name, trace, v.Reason, err)
		}
		if strings.Contains(v.Message, "10.1.2.3") {
			t.Errorf("%s: %q is for the log only", c.name, v.Message)
		}
	}
}

func TestAnnounce(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	state := func(v Verdict) []metav1.Condition { return Conditions(nil, 1, v, now) }
	ready := state(IsReady(crier.ReasonReady, "100%d done"))
	waiting := state(IsReconciling(crier.ReasonPlanning, "Waiting."))
	stuck := state(IsStalled(crier.ReasonInvalidSelector, "Wrong."))
	other := state(IsStalled(crier.ReasonAddressTaken, "Taken."))
	for _, c := range []struct {
		name          string
		before, after []metav1.Condition
		want          string
	}{
		{"first", nil, ready, "Normal Ready 100%d done"},
		{"still", ready, ready, ""},
		{"back", waiting, ready, "Normal Ready 100%d done"},
		{"waiting is no milestone", ready, waiting, ""},
		{"stuck", waiting, stuck, "Warning InvalidSelector Wrong."},
		{"still stuck", stuck, stuck, ""},
		{"stuck elsewhere", stuck, other, "Warning AddressTaken Taken."},
	} {
		recorder := events.NewFakeRecorder(10)
		Announce(recorder, &crier.Relay{Status: crier.RelayStatus{Conditions: c.after}}, c.before)
		got := ""
		if len(recorder.Events) > 0 {
			got = <-recorder.Events
		}
		if got != c.want || len(recorder.Events) != 0 {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
