package ledger

import (
	"bytes"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
)

// journalOf goes through the file format, with a torn line in the middle and
// at the end.
func journalOf(t *testing.T, entries ...Entry) []Entry {
	t.Helper()
	var file bytes.Buffer
	for i, e := range entries {
		line, err := e.AppendLine(nil)
		must(t, err)
		file.Write(line)
		if i == 0 {
			file.WriteString(`{"k":"end","e":1,"p":1,"i`)
		}
	}
	file.WriteString(`{"k":"end","e":1,"p":1,"i":2}`)
	out, err := ReadJournal(&file)
	must(t, err)
	if len(out) != len(entries) {
		t.Fatalf("%d entries, want %d", len(out), len(entries))
	}
	return out
}

// boot is the present one of the machine.
const boot = "b1"

func TestRecover(t *testing.T) {
	s := begun(t, "ppppp", first, 4)
	old := s
	old.Claim.Epoch = 0
	journal := journalOf(t,
		EndEntry(old.Claim.Epoch, old.Pass, 3), // of an earlier claim
		IntentEntry(s.Claim.Epoch, s.Pass, boot, seq(0, 4)),
		EndEntry(s.Claim.Epoch, s.Pass, 0), ResultEntry(s.Claim.Epoch, s.Pass, result(0, crier.DeliveryAccepted)),
		EndEntry(s.Claim.Epoch, s.Pass, 1),
		EndEntry(s.Claim.Epoch, s.Pass, 2), ResultEntry(s.Claim.Epoch, s.Pass, Result{Index: 2, State: crier.DeliveryPending}),
		EndEntry(s.Claim.Epoch, s.Pass, 4), // not in the intent
	)
	must(t, Recover(&s, journal, boot, noon))
	if got := letters(t, s); got != "auppp" || s.Intent != nil {
		t.Errorf("%s, intent %+v; want auppp", got, s.Intent)
	}
	must(t, Claim(&s, podA, noon))
}

func TestRecoverLate(t *testing.T) {
	lost := func(t *testing.T) (crier.DeliveryShardState, []Entry) {
		s := begun(t, "ppppp", first, 4)
		journal := journalOf(t, IntentEntry(s.Claim.Epoch, s.Pass, boot, seq(0, 4)),
			EndEntry(s.Claim.Epoch, s.Pass, 0), ResultEntry(s.Claim.Epoch, s.Pass, result(0, crier.DeliveryAccepted)),
			EndEntry(s.Claim.Epoch, s.Pass, 1), ResultEntry(s.Claim.Epoch, s.Pass, result(1, crier.DeliveryDeferred)),
			EndEntry(s.Claim.Epoch, s.Pass, 2))
		must(t, Release(&s, 5, noon))
		return s, journal
	}
	t.Run("nobody came in between", func(t *testing.T) {
		s, journal := lost(t)
		changed, err := RecoverLate(&s, journal, boot)
		must(t, err)
		if got := letters(t, s); !changed || got != "adupp" {
			t.Errorf("%s, want adupp", got)
		}
		if changed, err = RecoverLate(&s, journal, boot); changed || err != nil {
			t.Errorf("changed again: %v, %v", changed, err)
		}
	})
	t.Run("intended in two batches", func(t *testing.T) {
		s := begun(t, "ppppp", first, 2)
		journal := []Entry{IntentEntry(s.Claim.Epoch, s.Pass, boot, seq(0, 2)), EndEntry(s.Claim.Epoch, s.Pass, 0)}
		must(t, Begin(&s, []int{2, 3}, noon))
		journal = journalOf(t, append(journal, IntentEntry(s.Claim.Epoch, s.Pass, boot, []int{2, 3}))...)
		must(t, Release(&s, 5, noon))
		_, err := RecoverLate(&s, journal, boot)
		must(t, err)
		if got := letters(t, s); got != "upppp" {
			t.Errorf("%s, want upppp: the first was ended before the second batch", got)
		}
	})
	t.Run("another pod came", func(t *testing.T) {
		s, journal := lost(t)
		must(t, Claim(&s, podB, noon))
		_, err := RecoverLate(&s, journal, boot)
		must(t, err)
		if got := letters(t, s); got != "aduup" || s.Claim.PodUID != podB.PodUID {
			t.Errorf("%s, want aduup", got)
		}
	})
	t.Run("a later pass has begun", func(t *testing.T) {
		s, journal := lost(t)
		must(t, Bring(&s, Pass{Number: 2}, noon))
		changed, err := RecoverLate(&s, journal, boot)
		if got := letters(t, s); changed || err != nil || got != "uuuup" {
			t.Errorf("%s, %v, want uuuup", got, err)
		}
	})
	t.Run("unknown for another reason", func(t *testing.T) {
		s := begun(t, "pp", first, 2)
		must(t, Settle(&s, []Result{result(0, crier.DeliveryUnknown), result(1, crier.DeliveryAccepted)}))
		s.Claim.Epoch++
		journal := journalOf(t, Entry{Kind: EntryResult, Epoch: 1, Pass: 1, State: crier.DeliveryAccepted})
		if changed, err := RecoverLate(&s, journal, boot); changed || err != nil {
			t.Errorf("changed: %v, %v", changed, err)
		}
	})
}

// Journals and shards of v0.1 are read after an upgrade, with the recipient
// marked in the words as redact does now.
func TestJournalAndShardOfBeforeAreRead(t *testing.T) {
	journal, err := ReadJournal(strings.NewReader(`
{"k":"intent","e":1,"p":1,"is":"0-1"}

{"k":"end","e":1,"p":1,"i":0}

{"k":"result","e":1,"p":1,"i":0,"s":"Failed","n":true,"r":{"phase":"Rcpt","code":550,"enhanced":"5.1.1","text":"\u003c{recipient}\u003e: no such user","cause":"MailboxUnknown","scope":"Recipient"},"t":1770000000}
`))
	if err != nil || len(journal) != 3 {
		t.Fatal(journal, err)
	}
	r := journal[2].result()
	if r.Index != 0 || r.State != crier.DeliveryFailed || !r.Counts || r.At.Unix() != 1770000000 {
		t.Errorf("result %+v", r)
	}
	if shown := redact.Reveal(r.Reply.Text, "jane@example.gov"); shown != "<jane@example.gov>: no such user" {
		t.Errorf("shown as %q", shown)
	}
	if shown := redact.Veil(r.Reply.Text, "jane@example.gov"); shown != "<"+redact.Mark+">: no such user" {
		t.Errorf("masked as %q", shown)
	}
}

// What a machine that lost power has left of a journal is true, and what it has
// lost may have been anything: only who has a result is known. So it is where the
// boot isn't known, and where there is no journal at all.
func TestRecoverAfterPowerLoss(t *testing.T) {
	epoch, pass := int64(1), int32(1)
	whole := []Entry{
		IntentEntry(epoch, pass, boot, seq(0, 4)),
		EndEntry(epoch, pass, 0), ResultEntry(epoch, pass, result(0, crier.DeliveryAccepted)),
		ResultEntry(epoch, pass, Result{Index: 1, State: crier.DeliveryPending}),
		EndEntry(epoch, pass, 2), ResultEntry(epoch, pass, result(2, crier.DeliveryDeferred)),
		EndEntry(epoch, pass, 1),
	}
	for name, c := range map[string]struct {
		journal []Entry
		boot    string
		want    string
	}{
		"the process crashed":               {whole, boot, "audpp"},
		"everything is there":               {whole, "b2", "audup"},
		"its end is gone":                   {whole[:4], "b2", "auuup"},
		"its beginning is there":            {whole[:1], "b2", "uuuup"},
		"it is gone":                        {nil, "b2", "uuuup"},
		"its beginning is gone":             {whole[1:], "b2", "audup"},
		"the boot isn't known":              {whole, "", "audup"},
		"it is gone, and the boot is known": {nil, boot, "uuuup"},
	} {
		s := begun(t, "ppppp", first, 4)
		must(t, Recover(&s, journalOf(t, c.journal...), c.boot, noon))
		if got := letters(t, s); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Of a message that was ended, and of which nothing more is known, a try is
// used up; the entries of other passes say nothing of it.
func TestRecoverOfAnEndedMessage(t *testing.T) {
	s := begun(t, "ppp", first, 3)
	other := s
	other.Pass++
	must(t, Recover(&s, []Entry{
		IntentEntry(s.Claim.Epoch, s.Pass, boot, []int{0, 1, 2}), EndEntry(s.Claim.Epoch, s.Pass, 1), EndEntry(other.Claim.Epoch, other.Pass, 2),
	}, boot, noon))
	if got := letters(t, s); got != "pup" || len(s.Exceptions) != 1 {
		t.Fatalf("%s, exceptions %+v", got, s.Exceptions)
	}
	if e := s.Exceptions[0]; e.Attempts != 1 || e.At != noon.Unix() || s.Replies[e.Reply].Cause != "SenderLost" {
		t.Errorf("got %+v of %+v", e, s.Replies)
	}
}

// What a late journal may correct: once a pass may have come to somebody who
// was unknown before, that he wasn't sent to proves nothing.
func TestWhatALateJournalCorrects(t *testing.T) {
	intended := Entry{Kind: EntryIntent, Recipients: "0", Boot: boot}
	result := func(state crier.DeliveryState) Entry { return Entry{Kind: EntryResult, State: state} }
	of := func(entries ...Entry) []Entry { return entries }
	for name, c := range map[string]struct {
		pass    int32
		entries []Entry
		want    string
	}{
		"accepted":               {1, of(result(crier.DeliveryAccepted)), "a"},
		"accepted in a resend":   {2, of(result(crier.DeliveryAccepted)), "a"},
		"not tried":              {1, of(intended, result(crier.DeliveryPending)), "p"},
		"not tried in a resend":  {2, of(intended, result(crier.DeliveryPending)), "u"},
		"not tried, it is said":  {1, of(result(crier.DeliveryPending)), "u"},
		"suppressed":             {1, of(result(crier.DeliverySuppressed)), "s"},
		"suppressed in a resend": {2, of(result(crier.DeliverySuppressed)), "u"},
		"unknown":                {1, of(result(crier.DeliveryUnknown)), "u"},
		"ended":                  {1, of(intended, Entry{Kind: EntryEnd}), "u"},
		"intended":               {1, of(intended), "p"},
		"intended, unreadable":   {1, of(Entry{Kind: EntryIntent, Recipients: "x", Boot: boot}), "u"},
		"in an earlier boot":     {1, of(Entry{Kind: EntryIntent, Recipients: "0", Boot: "b0"}), "u"},
		"by an older release":    {1, of(Entry{Kind: EntryIntent, Recipients: "0"}), "u"},
		"somebody else":          {1, of(Entry{Kind: EntryResult, Index: 1, State: crier.DeliveryAccepted}), "u"},
		"by who holds it now":    {1, of(Entry{Kind: EntryResult, Epoch: 1, State: crier.DeliveryAccepted}), "u"},
		"of another pass":        {1, of(Entry{Kind: EntryResult, Pass: 1, State: crier.DeliveryAccepted}), "u"},
	} {
		s := begun(t, "u", Pass{Number: c.pass, Selects: []crier.DeliveryState{crier.DeliveryUnknown}}, 1)
		must(t, Release(&s, 1, noon))
		if s.Intent == nil && len(s.Exceptions) == 0 { // a first pass doesn't come to the unknown
			t.Fatalf("%s: %+v", name, s)
		}
		for i := range c.entries {
			c.entries[i].Epoch += s.Claim.Epoch - 1
			c.entries[i].Pass += s.Pass
		}
		changed, err := RecoverLate(&s, c.entries, boot)
		if got := letters(t, s); err != nil || got != c.want || changed != (c.want != "u") {
			t.Errorf("%s: %s, changed %t, %v; want %s", name, got, changed, err, c.want)
		}
	}
}

// Whoever is unknown without a reply, or with one that isn't there, is not
// known to be so because of a lost sender.
func TestLostWithSender(t *testing.T) {
	s := stateOfLetters("uuuu")
	s.Replies = []crier.ShardReply{{Cause: CauseSenderLost}}
	s.Exceptions = []crier.ShardException{{Index: 0, Reply: 0}, {Index: 1, Reply: -1}, {Index: 2, Reply: 1}}
	for i, want := range []bool{true, false, false, false} {
		if got := lostWithSender(&s, i); got != want {
			t.Errorf("%d was lost with its sender: %t", i, got)
		}
	}
}
