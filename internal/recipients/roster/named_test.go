package roster

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// people are those who can be written to, and those who are only named.
func people(t *testing.T, rows Rows) (subscribers, named string) {
	t.Helper()
	var is, only []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(is, " "), strings.Join(only, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = row.Subscriber()
		if row.Named() != (err != nil) {
			t.Fatalf("%q as a subscriber: %v", row.Line, err)
		}
		if row.Named() {
			only = append(only, string(row.Key))
		} else {
			is = append(is, string(row.Key))
		}
	}
}

// A row that can't be used still names somebody, who must be left out where the
// set says who is left out.
func TestRejectedRowsNameTheirPeople(t *testing.T) {
	for _, c := range []struct{ name, file, named string }{
		{"wrong type", "email,grade\nn@x.example,12a\n", "n@x.example"},
		{"too many fields", "email,name\nn@x.example,Lee, Ann\n", "n@x.example"},
		{"too many fields before it", "name,email\nLee, Ann,n@x.example\n", "n@x.example"},
		{"others in the row don't count", "name,email,boss\nLee, Ann,n@x.example,b@x.example\n", "n@x.example"},
		{"a note behind it", "email,name,note\nn@x.example,Ann,call, or write b@x.example\n", "n@x.example"},
		{"bare quotation mark", "email,name\nn@x.example,Ann \"A\" Lee\n", "n@x.example"},
		{"open quotation mark", "email,name\nn@x.example,\"Ann\nm@x.example,Bo\n", "n@x.example"},
		{"bad name", "email,name\nn@x.example,A\x1bnn\n", "n@x.example"},
		{"several addresses", "email\nn@x.example; o@x.example\n", "n@x.example o@x.example"},
		{"in the wrong column", "email,name\n,n@x.example\n", "n@x.example"},
		{"Latin-1", "email,name\nn\xfc@x.example,A\n", "nü@x.example"},
		{"space in it", "email,name\nn @x.example,A\n", "n@x.example"},
		{"hidden character in it", "email,name\nn\u200bo@x.example,A\n", "no@x.example"},
		{"long line", "email,name\nn@x.example," + strings.Repeat("x", 300) + "\n", "n@x.example"},
		{"behind a long cell", "name,email\n" + strings.Repeat("x", 300) + ",n@x.example,y\n", "n@x.example"},
		{"where a long line is cut", "name,email\n" + strings.Repeat("x", 194) + ",n@x.example\n", "n@x.example"},
		{"not an address", "email,name\nn@localhost,A\n", ""},
		{"taken in a later row", "email,grade\nn@x.example,12a\nN@x.example,12\n", ""},
		{"hidden in a note", "email,name,note\na@x.example,Ann,\"see\nn@x.example\nthere\"\n", "n@x.example"},
	} {
		collector := NewCollector(Limits{Line: 200})
		collector.Expect(map[string]Checker{"grade": digits{}})
		var bad *FileError
		if err := collector.AddCSV("f", strings.NewReader(c.file), Mapping{}, CSVOptions{}); err != nil && !errors.As(err, &bad) {
			t.Fatalf("%s: %v", c.name, err)
		}
		r, err := collector.Result()
		rows, failed := collector.Rows()
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		_, named := people(t, rows)
		want := strings.Fields(c.named)
		if len(want) == 2 && want[0] > want[1] {
			want[0], want[1] = want[1], want[0]
		}
		if named != strings.Join(want, " ") || r.Named != len(want) {
			t.Errorf("%s: named %q (%d), want %q; %+v", c.name, named, r.Named, c.named, r.Rejected)
		}
	}
}

func TestJSONRowsNameTheirPeople(t *testing.T) {
	for line, want := range map[string]string{
		`{"email":"n@x.example","o":{"x":1},"boss":"b@x.example"}`: "n@x.example",
		`{"o":{"x":1},"email":"n@x.example"}`:                      "n@x.example",
		`{"email":"n@x.example","email":"o@x.example"}`:            "n@x.example o@x.example",
		`{"email":"n@x.example"`:                                   "n@x.example",
		`{"mail":"n@x.example"}`:                                   "n@x.example",
		`{"email":["smtp:o@x.example","SMTP:p@x.example"]}`:        "o@x.example",
		`{"email":5}`: "",
	} {
		c := NewCollector(Limits{})
		if err := c.AddJSONLines("f", strings.NewReader(line+"\n{\"email\":\"m@x.example\"}\n"), Mapping{}, CSVOptions{}); err != nil {
			t.Fatal(err)
		}
		rows, err := c.Rows()
		if err != nil {
			t.Fatal(err)
		}
		if _, named := people(t, rows); named != want {
			t.Errorf("%s: named %q, want %q", line, named, want)
		}
	}
}

// Who is named stays so through storage and unions, and is never compared or
// counted as a subscriber.
func TestNamedAreStored(t *testing.T) {
	c := NewCollector(Limits{})
	c.AddSubscriber("f", 1, Subscriber{Email: "B@x.example"}, "smtp:alias@x.example", "b@x.example")
	c.AddSubscriber("f", 2, Subscriber{Email: "quoted\"@x.example, n@x.example", Name: "N"})
	c.AddSubscriber("f", 3, Subscriber{Email: "münch@bücher.example", Name: "a\nb"})
	r, err := c.Result()
	if err != nil || r.Subscribers != 1 || r.Named != 3 || r.Duplicates != 0 || r.RejectedTotal != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	rows, _ := c.Rows()
	var parts [][]byte
	digest, _, err := EncodeRows(rows, 1000, func(part []byte) error { parts = append(parts, part); return nil })
	if err != nil || digest != r.Digest {
		t.Fatalf("%s, %v, want %s", digest, err, r.Digest)
	}
	union := NewCollector(Limits{})
	next := 0
	stored := NewReader(digest, func() ([]byte, error) {
		if next++; next > len(parts) {
			return nil, io.EOF
		}
		return parts[next-1], nil
	})
	if err := union.AddSorted("union", stored); err != nil {
		t.Fatal(err)
	}
	united, _ := union.Rows()
	if is, named := people(t, united); is != "b@x.example" || named != "alias@x.example münch@xn--bcher-kva.example n@x.example" {
		t.Errorf("the union has %q and names %q", is, named)
	}
	before, _ := Of(nil)
	after, _ := c.Rows()
	if d, err := Compare(before, after); err != nil || d.Added != 1 || d.After != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestNamedAreBounded(t *testing.T) {
	c := NewCollector(Limits{Rows: 2})
	_ = c.AddCSV("f", strings.NewReader("email,name\na@x.example,\x01\nb@x.example,\x01\nc@x.example,\x01\n"), Mapping{}, CSVOptions{})
	if r, err := c.Result(); err != nil || !r.LimitReached {
		t.Errorf("%+v, %v", r, err)
	}
}
