package rows

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"crier.dev/crier/hack/bench/internal/postfix"
)

// referenceSaw is one run of a reference program.
type referenceSaw struct {
	Sink postfix.Result `json:"sink"`
	// CPU is the processor time of the client.
	CPU time.Duration `json:"cpuNanoseconds"`
}

func (s referenceSaw) perMessage() float64 {
	return float64(s.CPU.Microseconds()) / float64(s.Sink.Messages)
}

// source runs smtp-source with messages of the size that Crier's have.
func (l *Lab) source(ctx context.Context, messages, sessions int) (referenceSaw, error) {
	sink, err := l.tools.StartSink(ctx)
	if err != nil {
		return referenceSaw{}, err
	}
	defer sink.Close()
	var saw referenceSaw
	if saw.CPU, err = l.tools.Source(ctx, sink.Addr(), messages, sessions, l.size); err != nil {
		return saw, err
	}
	if saw.Sink, err = sink.Result(int64(messages)); err != nil {
		return saw, err
	}
	l.say("  smtp-source, %d sessions: %.0f/s, %.0f µs each; sink %.0f %% busy", sessions, saw.Sink.Rate, saw.perMessage(), 100*saw.Sink.Busy)
	return saw, nil
}

// gomail runs the program of package gomail as a process of its own.
func (l *Lab) gomail(ctx context.Context, messages, connections int, delay time.Duration) (referenceSaw, error) {
	sink, err := l.tools.StartSink(ctx)
	if err != nil {
		return referenceSaw{}, err
	}
	defer sink.Close()
	port := sink.Port
	if delay > 0 {
		far, err := l.startProxy(ctx, sink.Addr(), delay)
		if err != nil {
			return referenceSaw{}, err
		}
		defer far.close()
		port = far.port
	}
	cmd := exec.CommandContext(ctx, l.Self, "gomail", "--port", strconv.Itoa(port),
		"--messages", strconv.Itoa(messages), "--connections", strconv.Itoa(connections))
	if said, err := cmd.CombinedOutput(); err != nil {
		return referenceSaw{}, fmt.Errorf("go-mail: %w: %s", err, said)
	}
	saw := referenceSaw{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if saw.Sink, err = sink.Result(int64(messages)); err != nil {
		return saw, err
	}
	l.say("  go-mail: %.0f/s, %.0f µs each; sink %.0f %% busy", saw.Sink.Rate, saw.perMessage(), 100*saw.Sink.Busy)
	return saw, nil
}

// farAway is a proxy that runs as a process of its own.
type farAway struct {
	port int
	cmd  *exec.Cmd
	in   io.Closer
}

// startProxy puts a way of delay in each direction before an address.
func (l *Lab) startProxy(ctx context.Context, to string, delay time.Duration) (*farAway, error) {
	cmd := exec.CommandContext(ctx, l.Self, "proxy", "--to", to, "--delay", delay.String())
	in, err := cmd.StdinPipe() // its end is the end of the proxy
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &farAway{cmd: cmd, in: in}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		f.port, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		f.close()
		return nil, errors.Join(errors.New("the proxy doesn't start"), err)
	}
	return f, nil
}

func (f *farAway) close() {
	f.in.Close()
	_ = f.cmd.Wait() // nothing to learn from how it ended
}
