package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLifeOfAProcess(t *testing.T) {
	folder := t.TempDir()
	manager, log := Manager{Folder: folder}, filepath.Join(folder, "sleeper.log")
	start := func() {
		t.Helper()
		if err := manager.Start("sleeper", log, []string{"/bin/sh", "-c", "echo $WORD; exec sleep 60"}, []string{"WORD=hello"}); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want State) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); manager.State("sleeper") != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the state is %s, want %s", manager.State("sleeper"), want)
			}
		}
	}
	expect(Stopped)
	start()
	t.Cleanup(func() { _ = manager.Stop("sleeper", 0) })
	expect(Running)
	for end := time.Now().Add(5 * time.Second); !strings.Contains(Tail(log, 1), "hello"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log ends with %q, want the word of the environment", Tail(log, 1))
		}
	}
	first := manager.PID("sleeper")
	start()
	if manager.PID("sleeper") != first {
		t.Error("a second start replaced the running process")
	}
	if err := manager.Freeze("sleeper"); err != nil {
		t.Fatal(err)
	}
	expect(Frozen)
	if err := manager.Thaw("sleeper"); err != nil {
		t.Fatal(err)
	}
	expect(Running)
	if err := manager.Stop("sleeper", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	expect(Stopped)
	if err := manager.Freeze("sleeper"); err == nil {
		t.Error("a stopped process froze")
	}
}

func TestAnotherProcessWithTheSameNumber(t *testing.T) {
	manager := Manager{Folder: t.TempDir()}
	text := fmt.Sprintf("%d 1\n", os.Getpid())
	if err := os.WriteFile(manager.file("x"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if pid := manager.PID("x"); pid != 0 {
		t.Errorf("process %d is taken for the component", pid)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("one\ntwo\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Tail(path, 2); got != "two\nthree" {
		t.Errorf("got %q", got)
	}
	if got := Tail(path+".none", 2); !strings.Contains(got, "no log") {
		t.Errorf("a missing log gave %q", got)
	}
}

func TestStatOfThisProcess(t *testing.T) {
	if state := stat(os.Getpid(), 0); state != "R" && state != "S" {
		t.Errorf("this process is in state %q", state)
	}
	if threads := stat(os.Getpid(), 17); threads == "" || threads == "0" {
		t.Errorf("this process has %q threads", threads)
	}
	if got := stat(-1, 0); got != "" {
		t.Errorf("no process is in state %q", got)
	}
}
