package dkim

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"
)

const testHeader = "Date: Mon, 02 Nov 2026 09:00:00 +0000\r\n" +
	"Message-ID: <abc@lists.example.gov>\r\n" +
	"MIME-Version: 1.0\r\nPrecedence: list\r\n" +
	"Subject: Open enrollment\r\n  starts \t on  Monday \r\n" +
	"List-Id: \"All\" <all.lists.example.gov>\r\nList-Post: NO\r\n" +
	"List-Unsubscribe: <https://example.gov/u?t=1>,\r\n <mailto:unsub@example.gov>\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"List-Help: <https://example.gov/help>\r\nList-Subscribe: <https://example.gov/s>\r\n" +
	"List-Owner: <mailto:desk@example.gov>\r\nList-Archive: <https://example.gov/a>\r\n" +
	"Content-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\n" +
	"From: \"HR\" <hr@example.gov>\r\nTo: <jo@example.com>\r\nReply-To: <desk@example.gov>\r\n" +
	"X-Other: x\r\n"

func TestOthersVerify(t *testing.T) {
	keys := testKeys(t)
	large := mustKey(t, "example.gov", "large", encode(newRSA(MaxRSA)))
	long := mustKey(t, strings.Repeat(strings.Repeat("a", 60)+".", 3)+"example.gov", strings.Repeat("s", 60)+"."+strings.Repeat("s", 60), ed25519PEM())
	for name, body := range map[string]string{
		"none": "", "empty": "\r\n", "empty lines": "\r\n\r\n\r\n", "no end": "a", "blanks": " \t a  \t b \r\n\t\r\n\r\nc \r\n \r\n",
		"dots": ".\r\n..\r\n", "tabs": "\ta\t\tb \tc\t \r\n\t\r\n d\r\n\t", "long": strings.Repeat("word  ", 5000) + "\r\n", "no blank": strings.Repeat("x", 12301) + "\r\n",
		"chunks": strings.Repeat(strings.Repeat("y", 76)+"\r\n", 400), "gap": "a" + strings.Repeat("\r\n", 8192) + "b\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, keys := range [][]Key{keys[:1], keys[1:], keys, {long}, {long, keys[1], keys[0]}, {large}} {
				signed := sign(t, keys, testHeader, body)
				if more, most := len(signed)-len(testHeader)-len(body)-len(crlf), NewSigner(keys).MaxSize(); more > most {
					t.Errorf("%d octets added, at most %d said", more, most)
				}
				for _, v := range verify(t, keys, signed) {
					if v.Err != nil {
						t.Errorf("%s: %v", v.Domain, v.Err)
					}
				}
			}
		})
	}
}

// Whatever a list needs is covered, and nobody can add a second From.
func TestWhatIsCovered(t *testing.T) {
	keys := testKeys(t)
	signed := sign(t, keys, testHeader, "x\r\n")
	for _, v := range verify(t, keys, signed) {
		for _, name := range Headers {
			want := 0
			if strings.Contains(testHeader, "\n"+name+": ") || strings.HasPrefix(testHeader, name+": ") {
				want++
			}
			if slices.Contains(oversigned, name) {
				want++
			}
			got := 0
			for _, covered := range v.HeaderKeys {
				if strings.EqualFold(covered, name) {
					got++
				}
			}
			if got != want {
				t.Errorf("%s is covered %d times, want %d", name, got, want)
			}
		}
	}
	for _, without := range []string{"\tl=", "; l=", "\tx=", "; x="} {
		if bytes.Contains(signed, []byte(without)) {
			t.Errorf("there is a tag %s", without)
		}
	}
	for _, change := range [][2]string{
		{"From: \"HR\"", "From: <evil@b.example>\r\nFrom: \"HR\""},
		{"X-Other: x", "From: <evil@b.example>"},
		{"X-Other: x", "Subject: another"}, {"X-Other: x", "Reply-To: <evil@b.example>"},
		{"X-Other: x", "Message-ID: <other@b.example>"}, {"X-Other: x", "Content-Type: text/html"},
		{"X-Other: x", "Content-Transfer-Encoding: base64"}, {"X-Other: x", "MIME-Version: 2.0"},
		{"X-Other: x", "Cc: <other@b.example>"},
		{"X-Other: x", "To: <other@b.example>"},
		{"X-Other: x", "Date: Tue, 03 Nov 2026 09:00:00 +0000"},
		{"One-Click", "Two-Click"}, {"<https://example.gov/u?t=1>", "<https://example.gov/u?t=2>"},
		{"all.lists", "bll.lists"}, {"\r\n\r\nx\r\n", "\r\n\r\ny\r\n"}, {"\r\n\r\nx\r\n", "\r\n\r\nx\r\ny\r\n"},
	} {
		changed := bytes.Replace(signed, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, signed) {
			t.Fatalf("%q isn't there", change[0])
		}
		for _, v := range verify(t, keys, changed) {
			if v.Err == nil {
				t.Errorf("%s verifies with %q", v.Domain, change[1])
			}
		}
	}
	unrelated := bytes.Replace(signed, []byte("X-Other: x"), []byte("X-Other: y"), 1)
	for _, v := range verify(t, keys, unrelated) {
		if v.Err != nil {
			t.Errorf("a header that isn't covered matters: %v", v.Err)
		}
	}
}

// Signatures count fields from below (RFC 6376 section 5.4.2), and many who read
// a message take the first: one more on top isn't covered by being signed once.
func TestNothingIsPutOnTop(t *testing.T) {
	keys := testKeys(t)
	signed := sign(t, keys, testHeader, "x\r\n")
	for _, field := range []string{
		"From: <evil@b.example>", "To: <other@b.example>", "Cc: <other@b.example>", "Subject: another",
		"Date: Tue, 03 Nov 2026 09:00:00 +0000", "Reply-To: <evil@b.example>", "Message-ID: <other@b.example>",
		"MIME-Version: 2.0", "Content-Type: text/html", "Content-Transfer-Encoding: base64",
	} {
		for _, v := range verify(t, keys, append([]byte(field+"\r\n"), signed...)) {
			if v.Err == nil {
				t.Errorf("%s verifies below %q", v.Domain, field)
			}
		}
	}
}

// A field that a message doesn't have can't be added to it either.
func TestWhatIsAbsentStaysAbsent(t *testing.T) {
	keys := testKeys(t)
	const replyTo = "Reply-To: <desk@example.gov>\r\n"
	signed := sign(t, keys, strings.Replace(testHeader, replyTo, "", 1), "x\r\n")
	for _, v := range verify(t, keys, signed) {
		if v.Err != nil {
			t.Errorf("%s: %v", v.Domain, v.Err)
		}
	}
	for _, v := range verify(t, keys, bytes.Replace(signed, []byte("X-Other:"), []byte(replyTo+"X-Other:"), 1)) {
		if v.Err == nil {
			t.Errorf("%s verifies with a Reply-To", v.Domain)
		}
	}
}

// What a relay may do on the way: blanks, folding and the case of names.
func TestRelaxed(t *testing.T) {
	keys := testKeys(t)
	signed := string(sign(t, keys, testHeader, "a  b\r\n\r\n"))
	for _, change := range [][2]string{
		{"a  b\r\n", "a b \r\n"}, {"a  b\r\n\r\n", "a  b\r\n\r\n\r\n"}, {"Subject:", "SUBJECT:"}, {"Open enrollment\r\n  ", "Open enrollment "},
		{"\r\n\ts=", " s="},
	} {
		for _, v := range verify(t, keys, []byte(strings.ReplaceAll(signed, change[0], change[1]))) {
			if v.Err != nil {
				t.Errorf("%q: %v", change[1], v.Err)
			}
		}
	}
}

func TestSameInputSameSignatureAtOnce(t *testing.T) {
	s := NewSigner(testKeys(t))
	want, err := s.Append(nil, new(Scratch), []byte(testHeader), []byte("x\r\n"), testTime)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var scratch Scratch
			for range 5 {
				got, err := s.Append([]byte("before"), &scratch, []byte(testHeader), []byte("x\r\n"), testTime)
				if err != nil || string(got) != "before"+string(want) {
					t.Errorf("%v, differs", err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSign(f *testing.F) {
	f.Add("a subject", "a body\r\n", "X: y\r\n")
	f.Add(" a\tb  c ", " \r\n\r\n\t x  y\r\n \r\n", "subject : again\r\n  folded\r\n")
	keys := testKeys(f)
	f.Fuzz(func(t *testing.T, subject, body, more string) {
		subject = strings.NewReplacer("\r", "", "\n", "\r\n ").Replace(subject)
		header := testHeader + "Subject: " + subject + "\r\n"
		for _, line := range strings.Split(more, "\n") {
			name, value, ok := strings.Cut(strings.ReplaceAll(line, "\r", ""), ":")
			if ok && name != "" && !strings.ContainsAny(name, " \t") && !strings.EqualFold(name, "DKIM-Signature") {
				header += name + ":" + value + "\r\n"
			}
		}
		// The verifier of the test doesn't see lone line ends as we do.
		body = strings.NewReplacer("\r", "", "\n", "\r\n").Replace(body)
		for _, v := range verify(t, keys[:1], sign(t, keys[:1], header, body)) {
			if v.Err != nil {
				t.Errorf("%v", v.Err)
			}
		}
	})
}

// message of about 6 kB, as a newsletter has it.
var benchBody = []byte(strings.Repeat(strings.Repeat("a line of a newsletter, not too short ", 2)[:74]+"=\r\n", 70))

func benchmarkSign(b *testing.B, key Key) {
	s, header := NewSigner([]Key{key}), []byte(testHeader)
	var scratch Scratch
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = s.Append(dst[:0], &scratch, header, benchBody, testTime); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEd25519(b *testing.B) { benchmarkSign(b, mustKey(b, "example.gov", "ed", ed25519PEM())) }
func BenchmarkRSA2048(b *testing.B) { benchmarkSign(b, mustKey(b, "example.gov", "rsa", rsaPEM())) }

// BenchmarkRSA2048Alone is what the signature itself takes.
func BenchmarkRSA2048Alone(b *testing.B) {
	key := mustKey(b, "example.gov", "rsa", rsaPEM()).signer.(*rsa.PrivateKey)
	digest := sha256.Sum256(benchBody)
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}
