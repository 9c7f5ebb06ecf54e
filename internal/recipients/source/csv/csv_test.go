package csv

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
)

// host has a ConfigMap plain and a Secret secret.
type host struct {
	source.Host
	data map[string][]byte
}

func (h host) ConfigMap(_ context.Context, name string) (map[string][]byte, string, error) {
	if name != "plain" {
		return nil, "", source.Say(source.Missing, "There is none.")
	}
	return h.data, "1", nil
}

func (h host) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	if name != "secret" || use != crier.UseRoster {
		return nil, "", source.Say(source.Unlabeled, "Not that.")
	}
	return h.data, "1", nil
}

// sink remembers what it was given.
type sink struct {
	source.Sink
	got  []string
	fail error
}

func (s *sink) CSV(name string, data io.Reader, m roster.Mapping, o roster.CSVOptions) error {
	text, err := io.ReadAll(data)
	if err != nil {
		return err
	}
	if o.Confidential {
		name += " (confidential)"
	}
	s.got = append(s.got, name+" "+m.Email+" "+string(o.Delimiter)+" "+string(text))
	return s.fail
}

func TestReadsInOrder(t *testing.T) {
	spec := crier.CSVSource{
		From: []crier.CSVObject{
			{ConfigMap: &crier.CSVKeys{Name: "plain"}},
			{Secret: &crier.CSVKeys{Name: "secret", Keys: []string{"b", "a"}}},
		},
		Columns: crier.CSVColumns{Email: "mail"}, Delimiter: ";",
	}
	out := &sink{}
	h := host{data: map[string][]byte{"a": []byte("A"), "b": []byte("B")}}
	if _, err := New(spec).Read(t.Context(), h, "", out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ConfigMap/plain/a mail ; A", "ConfigMap/plain/b mail ; B",
		"Secret/secret/b (confidential) mail ; B", "Secret/secret/a (confidential) mail ; A",
	}
	if !slices.Equal(out.got, want) {
		t.Errorf("got %q", out.got)
	}
	if uses := New(spec).Uses(); !slices.Equal(uses, []source.Object{{Kind: "ConfigMap", Name: "plain"}, {Kind: "Secret", Name: "secret"}}) {
		t.Errorf("uses %v", uses)
	}
}

func TestProblems(t *testing.T) {
	plain := crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: "plain"}}
	for name, c := range map[string]struct {
		from crier.CSVObject
		data string
		fail error
		kind source.Kind
		says string
	}{
		"no object":  {from: crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: "other"}}, kind: source.Missing, says: "none"},
		"no key":     {from: crier.CSVObject{ConfigMap: &crier.CSVKeys{Name: "plain", Keys: []string{"z"}}}, kind: source.Missing, says: "ConfigMap plain has no key z."},
		"no label":   {from: crier.CSVObject{Secret: &crier.CSVKeys{Name: "other"}}, kind: source.Unlabeled, says: "Not that"},
		"damaged":    {from: plain, data: "\x1f\x8bx", kind: source.Unreadable, says: "can't be unpacked"},
		"unreadable": {from: plain, fail: errors.New("a@example.gov"), kind: source.Unreadable, says: "check the delimiter"},
	} {
		_, err := New(crier.CSVSource{From: []crier.CSVObject{c.from}}).Read(t.Context(), host{data: map[string][]byte{"a": []byte(c.data)}}, "", &sink{fail: c.fail})
		var p *source.Problem
		if !errors.As(err, &p) || p.Kind != c.kind || !strings.Contains(p.Message, c.says) || strings.Contains(p.Message, "@") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var limit *roster.LimitError
	_, err := New(crier.CSVSource{From: []crier.CSVObject{plain}}).Read(t.Context(), host{data: map[string][]byte{"a": nil}}, "", &sink{fail: &roster.LimitError{}})
	if !errors.As(err, &limit) {
		t.Errorf("the limit of a set: %v", err)
	}
}
