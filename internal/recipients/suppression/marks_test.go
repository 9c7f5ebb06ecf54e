package suppression

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
)

func reread(t *testing.T, m *Marks) *Marks {
	t.Helper()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeMarks(data)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMarks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		m := &Marks{Version: "v", Shards: map[int32]Marked{}}
		for range random.IntN(4) {
			marked := make(Marked, 1+random.IntN(50))
			for i := range marked {
				marked[i] = byte(random.IntN(random.IntN(6) + 1))
			}
			m.Shards[random.Int32N(9)] = marked
		}
		if got := reread(t, m); !reflect.DeepEqual(got, m) {
			t.Fatalf("got %+v, want %+v", got, m)
		}
	}
}

func TestSuppressed(t *testing.T) {
	m := &Marks{Shards: map[int32]Marked{3: {0, 1, 5}}}
	for at, want := range map[int]crier.SuppressionReason{-1: "", 0: "", 1: crier.SuppressedLegal, 2: crier.SuppressedManual, 3: ""} {
		if got, suppressed := m.Suppressed(3, at); got != want || suppressed != (want != "") {
			t.Errorf("%d: %q, %t", at, got, suppressed)
		}
	}
	if _, suppressed := m.Suppressed(4, 1); suppressed {
		t.Error("a shard of nobody")
	}
	if _, suppressed := (*Marks)(nil).Suppressed(3, 1); suppressed {
		t.Error("no marks")
	}
}

func TestMarksThatDontFit(t *testing.T) {
	noise := make([]byte, MaxMarks)
	for random, i := rand.New(rand.NewPCG(1, 2)), 0; i < len(noise); i++ {
		noise[i] = byte(random.Uint32())
	}
	m := &Marks{Version: base64.StdEncoding.EncodeToString(noise)}
	if _, err := m.Encode(); !errors.Is(err, ErrTooManyMarks) {
		t.Errorf("got %v", err)
	}
}

// A million recipients, all of them suppressed for whatever reason, fit.
func TestMarksOfAMillion(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	m := &Marks{Shards: map[int32]Marked{}}
	for i := range int32(500) {
		marked := make(Marked, 2000)
		for at := range marked {
			marked[at] = byte(random.IntN(6))
		}
		m.Shards[i] = marked
	}
	if data, err := m.Encode(); err != nil {
		t.Errorf("%d octets: %v", len(data), err)
	}
}

func FuzzMarks(f *testing.F) {
	for _, text := range []string{"", ".", "u3", ".2000", "l.99999999999", "9", "x", ".0", "u-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		numbers, err := parseRuns(text)
		if err != nil {
			return
		}
		if len(numbers) > maxMarked {
			t.Fatalf("%d recipients", len(numbers))
		}
		again, err := parseRuns(runs(numbers))
		if err != nil || !bytes.Equal(again, numbers) {
			t.Fatalf("%q: %v, %v", text, again, err)
		}
	})
}

func TestDamagedMarks(t *testing.T) {
	for _, data := range []string{"", "x", "{}"} {
		if _, err := DecodeMarks([]byte(data)); err == nil {
			t.Errorf("%q was read", data)
		}
	}
}
