package sender

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/testing/smtptest"
)

// A node that loses power, or panics, and is back before anybody gives it up
// starts the same pod again, on the same disk: without what was not on it yet.
// Whoever may have got the message is unknown then, and nobody gets it twice.
func TestMachineIsStartedAgain(t *testing.T) {
	for name, lose := range map[string]func(journal string) error{
		"the file never reached the disk":     os.Remove,
		"delayed allocation left it empty":    func(journal string) error { return os.Truncate(journal, 0) },
		"only its beginning was written back": func(journal string) error { return os.Truncate(journal, 400) },
		"all of it was written back":          func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newRealFixture(t, 1, 100, slow(10*time.Millisecond))
			f.options.Boot = "before"
			f.options.Timing.Renew = 5 * time.Second // what the journal knows isn't written before
			url := f.store.serve(t)
			pod := f.process(url)
			f.until("some are sent", func() bool { return f.sent() >= 30 })
			if err := pod.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = pod.Wait() // it was killed
			open, err := ledger.Open(new(f.state(0)))
			if err != nil || len(open) == 0 {
				t.Fatalf("%v is open, %v", open, err)
			}
			if err := lose(filepath.Join(f.options.Journal, journalName(shard0))); err != nil {
				t.Fatal(err)
			}
			f.options.Boot = "after"
			if err := f.process(url).Wait(); err != nil {
				t.Fatalf("%v\n%s", err, f.log.text.String())
			}
			f.truth()
			f.noJournals()
			if all := f.totals(); all.Unknown > int64(len(open)) || all.Unknown == 0 || all.Accepted+all.Unknown != 100 {
				t.Errorf("%d were open; %+v", len(open), all)
			}
		})
	}
}

// A machine that doesn't say when it was started may have been started again at
// any time: its pods send, and know less after a crash.
func TestMachineWithoutABootID(t *testing.T) {
	t.Parallel()
	f := newRealFixture(t, 1, 100, slow(10*time.Millisecond))
	f.options.Boot = UnknownBoot
	url := f.store.serve(t)
	pod := f.process(url)
	f.until("some are sent", func() bool { return f.sent() >= 30 })
	if err := pod.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = pod.Wait() // it was killed
	if err := f.process(url).Wait(); err != nil {
		t.Fatal(err)
	}
	f.truth()
	if all := f.totals(); all.Unknown > ledger.MaxBatch || all.Accepted+all.Unknown != 100 {
		t.Errorf("%+v", all)
	}
}

// Every Linux says when it was started, and always the same.
func TestBootID(t *testing.T) {
	if id := bootID(); len(id) != 36 || bootID() != id {
		t.Errorf("the boot is %q, then %q", id, bootID())
	}
}

// full is a disk that is full from some time on.
type full struct {
	Files
	is atomic.Bool
}

func (f *full) Append(name string) (io.WriteCloser, error) {
	file, err := f.Files.Append(name)
	return fullFile{file, f}, err
}

type fullFile struct {
	io.WriteCloser
	disk *full
}

func (f fullFile) Write(data []byte) (int, error) {
	if f.disk.is.Load() {
		return 0, syscall.ENOSPC
	}
	return f.WriteCloser.Write(data)
}

// Before an intent is in the shard, the journal knows it: a crash in between
// leaves nobody unknown but who was in flight. And nobody is intended who can't be noted.
func TestJournalKnowsIntentsFirst(t *testing.T) {
	virtual(t, func(t *testing.T) {
		f := newFixture(t, 1, 300, smtptest.Script{})
		disk := &full{Files: directory(f.options.Journal)}
		f.options.Files, f.options.Boot = disk, "b1"
		last := 0
		f.store.seen = func(s *crier.DeliveryShard) {
			open, err := ledger.Open(&s.State)
			if err != nil || len(open) == 0 {
				return
			}
			if disk.is.Load() && open[len(open)-1] > last {
				t.Errorf("%v were intended after %d, with a full disk", open, last)
			}
			last = open[len(open)-1]
			entries, _, err := readJournal(disk, s.Name)
			if err != nil {
				t.Error(err)
			}
			state := *s.State.DeepCopy()
			err = ledger.Recover(&state, entries, "b1", time.Now())
			if err != nil || state.Totals.Unknown > int64(f.options.Connections) {
				t.Errorf("after a crash now: %v, %+v", err, state.Totals)
			}
			if s.State.Totals.Accepted > 100 {
				disk.is.Store(true)
			}
		}
		if err := f.run(t.Context()); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("ended with %v", err)
		}
		if n := f.sent(); n < 100 || n > 250 {
			t.Errorf("%d sent", n)
		}
	})
}
