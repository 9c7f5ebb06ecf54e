package sender

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/testing/apitest"
	"crier.dev/crier/internal/testing/smtptest"
)

const (
	envStore   = "SENDER_TEST_STORE"
	envOptions = "SENDER_TEST_OPTIONS"
)

var server *apitest.Server

// TestMain is a sender pod if it is told to: a process that can be killed.
func TestMain(m *testing.M) {
	if os.Getenv(envStore) == "" {
		os.Exit(apitest.Main(m, &server))
	}
	os.Exit(asPod())
}

func asPod() int {
	var options Options
	if err := json.Unmarshal([]byte(os.Getenv(envOptions)), &options); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := Run(ctx, remote(os.Getenv(envStore)), options, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	coded := Interrupted{}
	switch {
	case err == nil:
		return 0
	case errors.As(err, &coded):
		return coded.ExitCode()
	}
	return 1
}

// process starts a sender pod's container.
func (f *fixture) process(url string) *exec.Cmd {
	f.t.Helper()
	self, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	options, err := json.Marshal(f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	cmd := exec.CommandContext(f.t.Context(), self)
	cmd.Env = append(os.Environ(), envStore+"="+url, envOptions+"="+string(options))
	cmd.Stderr = f.log
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	return cmd
}

// slow makes each reply to a final dot wait.
func slow(d time.Duration) smtptest.Script {
	return smtptest.Script{Rules: []smtptest.Rule{{Phase: smtptest.Dot, Delay: smtptest.Duration(d)}}}
}

func (f *fixture) sent() int { return f.relay.Stats().Messages }

func TestKilledContainerKnowsWhatItDid(t *testing.T) {
	f := newRealFixture(t, 2, 100, slow(10*time.Millisecond))
	f.options.Connections = 3
	url := f.store.serve(t)
	kills := 0
	for target := 25; target < 150; target += 40 {
		pod := f.process(url)
		f.until("some are sent", func() bool { return f.sent() >= target })
		if err := pod.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = pod.Wait() // it was killed
		kills++
	}
	pod := f.process(url)
	if err := pod.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, f.log.text.String())
	}
	f.truth()
	totals := f.totals()
	if totals.Unknown > int64(kills*f.options.Connections) || totals.Accepted+totals.Unknown != 200 {
		t.Errorf("after %d kills with %d connections: %+v", kills, f.options.Connections, totals)
	}
	if epoch := f.state(0).Claim.Epoch; epoch < 2 {
		t.Errorf("epoch %d: nothing was killed in the middle", epoch)
	}
	f.noJournals()
}

func TestTerminatedProcess(t *testing.T) {
	f := newRealFixture(t, 1, 100, slow(40*time.Millisecond))
	pod := f.process(f.store.serve(t))
	f.until("some are sent", func() bool { return f.sent() >= 10 })
	if err := pod.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := pod.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Errorf("ended with %v, want exit code 143", err)
	}
	if totals := f.totals(); totals.Unknown > 0 || totals.Accepted == 0 || totals.Pending == 0 || totals.Accepted != int64(f.sent()) {
		t.Errorf("%+v, the relay has %d", totals, f.sent())
	}
	f.truth()
	f.noJournals()
}

func TestLostPodLeavesUnknowns(t *testing.T) {
	f := newRealFixture(t, 1, 200, slow(10*time.Millisecond))
	f.options.Timing.Renew = 5 * time.Second // what the journal knows isn't written before
	url := f.store.serve(t)
	pod := f.process(url)
	f.until("some are sent", func() bool { return f.sent() >= 30 })
	if err := pod.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = pod.Wait() // it was killed
	old := f.options.Journal
	f.options.Journal = t.TempDir()
	f.options.Holder = ledger.Holder{PodUID: "uid-new", PodName: "pod-new"}
	done := make(chan error, 1)
	go func() { done <- f.run(t.Context()) }()
	looked := f.store.looks()
	f.until("the new pod has looked more than once", func() bool { return f.store.looks() >= looked+3 })
	if f.state(0).Claim.PodUID != "uid-0" {
		t.Error("the new pod didn't wait for the claim to be released")
	}
	f.store.change(names.ShardName(record, attempt, 0), func(s *crier.DeliveryShardState) {
		if err := ledger.Release(s, 200, time.Now()); err != nil {
			t.Error(err)
		}
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f.truth()
	unknown := f.totals().Unknown
	if unknown == 0 || f.totals().Pending > 0 {
		t.Errorf("%+v, want some unknown and none pending", f.totals())
	}
	// The journal comes back late: what was sent is known after all.
	f.options.Journal = old
	f.options.Holder = ledger.Holder{PodUID: "uid-0", PodName: "pod-0"}
	f.mustRun()
	f.truth()
	if now := f.totals().Unknown; now >= unknown {
		t.Errorf("%d unknown with the journal, %d without", now, unknown)
	}
	f.noJournals()
}
