package roster

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func collectJSON(t *testing.T, text string, m Mapping, o CSVOptions) (Result, []Subscriber) {
	t.Helper()
	c := NewCollector(Limits{Line: 4096})
	var bad *FileError
	if err := c.AddJSONLines("f", strings.NewReader(text), m, o); err != nil && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	r, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.Rows()
	if err != nil {
		t.Fatal(err)
	}
	rows = Subscribers(rows)
	var out []Subscriber
	for {
		row, err := rows.Next()
		if err != nil {
			return r, out
		}
		s, err := row.Subscriber()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
}

func TestJSONLines(t *testing.T) {
	for _, c := range []struct {
		name, line string
		m          Mapping
		want       map[string]string // nil: rejected
		reason     string
	}{
		{"scalars", `{"email":"a@b.example","n":12,"x":1.50,"yes":true,"no":false,"none":null,"Cost center":"7"}`, Mapping{},
			map[string]string{"n": "12", "x": "1.50", "yes": "true", "no": "false", "Cost_center": "7"}, ""},
		{"list", `{"email":"a@b.example","tags":["a"," ","b",3]}`, Mapping{}, map[string]string{"tags": "a; b; 3"}, ""},
		{"empty list", `{"email":"a@b.example","tags":[]}`, Mapping{}, map[string]string{}, ""},
		{"mapped", `{"Mail":"a@b.example","o":{"x":1},"Org":"tax","org2":"x"}`, Mapping{Email: "mail", Attributes: map[string]string{"agency": "org"}},
			map[string]string{"agency": "tax"}, ""},
		{"unnameable member", `{"email":"a@b.example","§":"x","ok":"y"}`, Mapping{}, map[string]string{"ok": "y"}, ""},
		{"nested", `{"email":"a@b.example","o":{"x":1}}`, Mapping{}, nil, "Attribute o is an object"},
		{"nested list", `{"email":"a@b.example","o":[[1]]}`, Mapping{}, nil, "Attribute o is an object or a list"},
		{"semicolon", `{"email":"a@b.example","o":["a;b"]}`, Mapping{}, nil, "semicolon"},
		{"no email", `{"mail":"a@b.example"}`, Mapping{}, nil, "The object has no member email."},
		{"email is a number", `{"email":5}`, Mapping{}, nil, "not a text"},
		{"name is a number", `{"email":"a@b.example","name":5}`, Mapping{}, nil, "not a text"},
		{"twice", `{"email":"a@b.example","email":"c@b.example"}`, Mapping{}, nil, "twice"},
		{"alike", `{"email":"a@b.example","a b":"1","a_b":"2"}`, Mapping{}, nil, "same attribute"},
		{"cut", `{"email":"a@b.example"`, Mapping{}, nil, noObject},
		{"two", `{"email":"a@b.example"}{"email":"c@b.example"}`, Mapping{}, nil, noObject},
		{"text", `"a@b.example"`, Mapping{}, nil, noObject},
		{"csv", `a@b.example,Ann`, Mapping{}, nil, noObject},
		{"long", `{"email":"a@b.example","x":"` + strings.Repeat("x", 5000) + `"}`, Mapping{}, nil, "longer than 4096"},
		{"not an address", `{"email":"nobody"}`, Mapping{}, nil, "not valid"},
	} {
		r, people := collectJSON(t, "\xef\xbb\xbf\n"+c.line+"\r\n", c.m, CSVOptions{Confidential: true})
		if c.want == nil {
			if len(people) != 0 || r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason, c.reason) || r.Rejected[0].Excerpt != "" {
				t.Errorf("%s: %+v, %+v", c.name, people, r)
			}
			continue
		}
		if len(people) != 1 || r.RejectedTotal != 0 || people[0].Email != "a@b.example" || !maps.Equal(people[0].Attributes, c.want) {
			t.Errorf("%s: %+v, %+v", c.name, people, r)
		}
	}
}

func TestJSONLinesReportsLines(t *testing.T) {
	r, people := collectJSON(t, "{\"email\":\"a@b.example\",\"§\":1}\n\n{\"email\":\"c@b.example\",\"§\":1}\nx\n", Mapping{}, CSVOptions{})
	if len(people) != 2 || len(r.Notes) != 1 || r.Notes[0].Line != 1 {
		t.Errorf("%+v, %+v", people, r.Notes)
	}
	if row := r.Rejected[0]; row.Line != 4 || row.Excerpt != "x" {
		t.Errorf("%+v", row)
	}
}

func TestJSONFilesThatCannotBeUsed(t *testing.T) {
	for text, reason := range map[string]string{
		"":                                 "The file is empty;",
		`[{"email":"a@b.example"}]`:        "JSON array",
		"e\x00m\x00\n\x00":                 "not UTF-8",
		"{\"mail\":\"a\"}\n{\"mail\":1}\n": "None of the 2 rows of the file can be used. The object has no member email.",
	} {
		var bad *FileError
		err := NewCollector(Limits{}).AddJSONLines("f", strings.NewReader(text), Mapping{}, CSVOptions{})
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := NewCollector(Limits{}).AddJSONLines("f", strings.NewReader("\n"), Mapping{}, CSVOptions{}); err != nil {
		t.Errorf("a file of a blank line has no subscribers: %v", err)
	}
}

func FuzzJSONLines(f *testing.F) {
	f.Add([]byte(`{"email":"a@b.example","name":"Ann","x":[1,"b"],"y":null}` + "\n" + `{"email":"b@b.example"}`))
	f.Add([]byte("[1]\n{}\n{\"email\":{}}\n\xff\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := NewCollector(Limits{Rows: 100, Line: 300})
		err := c.AddJSONLines("f", strings.NewReader(string(text)), Mapping{}, CSVOptions{Confidential: true})
		var limit *LimitError
		var bad *FileError
		if err != nil && !errors.As(err, &limit) && !errors.As(err, &bad) {
			t.Fatal(err)
		}
		r, err := c.Result()
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1; r.Subscribers+r.RejectedTotal+r.Duplicates > lines+1 {
			t.Fatalf("%+v of %d lines", r, lines)
		}
		for _, rejected := range r.Rejected {
			if rejected.Excerpt != "" {
				t.Fatalf("%+v", rejected)
			}
		}
	})
}
