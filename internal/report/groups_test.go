package report

import (
	"fmt"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/smtp/outcome"
)

func TestGroupsAreBounded(t *testing.T) {
	var g grouping
	for i := range 10_000 {
		g.add(Row{Recipient: "a@example.gov", State: crier.DeliveryFailed, Cause: outcome.Cause(fmt.Sprintf("C%d", i)),
			Code: 550, Text: fmt.Sprint("words ", i)})
		g.add(Row{Recipient: "a@example.gov", State: crier.DeliveryUnknown, Cause: outcome.Cause(fmt.Sprintf("C%d", i))})
	}
	if len(g.groups) > maxGroups+2 {
		t.Errorf("%d groups kept", len(g.groups))
	}
	shown := g.listed(crier.DeliveryFailed)
	var sum int64
	for _, s := range shown {
		sum += s.recipients
	}
	if len(shown) != maxShown || sum != 10_000 || !shown[len(shown)-1].other {
		t.Errorf("%d groups shown with %d recipients", len(shown), sum)
	}
}

func TestGroupsLargestFirst(t *testing.T) {
	var g grouping
	for _, cause := range []outcome.Cause{"B", "A", "C", "C"} {
		g.add(Row{State: crier.DeliveryFailed, Cause: cause})
	}
	var got string
	for _, s := range g.listed(crier.DeliveryFailed) {
		got += fmt.Sprint(s.cause, s.recipients, " ")
	}
	if want := "C2 A1 B1 "; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestExampleIsTheUsualReply(t *testing.T) {
	b := New(Facts{})
	for i, words := range []string{"rare", "<a.b%d@example.gov> unknown", "<a.b%d@example.gov> unknown", "odd"} {
		to := fmt.Sprintf("a.b%d@example.gov", i)
		if i == 1 || i == 2 {
			words = fmt.Sprintf(words, i)
		}
		b.Add(Row{Recipient: to, State: crier.DeliveryFailed, Cause: outcome.CauseMailboxUnknown, Code: 550, Enhanced: "5.1.1", Text: words})
	}
	if got, want := b.groups.groups[0].words(), "550 5.1.1 <{recipient}> unknown"; got != want {
		t.Errorf("example %q, want %q", got, want)
	}
}

func TestRepliesAreBounded(t *testing.T) {
	var g grouping
	for i := range 1000 {
		g.add(Row{State: crier.DeliveryFailed, Cause: outcome.CauseMailboxFull, Code: 552, Text: fmt.Sprint("id ", i)})
	}
	if n := len(g.groups[0].replies); n != maxReplies {
		t.Errorf("%d replies kept", n)
	}
}
