package message

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"crier.dev/crier/internal/recipients/roster"
)

func TestMessageIDFollowsThePersonNotThePlace(t *testing.T) {
	f := plainFrozen()
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	first := compose(t, f, jo())
	moved, err := c.Compose(nil, roster.Subscriber{Email: "jo@example.COM", Name: "Other"}, 9, 9, testDate.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if moved.MessageID != first.MessageID || moved.EnvelopeID != first.EnvelopeID {
		t.Error("the Message-ID depends on more than run, generation and address")
	}
	f.Generation = 1
	again := compose(t, f, jo())
	f.Generation, f.Key = 0, bytes.Repeat([]byte{8}, KeySize)
	otherRun := compose(t, f, jo())
	other := compose(t, plainFrozen(), roster.Subscriber{Email: "jo2@example.com"})
	seen := map[string]bool{first.MessageID: true}
	for _, m := range []Message{again, otherRun, other} {
		if seen[m.MessageID] {
			t.Errorf("Message-ID %s twice", m.MessageID)
		}
		seen[m.MessageID] = true
	}
	if id, domain, _ := strings.Cut(first.MessageID, "@"); len(id) != 32 || domain != "lists.example.gov" || strings.Contains(first.MessageID, "jo") && strings.Contains(id, "example") {
		t.Errorf("Message-ID %s", first.MessageID)
	}
}

func TestEnvelopeSender(t *testing.T) {
	f := plainFrozen()
	f.BounceMode, f.BounceTag = BounceFixed, strings.Repeat("t", MaxBounceLocal)
	if m := compose(t, f, jo()); m.EnvelopeFrom != f.BounceTag+"@bounces.example.gov" || m.EnvelopeTo != "Jo@example.com" {
		t.Errorf("%s, %s", m.EnvelopeFrom, m.EnvelopeTo)
	}
	f.BounceMode, f.BounceTag, f.Generation = BounceVERP, strings.Repeat("t", MaxVERPTag), maxGeneration
	c, err := NewComposer(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, place := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {128, 16384}, {maxShard, maxIndex}} {
		m, err := c.Compose(nil, jo(), place[0], place[1], testDate)
		if err != nil {
			t.Fatal(err)
		}
		local, _, _ := strings.Cut(m.EnvelopeFrom, "@")
		if len(local) > MaxBounceLocal || seen[local] {
			t.Errorf("local part %s of %d octets", local, len(local))
		}
		seen[local] = true
		_, token, _ := strings.Cut(local, "+")
		shard, index, generation, ok := OpenBounce(f.Key, strings.ToUpper(token))
		if !ok || shard != place[0] || index != place[1] || generation != maxGeneration {
			t.Errorf("token opens to %d %d %d %v, want %v", shard, index, generation, ok, place)
		}
		if _, _, _, ok := OpenBounce(bytes.Repeat([]byte{1}, KeySize), token); ok {
			t.Error("another run's key opens the token")
		}
	}
}

func TestOpenBounceRefuses(t *testing.T) {
	key := bytes.Repeat([]byte{7}, KeySize)
	good := sealBounce(hmac.New(sha256.New, key), 1, 2, 3)
	flipped := "b" + good[1:]
	if good[0] == 'b' {
		flipped = "c" + good[1:]
	}
	for _, text := range []string{"", "a", "not base32!", good[:len(good)-2], good + "aa", flipped} {
		if _, _, _, ok := OpenBounce(key, text); ok {
			t.Errorf("%q opens", text)
		}
	}
}
