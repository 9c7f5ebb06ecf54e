package work

import (
	"bytes"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/message"
)

func composer(tb testing.TB, m Message) *message.Composer {
	tb.Helper()
	facts := draft.Facts{
		Broadcast: &crier.Broadcast{ObjectMeta: metav1.ObjectMeta{Name: "bench"}, Spec: crier.BroadcastSpec{Subject: m.Subject, Content: m.Content}},
		Lists: []*crier.MailingList{{Spec: crier.MailingListSpec{
			Address: "all@" + ListDomain, DisplayName: ListName, Owners: []crier.MailAddress{FromAddress},
			From: crier.Mailbox{Address: FromAddress, Name: FromName}, Purpose: crier.PurposeMandatory,
		}}},
		Relay: &crier.Relay{Spec: crier.RelaySpec{
			BounceDomain: BounceDomain, Bounces: crier.RelayBounces{Mode: crier.BounceFixed, LocalPart: "bounces"},
		}},
		Attributes: []string{"agency", "branch", "city"},
		Key:        bytes.Repeat([]byte{1}, message.KeySize),
	}
	if ref := m.Content.TemplateRef; ref != nil {
		facts.Template = draft.Builtin(ref.Builtin)
	}
	frozen, err := draft.Message(facts)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := message.NewComposer(frozen)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// reader is a recipient.
func reader(i int) roster.Subscriber {
	p := PersonOf(i)
	return roster.Subscriber{Email: p.Email, Name: p.Name, Attributes: map[string]string{"agency": p.Agency, "branch": p.Branch, "city": p.City}}
}

var date = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// What is written by hand is only ever made longer, so it has to be the
// shorter one.
func TestMadeMessagesAreTheLongerOnes(t *testing.T) {
	size := func(m Message) int {
		var s message.Scratch
		composed, err := composer(t, m).Compose(&s, reader(1), 1, 1, date)
		if err != nil {
			t.Fatal(err)
		}
		return composed.Size()
	}
	least := size(ByHand())
	for name, m := range map[string]Message{"template": InTemplate(), "markdown": InMarkdown()} {
		if got := size(m); got <= least {
			t.Errorf("%s has %d octets, what is written by hand %d", name, got, least)
		}
	}
}

// BenchmarkCompose is what of the rows template and markdown composing takes.
func BenchmarkCompose(b *testing.B) {
	for _, v := range []struct {
		name string
		m    Message
	}{
		{"template/made", InTemplate()}, {"template/by-hand", Longer(2033, 6600)},
		{"markdown/made", InMarkdown()}, {"markdown/by-hand", Longer(1160, 1100)},
	} {
		b.Run(v.name, func(b *testing.B) {
			c := composer(b, v.m)
			var s message.Scratch
			size, i := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				composed, err := c.Compose(&s, reader(i%1000), 1, i, date)
				if err != nil {
					b.Fatal(err)
				}
				size = composed.Size()
			}
			b.ReportMetric(float64(size), "octets")
		})
	}
}
