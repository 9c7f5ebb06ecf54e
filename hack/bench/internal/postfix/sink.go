package postfix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"crier.dev/crier/hack/bench/internal/proc"
)

// look is how often the sink's counters are read: it bounds how exact the
// times of the first and the last message are.
const look = 5 * time.Millisecond

// stall is how long nothing has to come for the time to count as stalled.
const stall = 50 * time.Millisecond

// Sink is a running smtp-sink on loopback. It counts what it gets; the times
// of the first and the last message are taken from its counters.
type Sink struct {
	// Port on 127.0.0.1.
	Port int

	cmd    *exec.Cmd
	out    *os.File
	stop   context.CancelFunc
	looker sync.WaitGroup

	mu          sync.Mutex
	messages    int64
	firstCount  int64
	first, last time.Time
	cpuAtFirst  time.Duration
	stalled     time.Duration
}

// StartSink starts a sink and waits until it listens.
func (t *Tools) StartSink(ctx context.Context) (*Sink, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	out, err := os.CreateTemp("", "crier-bench-sink-")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Sink{Port: port, out: out, stop: stop}
	args := []string{"-c", "-m", "1000", "127.0.0.1:" + strconv.Itoa(port), "1000"}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...) // it asks for that when run by root
	}
	s.cmd = exec.CommandContext(ctx, t.path("smtp-sink"), args...)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = t.environment(), out, os.Stderr
	if err := s.cmd.Start(); err != nil {
		stop()
		return nil, err
	}
	s.looker.Go(func() { s.watch(ctx) })
	if err := s.await(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *Sink) await() error {
	for range 200 {
		conn, err := net.DialTimeout("tcp", s.Addr(), time.Second) //nolint:noctx // has a time-out
		if err == nil {
			return conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("smtp-sink doesn't listen")
}

// Addr is where it listens.
func (s *Sink) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

func (s *Sink) watch(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n, err := s.read()
		if err == nil {
			s.note(n, time.Now())
		}
	}
}

func (s *Sink) note(n int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n == s.messages {
		return
	}
	if s.messages == 0 {
		s.first, s.firstCount = now, n
		s.cpuAtFirst, _ = proc.CPU(s.cmd.Process.Pid) // 0 is near enough
	}
	if gap := now.Sub(s.last); s.messages > 0 && gap > stall {
		s.stalled += gap
	}
	s.messages, s.last = n, now
}

// read reads the last counters that smtp-sink wrote.
func (s *Sink) read() (int64, error) {
	info, err := s.out.Stat()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, min(info.Size(), 128))
	if _, err := s.out.ReadAt(buf, info.Size()-int64(len(buf))); err != nil {
		return 0, err
	}
	return parseCounters(buf)
}

// parseCounters reads the last whole "sess=1 quit=1 mesg=5" of the text, each
// of which ends with a carriage return.
func parseCounters(text []byte) (int64, error) {
	end := bytes.LastIndexByte(text, '\r')
	if end < 0 {
		return 0, errors.New("no counters yet")
	}
	at := bytes.LastIndex(text[:end], []byte("mesg="))
	if at < 0 {
		return 0, errors.New("no counters yet")
	}
	return strconv.ParseInt(string(bytes.TrimSpace(text[at+len("mesg="):end])), 10, 64)
}

// Messages is how many it has got.
func (s *Sink) Messages() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages
}

// Result is what a sink saw.
type Result struct {
	Messages int64
	// Elapsed is the time from the first to the last message, to 5 ms.
	Elapsed time.Duration
	// Stalled is the part of it in which nothing came for longer than 50 ms.
	Stalled time.Duration
	// Rate is messages per second in that time.
	Rate float64
	// Busy is the share of that time that the sink itself was running: near
	// 1, a single-threaded sink is what limits the rate.
	Busy float64
}

// Result waits a moment for the counters to settle and reads them.
func (s *Sink) Result(want int64) (Result, error) {
	for range 100 {
		if s.Messages() >= want {
			break
		}
		time.Sleep(2 * look)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Result{Messages: s.messages, Elapsed: s.last.Sub(s.first), Stalled: s.stalled}
	if s.messages != want {
		return r, fmt.Errorf("smtp-sink got %d messages, not %d", s.messages, want)
	}
	if seconds := r.Elapsed.Seconds(); seconds > 0 {
		r.Rate = float64(s.messages-s.firstCount) / seconds
		cpu, err := proc.CPU(s.cmd.Process.Pid)
		if err != nil {
			return r, err
		}
		r.Busy = (cpu - s.cpuAtFirst).Seconds() / seconds
	}
	return r, nil
}

// Close ends the sink.
func (s *Sink) Close() {
	s.stop()
	s.looker.Wait()
	_ = s.cmd.Wait() // it was killed
	s.out.Close()
	_ = os.Remove(s.out.Name())
}
