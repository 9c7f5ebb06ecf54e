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

func TestRecover(t *testing.T) {
	s := begun(t, "ppppp", first, 4)
	old := s
	old.Claim.Epoch = 0
	journal := journalOf(t,
		EndEntry(&old, 3), // of an earlier claim
		IntentEntry(&s, seq(0, 4)),
		EndEntry(&s, 0), ResultEntry(&s, result(0, crier.DeliveryAccepted)),
		EndEntry(&s, 1),
		EndEntry(&s, 2), ResultEntry(&s, Result{Index: 2, State: crier.DeliveryPending}),
		EndEntry(&s, 4), // not in the intent
	)
	must(t, Recover(&s, journal, noon))
	if got := letters(t, s); got != "auppp" || s.Intent != nil {
		t.Errorf("%s, intent %+v; want auppp", got, s.Intent)
	}
	must(t, Claim(&s, podA, noon))
}

func TestRecoverLate(t *testing.T) {
	lost := func(t *testing.T) (crier.DeliveryShardState, []Entry) {
		s := begun(t, "ppppp", first, 4)
		journal := journalOf(t, IntentEntry(&s, seq(0, 4)),
			EndEntry(&s, 0), ResultEntry(&s, result(0, crier.DeliveryAccepted)),
			EndEntry(&s, 1), ResultEntry(&s, result(1, crier.DeliveryDeferred)),
			EndEntry(&s, 2))
		must(t, Release(&s, 5, noon))
		return s, journal
	}
	t.Run("nobody came in between", func(t *testing.T) {
		s, journal := lost(t)
		changed, err := RecoverLate(&s, journal)
		must(t, err)
		if got := letters(t, s); !changed || got != "adupp" {
			t.Errorf("%s, want adupp", got)
		}
		if changed, err = RecoverLate(&s, journal); changed || err != nil {
			t.Errorf("changed again: %v, %v", changed, err)
		}
	})
	t.Run("intended in two batches", func(t *testing.T) {
		s := begun(t, "ppppp", first, 2)
		journal := []Entry{IntentEntry(&s, seq(0, 2)), EndEntry(&s, 0)}
		must(t, Begin(&s, []int{2, 3}, noon))
		journal = journalOf(t, append(journal, IntentEntry(&s, []int{2, 3}))...)
		must(t, Release(&s, 5, noon))
		_, err := RecoverLate(&s, journal)
		must(t, err)
		if got := letters(t, s); got != "upppp" {
			t.Errorf("%s, want upppp: the first was ended before the second batch", got)
		}
	})
	t.Run("another pod came", func(t *testing.T) {
		s, journal := lost(t)
		must(t, Claim(&s, podB, noon))
		_, err := RecoverLate(&s, journal)
		must(t, err)
		if got := letters(t, s); got != "aduup" || s.Claim.PodUID != podB.PodUID {
			t.Errorf("%s, want aduup", got)
		}
	})
	t.Run("a later pass has begun", func(t *testing.T) {
		s, journal := lost(t)
		must(t, Bring(&s, Pass{Number: 2}, noon))
		changed, err := RecoverLate(&s, journal)
		if got := letters(t, s); changed || err != nil || got != "uuuup" {
			t.Errorf("%s, %v, want uuuup", got, err)
		}
	})
	t.Run("unknown for another reason", func(t *testing.T) {
		s := begun(t, "pp", first, 2)
		must(t, Settle(&s, []Result{result(0, crier.DeliveryUnknown), result(1, crier.DeliveryAccepted)}))
		s.Claim.Epoch++
		journal := journalOf(t, Entry{Kind: EntryResult, Epoch: 1, Pass: 1, State: crier.DeliveryAccepted})
		if changed, err := RecoverLate(&s, journal); changed || err != nil {
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
