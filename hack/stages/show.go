package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// show prints what of a stage's output isn't printed yet.
func (r *runner) show(s *state) {
	log, err := os.Open(r.log(s))
	if err != nil {
		return
	}
	defer log.Close()
	if s.shown == 0 {
		if info, err := log.Stat(); err != nil || info.Size() == 0 {
			return
		}
		fmt.Fprintf(r.out, "==> %s: its output\n", s.name)
	}
	if _, err := log.Seek(s.shown, io.SeekStart); err == nil {
		n, _ := io.Copy(r.out, log)
		s.shown += n
	}
}

// follow prints the output of a stage that runs alone, as nothing can mix with
// it any more, and otherwise says from time to time what runs.
func (r *runner) follow() {
	now := r.in(running)
	if len(now) == 1 {
		r.show(now[0])
		return
	}
	if time.Since(r.told) < heartbeat {
		return
	}
	r.told = time.Now()
	words := make([]string, 0, len(now))
	for _, s := range now {
		words = append(words, s.name+" since "+minutes(time.Since(s.began)))
	}
	fmt.Fprintf(r.out, "    %s: %s (output so far in %s)\n", minutes(time.Since(r.began)), strings.Join(words, ", "), r.logs)
}

// conclude lists all stages, the failed ones last, with the place of their output.
func (r *runner) conclude() int {
	fmt.Fprintf(r.out, "==> all stages, %s:\n", minutes(time.Since(r.began)))
	for _, p := range []phase{succeeded, skipped, failed} {
		for _, s := range r.in(p) {
			fmt.Fprintf(r.out, "    %s\n", s.verdict())
		}
	}
	bad := r.in(failed)
	for _, s := range bad {
		fmt.Fprintf(r.out, "==> %s failed: its output is above, after \"==> %s: its output\", and in %s\n", s.name, s.name, r.log(s))
	}
	switch {
	case r.struck > 0:
		return 130
	case len(bad) > 0:
		return 1
	}
	return 0
}

// verdict is one line about a stage that ended or was not run.
func (s *state) verdict() string {
	switch s.phase {
	case skipped:
		return s.name + ": not run"
	case failed:
		return fmt.Sprintf("%s: FAILED (%v), %s", s.name, s.err, minutes(s.took))
	}
	return fmt.Sprintf("%s: ok, %s, processor time %s", s.name, minutes(s.took), minutes(s.cpu))
}

// minutes writes a time as 3m07s.
func minutes(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}
