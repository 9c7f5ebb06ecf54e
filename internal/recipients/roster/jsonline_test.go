package roster

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func standard(t testing.TB, s Subscriber) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzLine holds that lines are written and read as encoding/json does.
func FuzzLine(f *testing.F) {
	f.Add("a@b.example", "Ann", "agency", "x", "", 0)
	f.Add("a@b.example", "", "", "", `{"email":"a","list":07}`, 7)
	f.Add("a@b.example", "Ann", "agency", "x", `{"email":"a","list":12345678901234567890}`, -1)
	f.Add("a@b.example", "", "agency", "x", `{"email":"a","list":"1"}`, 1234567890)
	f.Add("", "", "", "", `{"email":"a","list":1.5}`, 999999999)
	f.Add("", "", "", "", `{"email":"a","list":}`, 10)
	f.Add(`"a b"@b.example`, "J\u00f6rg <&> \\ \t", "k\u2028", "v\x00", `{"email":"a","attributes":{"a":"b",}}`, 1)
	f.Add("a", "\xff", "", "", "{\"email\":\"a\x01\"}", 2)
	f.Fuzz(func(t *testing.T, email, name, attribute, value, line string, list int) {
		s := Subscriber{Email: email, Name: name, List: list}
		if attribute != "" {
			s.Attributes = map[string]string{attribute: value, "other": "x"}
		}
		want := standard(t, s)
		got, err := appendLine(nil, s)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
		for _, text := range [][]byte{want, []byte(line)} {
			var plain Subscriber
			read, err := parseLine(text)
			wrong := json.Unmarshal(text, &plain)
			if (err != nil) != (wrong != nil) || err == nil && !reflect.DeepEqual(read, plain) {
				t.Fatalf("%q: %+v, %v; want %+v, %v", text, read, err, plain, wrong)
			}
		}
	})
}

func TestTooLargeASubscriber(t *testing.T) {
	s := Subscriber{Email: "a@b.example", Name: string(bytes.Repeat([]byte("x"), maxRecord))}
	if _, err := appendLine(nil, s); err == nil {
		t.Error("no error")
	}
}
