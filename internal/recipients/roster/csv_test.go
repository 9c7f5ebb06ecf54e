package roster

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// gathered is a Result with the subscribers themselves, by their keys.
type gathered struct {
	Result
	Subscribers []Subscriber
}

func gather(t *testing.T, c *Collector) gathered {
	t.Helper()
	r, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.Rows()
	if err != nil {
		t.Fatal(err)
	}
	g := gathered{r, all(t, Subscribers(rows))}
	if len(g.Subscribers) != r.Subscribers {
		t.Fatalf("%d subscribers, the result says %d", len(g.Subscribers), r.Subscribers)
	}
	return g
}

func all(t *testing.T, rows Rows) (subs []Subscriber) {
	t.Helper()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return subs
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := row.Subscriber()
		if err != nil || string(row.Key) != Key(s.Email) {
			t.Fatalf("%q with key %q: %v", row.Line, row.Key, err)
		}
		subs = append(subs, s)
	}
}

func collect(t *testing.T, l Limits, m Mapping, o CSVOptions, files ...string) gathered {
	t.Helper()
	c := NewCollector(l)
	for i, f := range files {
		if err := c.AddCSV(fmt.Sprintf("file%d.csv", i), strings.NewReader(f), m, o); err != nil {
			t.Fatal(err)
		}
	}
	return gather(t, c)
}

func emails(r gathered) string {
	var out []string
	for _, s := range r.Subscribers {
		out = append(out, strings.TrimSuffix(s.Email, "@b.example"))
	}
	return strings.Join(out, " ")
}

// Each bad row stands between two good ones: line 2 and the last.
func TestBadRowsNeverStopGoodOnes(t *testing.T) {
	limits := Limits{Line: 300, Name: 20, Attributes: 2, AttributeValue: 30}
	for _, tc := range []struct{ name, header, bad, reason string }{
		{"no at", "", "nobody,Jo,x,y,z", "no @"},
		{"no dot", "", "a@localhost,Jo,,,", "domain has no dot"},
		{"long local part", "", strings.Repeat("a", 65) + "@b.example,Jo,,,", "64 octets"},
		{"space", "", "a b@b.example,Jo,,,", "space inside"},
		{"empty address", "", ",Jo,,,", "The email address is empty."},
		{"too many fields", "", "c@b.example,Jo,x,y,,more", "The row has 6 fields but the header names 5 columns"},
		{"latin-1 name", "", "c@b.example,J\xf6rg,,,", "save the file as UTF-8"},
		{"latin-1 address", "", "j\xf6@b.example,Jo,,,", "save the file as UTF-8"},
		{"latin-1 attribute", "", "c@b.example,Jo,M\xfcnchen,,", "save the file as UTF-8"},
		{"replacement character", "", "c@b.example,J\ufffdrg,,,", "conversion lost a letter"},
		{"NUL", "", "c@b.example,J\x00o,,,", "NUL"},
		{"control", "", "c@b.example,J\x1bo,,,", "control character"},
		{"control in address", "", "c\x07@b.example,Jo,,,", "control character"},
		{"override", "", "c@b.example,J\u202eo,,,", "direction of writing"},
		{"isolate", "", "c@b.example,Jo,\u2067x,,", "direction of writing"},
		{"left-to-right mark", "", "c@b.example,Jo\u200e,,,", "direction of writing"},
		{"right-to-left mark", "", "c@b.example,\u200fJo,,,", "direction of writing"},
		{"Arabic letter mark", "", "c@b.example,J\u061co,,,", "direction of writing"},
		{"filler in address", "", "c\u3164@b.example,Jo,,,", "invisible character"},
		{"line break in name", "", "c@b.example,\"Jo\nBcc: evil\",,,", "The name has a line break"},
		{"bare quote", "", `c@b.example,Jo "J" Doe,,,`, "quotation mark is in the wrong place"},
		{"text after quote", "", `c@b.example,"Jo"e,,,`, "quotation mark is in the wrong place"},
		{"unterminated quote", "", `c@b.example,"Jo,,,`, "opened and never closed"},
		{"long name", "", "c@b.example," + strings.Repeat("n", 21) + ",,,", "The name is longer than 20 octets."},
		{"long attribute", "", "c@b.example,Jo," + strings.Repeat("n", 31) + ",,", "Attribute agency is longer than 30 octets."},
		{"too many attributes", "", "c@b.example,Jo,x,y,z", "There are more than 2 attributes."},
		{"two in brackets", "", "Jo <c@b.example> <d@b.example>,Jo,,,", "several addresses"},
		{"several addresses", "", "\"c@b.example, d@b.example\",Jo,,,", "several addresses"},
		{"semicolon addresses", "", "c@b.example;d@b.example,Jo,,,", "several addresses"},
		{"repeated header", "", "Email,NAME,agency,branch,room", "header line is repeated"},
		{"long line", "", "c@b.example,Jo," + strings.Repeat("n", 400), "The line is longer than 300 octets."},
		{"injection", "", "\"c@b.example\r\nRCPT TO:<d@b.example>\",Jo,,,", "control character"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			header := "email,name,agency,branch,room\n"
			r := collect(t, limits, Mapping{}, CSVOptions{}, header+"a@b.example,A,,,\n"+tc.bad+"\nz@b.example,Z,,,\n")
			if got := emails(r); got != "a z" {
				t.Errorf("accepted %q, want the rows before and after", got)
			}
			if r.RejectedTotal == 0 || !strings.Contains(r.Rejected[0].Reason, tc.reason) || r.Rejected[0].Line != 3 {
				t.Fatalf("rejected %+v, want line 3 with %q", r.Rejected, tc.reason)
			}
			if !strings.HasSuffix(r.Rejected[0].Reason, ".") {
				t.Errorf("reason is no sentence: %q", r.Rejected[0].Reason)
			}
			sum := 0
			for _, n := range r.RejectedByReason {
				sum += n
			}
			if sum != r.RejectedTotal {
				t.Errorf("reasons sum to %d of %d", sum, r.RejectedTotal)
			}
		})
	}
}

func TestFilesThatAreFine(t *testing.T) {
	for name, file := range map[string]string{
		"plain":              "email,name\na@b.example,A\nz@b.example,Z\n",
		"no final line end":  "email,name\na@b.example,A\nz@b.example,Z",
		"CRLF":               "email,name\r\na@b.example,A\r\nz@b.example,Z\r\n",
		"CR only":            "email,name\ra@b.example,A\rz@b.example,Z\r",
		"byte order mark":    "\ufeffemail,name\na@b.example,A\nz@b.example,Z\n",
		"semicolons":         "email;name\na@b.example;A\nz@b.example;Z\n",
		"tabs":               "email\tname\na@b.example\tA\nz@b.example\tZ\n",
		"bars":               "email|name\na@b.example|A\nz@b.example|Z\n",
		"quoted":             "\"email\",\"name\"\n\"a@b.example\", \"A\" \n\"z@b.example\",\"Z\"\n",
		"blank lines":        "\n\nemail,name\n\na@b.example,A\n,\n   \nz@b.example,Z\n\n",
		"trailing commas":    "email,name,,\na@b.example,A,,\nz@b.example,Z,,,,\n",
		"short rows":         "email,name,agency,room\na@b.example,A,\nz@b.example,Z\n",
		"dressed":            "email,name\nmailto:a@b.example,A\n\"Z <SMTP:z@b.example>; \",Z\n",
		"blanks nobody sees": "\u00a0email\u200b,name\na@b.example\u00a0,A\n\u200bz@b.example,Z\n",
		"UTF-16":             "\xff\xfe" + utf16LE("email\tname\r\na@b.example\tA\r\nz@b.example\tZ\r\n"),
		"tab and comma":      "email\tname\t\"last, first\"\na@b.example\tA\t\nz@b.example\tZ\n",
		"other order, case":  "NAME , Email\nA,a@b.example\nZ,z@b.example\n",
		"spaces":             "email,name\n a@b.example , A \n\tz@b.example,Z\n",
	} {
		r := collect(t, Limits{}, Mapping{}, CSVOptions{}, file)
		want := []Subscriber{{Email: "a@b.example", Name: "A"}, {Email: "z@b.example", Name: "Z"}}
		if !reflect.DeepEqual(r.Subscribers, want) || r.RejectedTotal != 0 {
			t.Errorf("%s: %+v, rejected %+v", name, r.Subscribers, r.Rejected)
		}
	}
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteRune(c)
		b.WriteByte(0)
	}
	return b.String()
}

// Of a file that nobody can be read out of, it isn't known whom it is about:
// whoever reads it has to stop, not to go on without people.
func TestFilesThatCannotBeUsed(t *testing.T) {
	for _, tc := range []struct{ name, file, reason string }{
		{"UTF-16 without column", "\xff\xfe" + utf16LE("mail\ta@b.example"), "The first line must name the columns"},
		{"UTF-16 BE mark", "\xfe\xff\x00e\x00m", "There is no column email."},
		{"UTF-16 without mark", "e\x00m\x00a\x00i\x00l\x00\n\x00", "UTF-16"},
		{"spreadsheet", "PK\x03\x04\x14\x00rest", "spreadsheet"},
		{"empty", "", "empty"},
		{"blank", "\n  \n", "empty"},
		{"no email column", "mail,name\na@b.example,A\n", "There is no column email. The file has: mail, name."},
		{"no header", "a@b.example,A\n", "The first line must name the columns"},
		{"broken header", "email,na\"me\na@b.example,A\n", "The header line can't be read."},
		{"old spreadsheet", "\xd0\xcf\x11\xe0\xa1\xb1", "XLS"},
		{"HTML", "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "There is no column email."},
		{"nobody in any row", "email,name\nnobody,A\n,B\n", "None of the 2 rows of the file can be used. The email address is not valid: no @."},
	} {
		c := NewCollector(Limits{})
		err := c.AddCSV("f", strings.NewReader(tc.file), Mapping{}, CSVOptions{})
		var bad *FileError
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, tc.reason) || !strings.HasSuffix(bad.Reason, ".") {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.reason)
		}
	}
	if r := collect(t, Limits{}, Mapping{}, CSVOptions{}, "email\n"); len(r.Subscribers) != 0 || r.RejectedTotal != 0 {
		t.Errorf("a header alone is a file without people: %+v", r)
	}
}

func TestLineNumbersAfterMultiLineCells(t *testing.T) {
	r := collect(t, Limits{}, Mapping{Attributes: map[string]string{}}, CSVOptions{},
		"email,note\r\na@b.example,\"one\r\ntwo\r\nthree\"\r\nbad,x\r\nz@b.example,\"say \"\"hi\"\"\"\r\n\r\nworse,x\r\n")
	if emails(r) != "a z" {
		t.Errorf("accepted %q", emails(r))
	}
	if len(r.Rejected) != 2 || r.Rejected[0].Line != 5 || r.Rejected[1].Line != 8 {
		t.Errorf("rejected %+v, want lines 5 and 8", r.Rejected)
	}
}

// A forgotten quote must not swallow the rows up to the next quote.
func TestForgottenQuote(t *testing.T) {
	r := collect(t, Limits{}, Mapping{}, CSVOptions{},
		"email,name\na@b.example,\"A\nb@b.example,B\nc@b.example,C\"\nd@b.example,\"D\"\ne@b.example,\"E\n")
	if got := emails(r); got != "b d" {
		t.Errorf("accepted %q, want b and d", got)
	}
	if r.RejectedTotal != 3 || r.Rejected[0].Line != 2 || r.Rejected[1].Line != 4 || r.Rejected[2].Line != 6 {
		t.Errorf("rejected %+v, want lines 2, 4 and 6", r.Rejected)
	}
}

// The same where the swallowed rows give a row of the wrong length.
func TestForgottenQuoteWrongLength(t *testing.T) {
	r := collect(t, Limits{}, Mapping{}, CSVOptions{},
		"email,name\na@b.example,\"A\nb@b.example,B\nc@b.example\",\"x\"\nd@b.example,D\n")
	if got := emails(r); got != "b d" {
		t.Errorf("accepted %q, want b and d; rejected %+v", got, r.Rejected)
	}
}

// What stands in a column that nobody asked for by name doesn't cost the row.
func TestOddTextInAColumnThatNobodyUses(t *testing.T) {
	file := "email,street,note\na@b.example,\"1 Main St\nBoston\",\nb@b.example,5\" pipe,said \"no\"\nc@b.example,x,\"left open\nd@b.example,\"x\ry\",\n"
	r := collect(t, Limits{}, Mapping{}, CSVOptions{}, file)
	if emails(r) != "a b c d" || r.RejectedTotal != 0 || r.Subscribers[0].Attributes["street"] != "1 Main St Boston" ||
		r.Subscribers[1].Attributes["street"] != `5" pipe` || r.Subscribers[1].Attributes["note"] != `said "no"` {
		t.Errorf("%+v", r)
	}
	if len(r.Notes) != 3 || r.Notes[0].Reason != "Attribute street has line breaks, which become blanks." {
		t.Errorf("%+v", r.Notes)
	}
	m := Mapping{Attributes: map[string]string{"room": "street"}}
	if r = collect(t, Limits{}, m, CSVOptions{}, file); emails(r) != "c" || r.RejectedTotal != 3 {
		t.Errorf("a column that somebody uses: %+v", r)
	}
}

func TestDuplicatesWithinAndAcross(t *testing.T) {
	r := collect(t, Limits{}, Mapping{}, CSVOptions{},
		"email,name\na@b.example,First\nA@B.example,Second\n", "email\na@b.example\nc@b.example\n")
	if emails(r) != "a c" || r.Duplicates != 2 || r.RejectedTotal != 0 || r.Subscribers[0].Name != "First" {
		t.Errorf("%+v", r)
	}
}

func TestMappingAndAttributes(t *testing.T) {
	file := "Mail,Full name,Cost center,agency,Größe,agency\na@b.example,Ann,12,,L,x\n"
	r := collect(t, Limits{}, Mapping{Email: "mail", Name: "full NAME"}, CSVOptions{}, file)
	want := Subscriber{Email: "a@b.example", Name: "Ann", Attributes: map[string]string{"Cost_center": "12"}}
	if len(r.Subscribers) != 1 || !reflect.DeepEqual(r.Subscribers[0], want) {
		t.Errorf("%+v, want %+v", r.Subscribers, want)
	}
	if !reflect.DeepEqual(r.Attributes, []string{"Cost_center", "agency"}) {
		t.Errorf("attributes %v", r.Attributes)
	}
	if len(r.Notes) != 2 || !strings.Contains(r.Notes[0].Reason, "Größe") || !strings.Contains(r.Notes[1].Reason, "earlier column") {
		t.Errorf("notes %+v", r.Notes)
	}
	r = collect(t, Limits{}, Mapping{Email: "mail", Attributes: map[string]string{"size": "größe", "gone": "room"}}, CSVOptions{}, file)
	if r.Subscribers[0].Attributes["size"] != "L" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0].Reason, "there is no column room") {
		t.Errorf("%+v", r)
	}
}

func TestConfidentialNeverShowsContent(t *testing.T) {
	for _, file := range []string{
		"email,name\nsecret,secret\n", "secret,secret2\nx,y\n", "secret@b.example,x\n",
		"email,\"secret\nx", "email,secrét\na@b.example,x\n", "email,name\na@b.example,\"secret\n",
	} {
		c := NewCollector(Limits{})
		err := c.AddCSV("f", strings.NewReader(file), Mapping{}, CSVOptions{Confidential: true})
		r := gather(t, c)
		if out := fmt.Sprint(err, r.Rejected, r.Notes, r.RejectedByReason); strings.Contains(out, "secr") {
			t.Errorf("%q shows content: %s", file, out)
		}
		if len(r.Rejected)+len(r.Notes) == 0 && err == nil {
			t.Errorf("%q: nothing reported", file)
		}
	}
}

func TestRowsLimit(t *testing.T) {
	c := NewCollector(Limits{Rows: 2})
	read := func(c *Collector, rows string) error {
		return c.AddCSV("f", strings.NewReader("email\n"+rows), Mapping{}, CSVOptions{})
	}
	err := read(c, "a@b.example\na@b.example\nc@b.example\n")
	if r := gather(t, c); err != nil || r.LimitReached || r.Subscribers[1].Email != "c@b.example" || r.Duplicates != 1 {
		t.Errorf("as many as allowed: %v, %+v", err, r)
	}
	err = read(c, "d@b.example\n")
	if r := gather(t, c); err != nil || !r.LimitReached {
		t.Errorf("one more: %v, %+v", err, r)
	}
	var limit *LimitError
	err = read(c, "e@b.example\nf@b.example\n")
	if r := gather(t, c); !errors.As(err, &limit) || !r.LimitReached || len(r.Subscribers) != 3 || r.RejectedTotal != 1 {
		t.Errorf("far more: %v, %+v", err, r)
	}
}

func TestListsOnlyTheFirstRejected(t *testing.T) {
	r := collect(t, Limits{}, Mapping{}, CSVOptions{}, "email\n"+strings.Repeat("bad\n", 100)+"a@b.example\n")
	if len(r.Rejected) != MaxRejected || r.RejectedTotal != 100 || r.Rejected[0].Excerpt != "bad" {
		t.Errorf("%d of %d, %+v", len(r.Rejected), r.RejectedTotal, r.Rejected[0])
	}
}

type failing struct{ r io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestReadErrorIsAnError(t *testing.T) {
	c := NewCollector(Limits{})
	err := c.AddCSV("f", failing{strings.NewReader("email\na@b.example\n" + strings.Repeat("x", 5000))}, Mapping{}, CSVOptions{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}

// FuzzCSV holds that no file panics, and that what is accepted is clean.
func FuzzCSV(f *testing.F) {
	f.Add("email,name\na@b.example,\"A\nb@b.example,B\n")
	f.Add("\ufeffemail;name;x\r\na@b.example;\"A\";1\r")
	f.Fuzz(func(t *testing.T, file string) {
		c := NewCollector(Limits{Line: 200, Rows: 50})
		_ = c.AddCSV("f", strings.NewReader(file), Mapping{}, CSVOptions{})
		r := gather(t, c)
		for _, s := range r.Subscribers {
			if strings.ContainsAny(s.Email+s.Name, "\r\n\x00") || !strings.Contains(s.Email, "@") {
				t.Fatalf("accepted %+v", s)
			}
		}
		for _, rej := range r.Rejected {
			if rej.Line < 1 || rej.Line > strings.Count(file, "\n")+strings.Count(file, "\r")+1 || strings.ContainsAny(rej.Excerpt, "\r\n") {
				t.Fatalf("rejected %+v", rej)
			}
		}
	})
}
