package share

import (
	"testing"
	"time"
)

const second = time.Second

func TestHeldCountsFromBeforeTheRationWasIssued(t *testing.T) {
	h := &Held{}
	h.Observe(1*second, Ration{})
	h.Observe(4*second, Ration{Seq: 7, Limit: Limit{Connections: 3}})
	g, ok := h.Current(4 * second)
	if !ok || g.Connections != 3 {
		t.Fatalf("got %+v, %v", g, ok)
	}
	if _, ok := h.Current(1*second + Term - 1); !ok {
		t.Error("over too early")
	}
	if _, ok := h.Current(1*second + Term); ok {
		t.Error("still good a term after it can have been issued")
	}
}

func TestHeldDoesNotExtendWhatItSeesAgain(t *testing.T) {
	h := &Held{}
	h.Observe(1*second, Ration{})
	for at := 2 * second; at < 2*Term; at += second {
		h.Observe(at, Ration{Seq: 1, Limit: Limit{Connections: 1}})
	}
	if _, ok := h.Current(1*second + Term); ok {
		t.Error("a grant that nobody renewed is still good")
	}
}

func TestHeldDoesNotUseTheRationThatItFindsFirst(t *testing.T) {
	h := &Held{}
	h.Observe(1*second, Ration{Seq: 5, Limit: Limit{Connections: 1}})
	if _, ok := h.Current(1 * second); ok {
		t.Fatal("used a grant of unknown age")
	}
	h.Observe(2*second, Ration{Seq: 6, Limit: Limit{Connections: 1}})
	if _, ok := h.Current(2 * second); !ok {
		t.Fatal("the next one isn't used")
	}
}

func TestRecallGoesOnWithThePod(t *testing.T) {
	h := &Held{}
	h.Observe(10*second, Ration{Seq: 5})
	data, err := h.Remember("b1")
	if err != nil {
		t.Fatal(err)
	}
	again := Recall(data, "b1", 20*second)
	again.Observe(20*second, Ration{Seq: 6, Limit: Limit{Connections: 2}})
	if g, ok := again.Current(21 * second); !ok || g.Connections != 2 {
		t.Errorf("got %+v, %v", g, ok)
	}
	if _, ok := again.Current(10*second + Term); ok {
		t.Error("it counts from the look of the container before")
	}
	for _, bad := range []string{"", "{", `{"seen":1,"last":99000000000,"boot":"b1"}`} {
		fresh := Recall([]byte(bad), "b1", 20*second)
		fresh.Observe(20*second, Ration{Seq: 1, Limit: Limit{Connections: 1}})
		if _, ok := fresh.Current(20 * second); ok {
			t.Errorf("%q: used a grant of unknown age", bad)
		}
	}
}

func TestUntil(t *testing.T) {
	h := &Held{}
	if until, ever := h.Until(); ever {
		t.Errorf("until %s before there was one", until)
	}
	h.Observe(1*second, Ration{})
	h.Observe(2*second, Ration{Seq: 1})
	if until, ever := h.Until(); !ever || until != 1*second+Term {
		t.Errorf("until %s, %t", until, ever)
	}
	if _, ok := h.Current(1*second + Term); ok {
		t.Error("used when it is over")
	}
}

// What is remembered counts from the last look of before, unless that was on a
// machine that has started again since.
func TestRecall(t *testing.T) {
	for data, used := range map[string]bool{
		`{"seen":5,"last":0,"boot":"b1"}`:           true,
		`{"seen":5,"last":10000000000,"boot":"b1"}`: true,
		`{"seen":5,"last":20000000000,"boot":"b1"}`: true,
		`{"seen":5,"last":20000000001,"boot":"b1"}`: false,
		`{"seen":5,"last":-1,"boot":"b1"}`:          false,
		`{"seen":5,"last":"soon","boot":"b1"}`:      false,
		`{"seen":5,"last":10000000000,"boot":"b0"}`: false, // a boot that was shorter than this one
		`{"seen":5,"last":10000000000}`:             false, // of an older release
	} {
		h := Recall([]byte(data), "b1", 20*second)
		h.Observe(20*second, Ration{Seq: 6})
		if _, ok := h.Current(20 * second); ok != used {
			t.Errorf("%s: used %t", data, ok)
		}
	}
	for _, boot := range []string{"", "b1"} { // nobody knows whether two unknown ones are one
		h := Recall([]byte(`{"seen":5,"last":10000000000}`), boot, 20*second)
		h.Observe(20*second, Ration{Seq: 6})
		if _, ok := h.Current(20 * second); ok {
			t.Errorf("used in boot %q what was remembered in none", boot)
		}
	}
	h := &Held{}
	h.Observe(10*second, Ration{Seq: 5})
	data, _ := h.Remember("b1")
	h = Recall(data, "b1", 20*second)
	h.Observe(20*second, Ration{Seq: 6})
	if until, ever := h.Until(); !ever || until != 10*second+Term {
		t.Errorf("it counts until %s, %t", until, ever)
	}
}
