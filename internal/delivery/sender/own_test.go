package sender

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/testing/smtptest"
	"crier.dev/crier/internal/writing/message"
)

// trouble is a relay that defers, refuses and breaks off, so that messages are
// composed again, out of order and beside each other.
var trouble = smtptest.Script{MessagesPerConnection: 17, Rules: []smtptest.Rule{
	{Glob: "*-0??3@*", First: 1, Code: 451, Enhanced: "4.7.1", Text: "Greylisted"},
	{Glob: "*-0??5@*", Code: 550, Enhanced: "5.1.1", Text: "no such user"},
	{Phase: smtptest.Dot, Glob: "*-0??7@*", First: 1, Drop: smtptest.DropBefore},
	{Phase: smtptest.Data, Glob: "*-0??9@*", First: 1, Code: 452, Text: "full"},
	{Phase: smtptest.Dot, Glob: "*-0?21@*", Code: 554, Text: "spam"},
}}

const (
	ownShards, ownSize = 4, 120
	ownLists           = 3
)

func listOf(shard, index int) int { return (shard + index) % ownLists }

// own is what only one recipient may read.
func own(shard, index int) string {
	return fmt.Sprintf("TOK-p%02d-%04d-L%d", shard, index, listOf(shard, index))
}

// Six connections, three lists, three passes and a relay in trouble: everybody
// gets their own words, those of their list, and nobody else's.
func TestEverybodyGetsTheirOwnMessage(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, ownShards, ownSize, trouble)
		f.options.Connections = 6
		f.freeze(personal())
		for s := range ownShards {
			var people []roster.Subscriber
			for i := range ownSize {
				people = append(people, roster.Subscriber{Email: address(s, i), Name: fmt.Sprintf("N%d", i), List: listOf(s, i), Attributes: map[string]string{
					"own": own(s, i), "pad": strings.Repeat("z ", (i*37)%400),
				}})
			}
			f.people(s, people)
		}
		for pass := range int32(3) {
			f.options.Pass = ledger.Pass{Number: pass + 1}
			if pass > 0 {
				f.options.Pass.Selects = []crier.DeliveryState{crier.DeliveryDeferred}
			}
			f.mustRun()
		}
		f.truth()
		for s := range ownShards {
			f.repliesAreTheirs(s)
			for i := range ownSize {
				for _, m := range f.relay.Messages(address(s, i)) {
					if problem := othersWords(string(m.Data), s, i); problem != "" {
						t.Fatalf("%s: %s", address(s, i), problem)
					}
				}
			}
		}
	})
}

// personal has what a recipient is told in three places.
func personal() message.Frozen {
	f := message.Frozen{
		Version: message.FrozenVersion, Subject: "For {{ .Attributes.own }}", Text: "T {{ .Attributes.own }} {{ .Attributes.pad }}",
		HTML: "<p>H {{ .Attributes.own }}</p>", From: message.Mailbox{Address: "hr@example.gov"},
		MessageIDDomain: "lists.example.gov", BounceDomain: "example.gov", BounceTag: "b", BounceMode: message.BounceVERP,
		Key:         bytes.Repeat([]byte{7}, message.KeySize),
		Attachments: []message.Attachment{{Name: "a.bin", ContentType: "application/x", Data: bytes.Repeat([]byte("x"), 20000)}},
	}
	for i := range ownLists {
		f.Lists = append(f.Lists, message.List{ListID: fmt.Sprintf("l%d.example.gov", i), ListName: fmt.Sprint("L", i), Footer: fmt.Sprint("footer-of-", i)})
	}
	return f
}

var anybodys = regexp.MustCompile(`TOK-p\d\d-\d{4}-L\d`)

// othersWords says what in a message isn't for its recipient.
func othersWords(data string, shard, index int) string {
	data = strings.ReplaceAll(data, "=\r\n", "")
	for _, got := range anybodys.FindAllString(data, -1) {
		if got != own(shard, index) {
			return "has " + got
		}
	}
	list := listOf(shard, index)
	switch {
	case strings.Count(data, own(shard, index)) != 3:
		return "hasn't their own words in subject and both parts"
	case !strings.Contains(data, fmt.Sprintf("<l%d.example.gov>", list)):
		return "has another list's List-Id"
	case strings.Count(data, "footer-of-") != strings.Count(data, fmt.Sprint("footer-of-", list)):
		return "has another list's footer"
	case !strings.Contains(data, fmt.Sprintf("To: \"N%d\" <%s>", index, address(shard, index))):
		return "is to somebody else"
	}
	return ""
}

// repliesAreTheirs holds the ledger of a shard against what the relay said to
// whom.
func (f *fixture) repliesAreTheirs(shard int) {
	f.t.Helper()
	state := f.state(shard)
	for _, e := range state.Exceptions {
		code, i := state.Replies[e.Reply].Code, int(e.Index)
		if i%10 == 5 && code != 550 || i%100 == 21 && code != 554 {
			f.t.Errorf("%s has reply %d", address(shard, i), code)
		}
	}
}
