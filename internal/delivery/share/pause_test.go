package share

import (
	"testing"
	"time"
)

func TestPauseEndsOnTime(t *testing.T) {
	b := Book{}
	if _, paused := b.Pausing(epoch); paused {
		t.Error("paused by nothing")
	}
	b.Quota("enough for today", epoch)
	if b.Pause.Message != "enough for today" {
		t.Errorf("message %q", b.Pause.Message)
	}
	end := epoch.Add(firstPause)
	if until, paused := b.Pausing(end.Add(-1)); !paused || !until.Equal(end) {
		t.Errorf("paused %t until %s", paused, until)
	}
	if _, paused := b.Pausing(end); paused {
		t.Error("paused when it is over")
	}
	for after, want := range map[time.Duration]bool{lastPause - 1: false, lastPause: true} {
		if got := b.Pause.Forgotten(end.Add(after)); got != want {
			t.Errorf("forgotten %s after it: %t", after, got)
		}
	}
}
