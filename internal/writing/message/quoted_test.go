package message

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// checkQuoted wants what the standard library reads back as it was, lines that
// fit, and lines broken where the standard library breaks them.
func checkQuoted(t *testing.T, text string) {
	t.Helper()
	got := string(appendQuoted(nil, []byte(text)))
	if got != string(appendQuoted([]byte("before"), []byte(text))[len("before"):]) {
		t.Fatal("what is there already matters")
	}
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > maxQuotedLine || strings.HasPrefix(line, "From ") || strings.HasSuffix(line, " ") || strings.HasSuffix(line, "\t") {
			t.Fatalf("line %q of %q", line, text)
		}
		for _, b := range []byte(line) {
			if b != '\t' && (b < ' ' || b > '~') {
				t.Fatalf("octet %d in %q", b, line)
			}
		}
	}
	back, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(got)))
	if want := string(appendLines(nil, []byte(text))); err != nil || string(back) != want {
		t.Fatalf("%q reads back as %q, want %q (%v)", got, back, want, err)
	}
	var want bytes.Buffer
	w := quotedprintable.NewWriter(&want)
	if _, err := w.Write([]byte(referenceCrlf(text))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "=46rom ") && got != want.String() {
		t.Fatalf("%q, the standard library has %q", got, want.String())
	}
}

func FuzzQuoted(f *testing.F) {
	for _, text := range []string{
		"", "a", "ü", "a=b", " ", "\t\n", "a \r\nb\t\rc", "From x\nFrom", "From \n", strings.Repeat("x", 73) + "ü", strings.Repeat("x", 75), strings.Repeat("x", 76),
		strings.Repeat("x", 74) + " \n", strings.Repeat("x", 75) + " ", strings.Repeat("x", 72) + "\t\n", strings.Repeat("x", 75) + "From y", "\x00\x7f\xff", strings.Repeat("日本", 40),
		"From " + strings.Repeat("x", 71), "From " + strings.Repeat("x", 68) + "ü",
	} {
		f.Add(text)
	}
	f.Fuzz(checkQuoted)
}
