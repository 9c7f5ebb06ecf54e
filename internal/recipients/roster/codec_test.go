package roster

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func many(n int) []Subscriber {
	rnd := rand.New(rand.NewPCG(1, 2))
	subs := make([]Subscriber, n)
	for i := range subs {
		subs[i] = Subscriber{
			Email:      fmt.Sprintf("person%06d@b.example", i),
			Name:       fmt.Sprintf("Jörg <&> %x", rnd.Uint64()),
			Attributes: map[string]string{"agency": fmt.Sprint(i % 7), "z": fmt.Sprintf("%x", rnd.Uint64())},
		}
	}
	return subs
}

func TestEncodeRoundTrip(t *testing.T) {
	subs := many(5000)
	for _, limit := range []int{400, 2000, 30000, 1 << 20} {
		parts, digest, err := Encode(subs, limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []Subscriber
		for _, p := range parts {
			if len(p) > limit {
				t.Errorf("part of %d octets, limit %d", len(p), limit)
			}
			some, err := DecodeAll(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, some...)
		}
		if !reflect.DeepEqual(got, subs) {
			t.Errorf("limit %d: not what was put in (%d of %d)", limit, len(got), len(subs))
		}
		shuffled := slices.Clone(subs)
		slices.Reverse(shuffled)
		again, digest2, err := Encode(shuffled, limit)
		if err != nil || digest != digest2 || !reflect.DeepEqual(parts, again) {
			t.Errorf("limit %d: order changes the result (%v)", limit, err)
		}
		// Parts that are mostly empty would be many objects for nothing.
		total := 0
		for _, p := range parts {
			total += len(p)
		}
		if limit >= 30000 && len(parts) > total*10/9/limit+1 {
			t.Errorf("limit %d: %d parts for %d octets", limit, len(parts), total)
		}
	}
}

func TestEncodeEdges(t *testing.T) {
	parts, digest, err := Encode(nil, 100)
	if err != nil || len(parts) != 0 || len(digest) != len("sha256:")+64 {
		t.Errorf("nobody: %v %q %v", parts, digest, err)
	}
	if _, _, err := Encode(many(1), 50); err == nil {
		t.Error("a subscriber larger than a part is no error")
	}
	subs := many(2)
	if _, other, _ := Encode(subs[:1], 1000); other == digest {
		t.Error("digest doesn't depend on content")
	}
}

func TestDecodeDamaged(t *testing.T) {
	parts, _, err := Encode(many(100), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeAll(parts[0][:len(parts[0])/2]); err == nil {
		t.Error("half a part is no error")
	}
	if _, err := DecodeAll(pack("{\"email\":\"secret@b.example\",}\n")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("damaged line: %v", err)
	}
	stop := errors.New("stop")
	if err := Decode(bytes.NewReader(parts[0]), func(Subscriber) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of yield: %v", err)
	}
}

func pack(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	for _, data := range [][]byte{[]byte("email\n"), pack("email\n")} {
		out, err := Unpack("k", data, 6)
		if err != nil || string(out) != "email\n" {
			t.Errorf("%q, %v", out, err)
		}
		if _, err := Unpack("k", data, 5); err == nil || !strings.Contains(err.Error(), "larger than 5 octets") {
			t.Errorf("over the limit: %v", err)
		}
	}
	if _, err := Unpack("k", pack("email\n")[:15], 100); err == nil {
		t.Error("cut gzip is no error")
	}
	bomb := pack(strings.Repeat("\x00", 64<<20))
	if n := testing.AllocsPerRun(1, func() { _, _ = Unpack("bomb", bomb, 1000) }); n > 200 {
		t.Errorf("%v allocations for a bomb of %d octets", n, len(bomb))
	}
}

func TestAddSubscriber(t *testing.T) {
	c := NewCollector(Limits{})
	c.AddSubscriber("spec", 1, Subscriber{Email: " A@B.example ", Name: " Ann ", Attributes: map[string]string{"agency": " x ", "none": " "}})
	c.AddSubscriber("spec", 2, Subscriber{Email: "b@b.example", Attributes: map[string]string{"not-an-identifier": "x"}})
	c.AddSubscriber("spec", 3, Subscriber{Email: "c@b.example", Attributes: map[string]string{strings.Repeat("a", 65): "x"}})
	r := gather(t, c)
	want := Subscriber{Email: "A@b.example", Name: "Ann", Attributes: map[string]string{"agency": "x"}}
	if len(r.Subscribers) != 1 || !reflect.DeepEqual(r.Subscribers[0], want) {
		t.Errorf("%+v", r.Subscribers)
	}
	if len(r.Rejected) != 2 || r.Rejected[0].Line != 2 || r.Rejected[1].Line != 3 {
		t.Errorf("%+v", r.Rejected)
	}
}
