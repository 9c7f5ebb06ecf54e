package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		arguments []string
		want      []stage
		failure   string
	}{
		{[]string{"a: make a", "b after a: x: y", "c after a, b: z"}, []stage{
			{"a", nil, "make a"}, {"b", []string{"a"}, "x: y"}, {"c", []string{"a", "b"}, "z"},
		}, ""},
		{nil, nil, "at least one stage"},
		{[]string{"make a"}, nil, "NAME: COMMAND"},
		{[]string{"a:"}, nil, "NAME: COMMAND"},
		{[]string{"A b: c"}, nil, "small letters"},
		{[]string{"a: x", "a: y"}, nil, "no other stage"},
		{[]string{"a after a: x"}, nil, `no earlier stage "a"`},
		{[]string{"a after b: x", "b: y"}, nil, `no earlier stage "b"`},
	} {
		got, err := parse(test.arguments)
		if test.failure != "" {
			if err == nil || !strings.Contains(err.Error(), test.failure) {
				t.Errorf("%q: %v, want %q", test.arguments, err, test.failure)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %+v, %v", test.arguments, got, err)
		}
	}
}

// runAll gives the exit code and what was printed, with times as "T".
func runAll(t *testing.T, signals <-chan os.Signal, arguments ...string) (int, string) {
	t.Helper()
	stages, err := parse(arguments)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	code := newRunner(stages, t.TempDir(), &out).run(signals)
	return code, regexp.MustCompile(`\d+m\d\ds`).ReplaceAllString(out.String(), "T")
}

// Both stages wait for the other one's file: they succeed only side by side,
// and what they print is in two pieces all the same.
func TestSideBySide(t *testing.T) {
	dir := t.TempDir()
	meet := func(mine, other string) string {
		return mine + ": for i in 1 2 3; do echo " + mine + "$i; touch " + filepath.Join(dir, mine) +
			"; for n in $(seq 200); do [ -e " + filepath.Join(dir, other) + " ] && break; sleep 0.05; done; done; [ -e " +
			filepath.Join(dir, other) + " ]"
	}
	code, text := runAll(t, nil, meet("a", "b"), meet("b", "a"))
	if code != 0 || !strings.Contains(text, "a1\na2\na3\n") || !strings.Contains(text, "b1\nb2\nb3\n") {
		t.Errorf("exit %d:\n%s", code, text)
	}
}

func TestAfterAndFailure(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "made")
	code, text := runAll(t, nil,
		"make: sleep 0.3; echo made >"+file,
		"use after make: cat "+file,
		"bad: echo reason; exit 3",
		"never after bad: touch "+file+".never",
		"nor after never: touch "+file+".never",
		"other after make: echo goes on")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"==> use: its output\nmade\n==> use: ok, T, processor time T\n",
		"==> bad: its output\nreason\n==> bad: FAILED (exit status 3), T\n",
		"    never: not run\n    nor: not run\n    bad: FAILED",
		"goes on\n",
		"==> bad failed: its output is above",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if _, err := os.Stat(file + ".never"); err == nil {
		t.Error("a stage ran after another one that failed")
	}
}

// The only stage that runs is seen before it ends.
func TestAloneIsFollowed(t *testing.T) {
	stages, err := parse([]string{"a: echo early; for n in $(seq 200); do [ -e $SEEN ] && exit 0; sleep 0.05; done; exit 1"})
	if err != nil {
		t.Fatal(err)
	}
	seen := filepath.Join(t.TempDir(), "seen")
	t.Setenv("SEEN", seen)
	out := writerFunc(func(p []byte) {
		if strings.Contains(string(p), "early\n") {
			_ = os.WriteFile(seen, nil, 0o600)
		}
	})
	if code := newRunner(stages, t.TempDir(), out).run(nil); code != 0 {
		t.Error("the output showed only after the end")
	}
}

type writerFunc func([]byte)

func (w writerFunc) Write(p []byte) (int, error) { w(p); return len(p), nil }

var _ io.Writer = writerFunc(nil)

// An interrupt reaches the children of a stage, the stage cleans up, and what
// waited for it isn't started.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	started, cleaned := filepath.Join(dir, "started"), filepath.Join(dir, "cleaned")
	signals := make(chan os.Signal, 1)
	go func() {
		for range 200 {
			if _, err := os.Stat(started); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		signals <- os.Interrupt
	}()
	begun := time.Now()
	code, text := runAll(t, signals,
		"long: trap 'touch "+cleaned+"; exit 1' INT; touch "+started+"; sleep 60",
		"next after long: touch "+started+".next")
	if _, err := os.Stat(cleaned); err != nil || code != 130 || time.Since(begun) > 20*time.Second {
		t.Errorf("exit %d after %s, cleaned: %v\n%s", code, time.Since(begun), err, text)
	}
	if _, err := os.Stat(started + ".next"); err == nil || !strings.Contains(text, "next: not run") {
		t.Errorf("a stage was started after the interrupt:\n%s", text)
	}
}

// The second interrupt ends what doesn't heed the first.
func TestInterruptedTwice(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	signals := make(chan os.Signal, 2)
	go func() {
		for range 200 {
			if _, err := os.Stat(started); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		signals <- os.Interrupt
		signals <- os.Interrupt
	}()
	begun := time.Now()
	code, text := runAll(t, signals, "deaf: trap '' INT; touch "+started+"; sleep 60; sleep 60")
	if code != 130 || time.Since(begun) > 20*time.Second {
		t.Errorf("exit %d after %s\n%s", code, time.Since(begun), text)
	}
}
