package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"no such user", 100, "no such user"},
		{"  a\r\n\tb  ", 100, "a b"},
		{"a  b", 100, "a b"}, {" a", 100, "a"}, {"a ", 100, "a"},
		{"a\u202eb\u2066c\u200bd\ufeffe\u200f", 100, "abcde"},
		{"\x1b[31mred\x00\x7f\u0085x", 100, "[31mred x"},
		{"caf\xe9", 100, "caf?"}, {"Grüße", 100, "Grüße"},
		{"größe", 3, "gr"}, {"no such user", 7, "no such"},
		{"ab cd", 3, "ab"},
		{"\U000e0041tag", 100, "tag"},
		{"", 10, ""}, {"abc", 0, ""},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
	long := Clean(strings.Repeat("é ", 400), MaxWords)
	if len(long) > MaxWords || len(long) < MaxWords-4 || !utf8.ValidString(long) {
		t.Errorf("cut to %d octets", len(long))
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\u202e b\r\n", 4)
	f.Add("a\r\n\u202e\xff", MaxWords)
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Clean(s, max)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\t\x00\x1b\u202e\u2066") || len(got) > 0 && len(got) > max {
			t.Errorf("Clean(%q, %d) = %q", s, max, got)
		}
		if again := Clean(got, max); again != got {
			t.Errorf("Clean is not stable: %q, then %q", got, again)
		}
	})
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"jane@example.gov": "j***@example.gov", "j@example.gov": "j***@example.gov",
		"ünal@example.gov": "ü***@example.gov", `"a@b"@example.gov`: `"***@example.gov`,
		"": "***", "jane": "***", "@example.gov": "***", "j***@example.gov": "j***@example.gov",
	} {
		if got := Address(in); got != want {
			t.Errorf("Address(%q) = %q, want %q", in, got, want)
		}
	}
}

// spelled are ways in which servers name the recipient.
var spelled = []struct{ name, address, words, kept string }{
	{"as it is", "jane.doe@example.gov", "jane.doe@example.gov unknown", "{recipient} unknown"},
	{"a sentence's end", "jane.doe@example.gov", "no jane.doe@example.gov.", "no {recipient}."},
	{"angle brackets", "jane.doe@example.gov", "<jane.doe@example.gov>: unknown", "<{recipient}>: unknown"},
	{"upper case", "jane.doe@example.gov", "JANE.DOE@EXAMPLE.GOV unknown", "{recipient} unknown"},
	{"quoted", "jane.doe@example.gov", `<"Jane.Doe"@example.gov> unknown`, "<{recipient}> unknown"},
	{"no longer quoted", `"jane doe"@example.gov`, "jane doe@example.gov unknown", "{recipient} unknown"},
	{"escapes gone", `"jane\"doe"@example.gov`, `<jane"doe@example.gov> unknown`, "<{recipient}> unknown"},
	{"xtext", "jane.doe+news=a@example.gov", "ORCPT=rfc822;jane.doe+2Bnews+3Da@example.gov", "ORCPT=rfc822;{recipient}"},
	{"xtext of a quoted one", `"jane doe"@example.gov`, `rfc822;"jane+20doe"@example.gov`, `rfc822;{recipient}`},
	{"a link", "jane.doe+news@example.gov", "see https://x.example/?to=jane.doe%2bnews%40example.gov", "see https://x.example/?to={recipient}"},
	{"VERP", "jane.doe@example.gov", "for <bounce-jane.doe=example.gov@list.example>", "for <bounce-{recipient}@list.example>"},
	{"quoted-printable", "jane.doe@example.gov", "jane.doe=40example.gov unknown", "{recipient} unknown"},
	{"full width", "jane.doe@example.gov", "jane.doe＠example.gov unknown", "{recipient} unknown"},
	{"an IDN as people read it", "jane.doe@xn--exmple-cua.gov", "jane.doe@exämple.gov unknown", "{recipient} unknown"},
	{"twice", "jane.doe@example.gov", "jane.doe@example.govJane.Doe@example.gov", "{recipient}{recipient}"},
	{"with a domain that goes on", "jane.doe@example.gov", "jane.doe@example.gov.local unknown", "{recipient}.local unknown"},
}

func TestNoSpellingOfTheRecipientIsKeptOrShownMasked(t *testing.T) {
	for _, c := range spelled {
		kept := Hide(c.words, c.address)
		if kept != c.kept {
			t.Errorf("%s: kept %q, want %q", c.name, kept, c.kept)
		}
		if shown := Reveal(kept, c.address); !strings.Contains(shown, c.address) {
			t.Errorf("%s: %q doesn't show the address to those who may see it", c.name, shown)
		}
		// Words that were hidden, and words that were not, as in old records.
		for _, words := range []string{kept, c.words} {
			veiled := strings.ToLower(Veil(words, c.address))
			if strings.Contains(veiled, "jane") || strings.Contains(veiled, "doe") {
				t.Errorf("%s: %q is shown as %q", c.name, words, veiled)
			}
		}
	}
}

func TestVeil(t *testing.T) {
	for _, c := range []struct{ to, words, want string }{
		{"jane.doe@example.gov", "<jane.doe@example.gov>: unknown", "<{recipient}>: unknown"},
		{"jane.doe@example.gov", "<{recipient}>: unknown", "<{recipient}>: unknown"},
		{"jane.doe@example.gov", "user Jane.Doe not found", "user {recipient} not found"},
		{"jane.doe@example.gov", `user "jane.doe" not found`, "user {recipient} not found"},
		{"jane+news@example.gov", "mailbox jane is full, jane+2Bnews too", "mailbox {recipient} is full, {recipient} too"},
		{"jane.doe@example.gov", "see postmaster@example.org.", "see p***@example.org."},
		{"jane.doe@example.gov", `for "J. Doe"@example.org`, `for "***@example.org`},
		{"jane.doe@example.gov", "for doe@[192.0.2.1]", "for d***@[192.0.2.1]"},
		{"jane.doe@example.gov", "for doe%40example.org or doe＠example.org", "for d***@example.org or d***@example.org"},
		{"ann@example.gov", "jo{recipient} or <{recipient}.uk>", "j***@example.gov or <a***@example.gov.uk>"}, // not only her own
		{"ann@example.gov", "to=ann@example.gov", "to={recipient}"},
		{"info@example.gov", "information for INFO", "information for {recipient}"},
		{"jd@example.gov", "jd is short", "jd is short"},
		{"a(b@example.gov", "a(b is odd", "{recipient} is odd"},
		{`"x\y z"@example.gov`, `no "x\y z" here`, "no {recipient} here"},
		{"recipient@example.gov", "{recipient}: no such recipient", "{recipient}: no such {recipient}"},
		{"jane@example.gov", "SIZE=4096 id=x100% done", "SIZE=4096 id=x100% done"},
		{"", "no such user", "no such user"},
	} {
		got := Veil(c.words, c.to)
		if got != c.want {
			t.Errorf("Veil %q %q = %q, want %q", c.to, c.words, got, c.want)
		}
		if again := Veil(got, c.to); again != got {
			t.Errorf("Veil is not stable: %q, then %q", got, again)
		}
	}
}

// Servers' words are cut when they come in, and so may be an address.
func TestHalfAnAddressIsNotKept(t *testing.T) {
	for n := range 30 {
		words := Clean(strings.Repeat("x ", 240+n/2)+strings.Repeat("x", n%2)+" jane.doe@example.gov jane.doe@example.gov", MaxWords)
		if kept := Hide(words, "jane.doe@example.gov"); strings.Contains(kept, "jan") {
			t.Errorf("%q", kept[len(kept)-40:])
		}
	}
}

// Mark is longer than some addresses, and what is kept has a place to fit in.
func TestHiddenWordsAreNoLongerThanWhatIsTakenIn(t *testing.T) {
	for name, c := range map[string]struct{ words, address, begins string }{
		"a short address, often": {strings.Repeat("a@b.co ", 72), "a@b.co", Mark + " " + Mark},
		"one word, no address":   {strings.Repeat("x", MaxWords-3), "a@b.co", "xxx"},
		"one word, an address":   {strings.Repeat("x", MaxWords-20) + "jane.doe@example.gov", "jane.doe@example.gov", ""},
		"cut in its name":        {strings.Repeat("x", MaxWords-8) + "jane.doe", "jane.doe@example.gov", "xxx"},
	} {
		kept := Hide(c.words, c.address)
		if len(kept) > MaxWords || !strings.HasPrefix(kept, c.begins) || c.begins == "" && kept != "" || strings.Contains(kept, "jan") {
			t.Errorf("%s: %d octets, %.40q", name, len(kept), kept)
		}
	}
}

func TestHideLeavesTheRest(t *testing.T) {
	for _, words := range []string{"", "OK id=1234@relay", "queued as 4Fx", "example.gov takes no mail", "doe@example.gov"} {
		if got := Hide(words, "jane.doe@example.gov"); got != words {
			t.Errorf("%q: %q", words, got)
		}
	}
	if got := Hide("a@b", ""); got != "a@b" {
		t.Errorf("%q for nobody", got)
	}
	if n := testing.AllocsPerRun(100, func() { Hide("2.0.0 Ok: queued as 4FxQ2 at=relay", "jane.doe@example.gov") }); n != 0 {
		t.Errorf("%v allocations for a usual reply", n)
	}
}
