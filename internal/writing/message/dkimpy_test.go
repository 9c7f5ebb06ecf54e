package message

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/recipients/roster"
)

// python is Debian's, which has the verifier: another one may come first in
// PATH.
const python = "/usr/bin/python3"

// dkimpy verifies every signature of the messages named in its arguments,
// after the file with the records, and prints what came of each.
const dkimpy = `
import dkim, json, sys
records = {k + ".": v.encode() for k, v in json.load(open(sys.argv[1])).items()}
lookup = lambda name, timeout=5: records.get(name.decode() if isinstance(name, bytes) else name)
for path in sys.argv[2:]:
    message = open(path, "rb").read()
    verifier = dkim.DKIM(message, minkey=1024)
    count = len([1 for name, value in verifier.headers if name.lower() == b"dkim-signature"])
    out = []
    for i in range(count):
        try:
            good = dkim.DKIM(message, minkey=1024).verify(idx=i, dnsfunc=lookup)
        except dkim.DKIMException as problem:
            good = not str(problem).startswith("body hash mismatch") and str(problem)
        out.append("good" if good is True else "bad" if good is False else good)
    print(" ".join(out) or "none")
`

// needPython skips without the verifier, unless tests with others' programs
// are required.
func needPython(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), python, "-c", "import dkim, nacl").CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("CRIER_TEST_SERVERS") == "required" {
		t.Fatalf("python3-dkim and python3-nacl are needed: %v %s", err, out)
	}
	t.Skip("python3-dkim and python3-nacl are not installed")
}

// judge lets the other verifier look at messages, by name.
func judge(t *testing.T, messages map[string][]byte) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	records, err := json.Marshal(map[string]string{
		"ed._domainkey.example.gov":  "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey)),
		"rsa._domainkey.example.gov": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der),
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"-c", dkimpy, write("records.json", records)}
	var names []string
	for name, data := range messages {
		args = append(args, write(base64.RawURLEncoding.EncodeToString([]byte(name)), data))
		names = append(names, name)
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != len(names) {
		t.Fatalf("%v, %d answers, want %d\n%s", err, len(lines), len(names), problems.String())
	}
	found := map[string]string{}
	for i, name := range names {
		found[name] = lines[i]
	}
	return found
}

// past is before whatever the clock of this machine says: the verifier doesn't
// take signatures of the future.
var past = time.Date(2024, 12, 3, 9, 0, 0, 0, time.FixedZone("", -5*3600))

// signedMessages are of all shapes, each for several recipients.
func signedMessages(t *testing.T) map[string][]byte {
	t.Helper()
	literal := plainFrozen()
	literal.Literal, literal.HTML = true, ""
	literal.Text = ".\n..\n.dot\nFrom here\n \t blanks \t \n\n\nü ends with empty lines\n\n\n"
	literal.Subject = strings.Repeat("a long subject that is folded ", 12) + "Größe"
	files := newsletter()
	files.From.Name, files.ReplyTo = "Ämter \"und\" Behörden", nil
	files.Attachments = []Attachment{logo, report, {Name: "résumé ü.csv", Data: bytes.Repeat([]byte("a;b\r\n.\r\n"), 20000)}}
	files.Calendar = &event
	mandatory := plainFrozen()
	mandatory.ListUnsubscribe, mandatory.HTML = nil, ""
	several := severalLists()
	out := map[string][]byte{}
	for name, f := range map[string]Frozen{
		"both": plainFrozen(), "newsletter": newsletter(), "literal": literal, "files": files, "mandatory": mandatory, "several": several,
	} {
		c, err := NewComposer(signed(f))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.UseKeys(bothKeys(t)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []roster.Subscriber{jo(), reader(), {Email: "jörg@bücher.example", Name: "日本 語"}, {Email: `"a b"@b.example`}} {
			m, err := c.Compose(nil, r, 1, 2, past)
			if err != nil {
				t.Fatal(err)
			}
			out[name+" for "+r.Email] = m.Data
		}
	}
	return out
}

func TestAnotherVerifierAgrees(t *testing.T) {
	needPython(t)
	messages := signedMessages(t)
	for name, got := range judge(t, messages) {
		if got != "good good" {
			t.Errorf("%s: %s\n%.3000s", name, got, messages[name])
		}
	}
}

// What is changed on the way is found out by both signatures, and what relays
// may do isn't held against a message.
func TestAnotherVerifierFindsChanges(t *testing.T) {
	needPython(t)
	plain := signedMessages(t)["newsletter for jo.doe@example.com"]
	mandatory := signedMessages(t)["mandatory for jo.doe@example.com"]
	withHeader := func(data []byte, field string) []byte { return append([]byte(field+"\r\n"), data...) }
	below := func(data []byte, field string) []byte {
		return bytes.Replace(data, []byte("\r\n\r\n"), []byte("\r\n"+field+"\r\n\r\n"), 1)
	}
	changed := func(from, to string) []byte {
		if !bytes.Contains(plain, []byte(from)) {
			t.Fatalf("no %q in\n%s", from, plain)
		}
		return bytes.Replace(plain, []byte(from), []byte(to), 1)
	}
	const bad, good = "bad bad", "good good"
	tests := map[string]struct {
		data []byte
		want string
	}{
		"nothing":                        {plain, good},
		"a letter of the body":           {changed("The Benefits Team", "The benefits Team"), bad},
		"more at the end":                {append(bytes.Clone(plain), "x\r\n"...), bad},
		"one-click changed":              {changed("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"), bad},
		"unsubscribe changed":            {changed("example.gov/u?t=1", "example.gov/u?t=2"), bad},
		"List-Id changed":                {changed("all-employees.lists", "bll-employees.lists"), bad},
		"List-Post changed":              {changed("List-Post: NO", "List-Post: YES"), bad},
		"precedence changed":             {changed("Precedence: list", "Precedence: bulk"), bad},
		"second From":                    {withHeader(plain, "From: <evil@b.example>"), bad},
		"second From below":              {below(plain, "From: <evil@b.example>"), bad},
		"second To":                      {withHeader(plain, "To: <other@b.example>"), bad},
		"second Subject":                 {withHeader(plain, "Subject: other"), bad},
		"second Date":                    {withHeader(plain, "Date: Tue, 01 Dec 2026 10:00:00 -0500"), bad},
		"second Reply-To":                {withHeader(plain, "Reply-To: <evil@b.example>"), bad},
		"second Message-ID":              {withHeader(plain, "Message-ID: <x@b.example>"), bad},
		"second Content-Type":            {withHeader(plain, "Content-Type: text/html"), bad},
		"Received above":                 {withHeader(plain, "Received: from a.example by b.example; Tue, 01 Dec 2026 10:00:00 -0500"), good},
		"List-Unsubscribe below":         {below(plain, "List-Unsubscribe: <https://b.example>"), bad},
		"List-Unsubscribe of the relay":  {withHeader(mandatory, "List-Unsubscribe: <https://b.example>"), good},
		"a blank more in a folded field": {changed("\r\n <mailto:unsub", "\r\n   <mailto:unsub"), good},
		"empty lines at the end":         {append(bytes.Clone(plain), "\r\n\r\n"...), good},
	}
	messages := map[string][]byte{}
	for name, test := range tests {
		messages[name] = test.data
	}
	for name, got := range judge(t, messages) {
		if got != tests[name].want {
			t.Errorf("%s: %s, want %s", name, got, tests[name].want)
		}
	}
}
