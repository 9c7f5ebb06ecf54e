package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// runner runs stages. All its fields belong to the goroutine of run.
type runner struct {
	states []*state
	logs   string
	out    io.Writer
	ended  chan *state
	began  time.Time
	told   time.Time // when the last line about what runs was printed
	struck int       // interrupts so far
}

// state is how far a stage is.
type state struct {
	stage
	phase   phase
	process *exec.Cmd
	err     error
	began   time.Time
	took    time.Duration
	cpu     time.Duration // of its processes, as far as they were waited for
	shown   int64         // octets of its output that are printed
}

type phase int

const (
	waiting phase = iota
	running
	succeeded
	failed
	skipped // since another one failed or all were interrupted
)

const (
	look      = 200 * time.Millisecond // at the output of the only stage that runs
	heartbeat = time.Minute            // between lines that say what runs
)

func newRunner(stages []stage, logs string, out io.Writer) *runner {
	r := &runner{logs: logs, out: out, ended: make(chan *state, len(stages))}
	for _, s := range stages {
		r.states = append(r.states, &state{stage: s})
	}
	return r
}

// run returns the exit code: 0, 1 when a stage failed, 130 after an interrupt.
func (r *runner) run(signals <-chan os.Signal) int {
	r.began, r.told = time.Now(), time.Now()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for r.startReady(); len(r.in(running)) > 0; r.startReady() {
		select {
		case s := <-r.ended:
			r.end(s)
		case <-ticker.C:
			r.follow()
		case <-signals:
			r.interrupt()
		}
	}
	return r.conclude()
}

// startReady starts every stage whose earlier ones are done.
func (r *runner) startReady() {
	for _, s := range r.in(waiting) {
		switch {
		case r.struck > 0 || r.any(s.after, failed, skipped):
			s.phase = skipped
		case !r.any(s.after, waiting, running):
			r.start(s)
		}
	}
}

// start runs the command in a process group of its own, so that an interrupt
// reaches all of it exactly once.
func (r *runner) start(s *state) {
	s.phase, s.began = running, time.Now()
	fmt.Fprintf(r.out, "==> %s started: %s\n", s.name, s.command)
	log, err := os.Create(r.log(s))
	if err == nil {
		defer log.Close()
		s.process = exec.Command("bash", "-c", s.command) //nolint:gosec // it is what we are for
		s.process.Stdout, s.process.Stderr = log, log
		s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		err = s.process.Start()
	}
	if err != nil {
		s.err, s.process = err, nil
		r.ended <- s
		return
	}
	go func() {
		s.err = s.process.Wait()
		r.ended <- s
	}()
}

func (r *runner) end(s *state) {
	s.phase, s.took = succeeded, time.Since(s.began)
	if s.err != nil {
		s.phase = failed
	}
	if s.process != nil {
		s.cpu = s.process.ProcessState.UserTime() + s.process.ProcessState.SystemTime()
	}
	r.show(s)
	fmt.Fprintf(r.out, "==> %s\n", s.verdict())
}

// interrupt passes the first one on, and kills at the second.
func (r *runner) interrupt() {
	r.struck++
	how := syscall.SIGINT
	if r.struck > 1 {
		how = syscall.SIGKILL
	}
	for _, s := range r.in(running) {
		if s.process != nil {
			_ = syscall.Kill(-s.process.Process.Pid, how)
		}
	}
	if r.struck == 1 {
		fmt.Fprintln(r.out, "==> interrupted: the stages that run clean up; once more ends them at once")
	}
}

// in lists the stages in a phase.
func (r *runner) in(p phase) []*state {
	var found []*state
	for _, s := range r.states {
		if s.phase == p {
			found = append(found, s)
		}
	}
	return found
}

// any tells whether one of the named stages is in one of the phases.
func (r *runner) any(names []string, phases ...phase) bool {
	for _, p := range phases {
		for _, s := range r.in(p) {
			for _, name := range names {
				if s.name == name {
					return true
				}
			}
		}
	}
	return false
}

func (r *runner) log(s *state) string { return filepath.Join(r.logs, s.name+".log") }
