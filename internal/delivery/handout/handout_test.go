package handout

import (
	"errors"
	"testing"
)

// A sender reads what the manager of its own release wrote, and of the one
// before; what a later one means it doesn't guess.
func TestFormats(t *testing.T) {
	data, err := Relay{Allowed: true, Host: "mail.example.gov", Version: "v"}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		string(data): nil,
		`{"allowed":true,"host":"mail.example.gov","version":"v"}`:                       nil,
		`{"format":1,"allowed":true,"host":"mail.example.gov","version":"v","later":{}}`: nil,
		`{"format":2,"allowed":true,"host":"mail.example.gov","version":"v"}`:            ErrNewer,
	} {
		c, err := Decode([]byte(text))
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
		if c.Allowed != (want == nil) || want == nil && c.Host != "mail.example.gov" {
			t.Errorf("%s: %+v", text, c)
		}
	}
}
