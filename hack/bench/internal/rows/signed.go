package rows

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/proc"
)

// signingTime is how long signatures are counted.
const signingTime = 5 * time.Second

// Ed25519 measures the row of that name: signed and unsigned runs alternate.
func (l *Lab) Ed25519(ctx context.Context) (Row, error) {
	signing, err := keys(operator.Ed25519)
	if err != nil {
		return Row{}, err
	}
	if err := l.sample(ctx, signing); err != nil {
		return Row{}, err
	}
	var signed, plain []crierSaw
	for round := range l.Rounds {
		l.say("round %d of %d, unsigned and with Ed25519, %d messages each", round+1, l.Rounds, l.Messages)
		saw, err := l.crier(ctx, crierRun{messages: l.Messages, connections: l.Connections})
		if err != nil {
			return Row{}, err
		}
		plain = append(plain, saw)
		if saw, err = l.crier(ctx, crierRun{messages: l.Messages, connections: l.Connections, keys: signing}); err != nil {
			return Row{}, err
		}
		signed = append(signed, saw)
	}
	rate, against := proc.Median(crierRates(signed)), proc.Median(crierRates(plain))
	return Row{
		Name: "ed25519", Work: l.onLoopback() + ", signed with Ed25519", Against: "unsigned",
		Subject: perSecond(rate), Reference: perSecond(against), Ratio: rate / against, Bar: Bar{AtLeast: 0.75},
		Runs: map[string]any{"signed": signed, "unsigned": plain},
	}, nil
}

// RSA2048 measures the row of that name. A signature takes more time than all
// the rest of a message, so that fewer messages do.
func (l *Lab) RSA2048(ctx context.Context) (Row, error) {
	signing, err := keys(operator.RSA2048)
	if err != nil {
		return Row{}, err
	}
	if err := l.sample(ctx, signing); err != nil {
		return Row{}, err
	}
	messages := max(sampled, l.Messages/5)
	var runs []crierSaw
	var reference []float64
	for round := range l.Rounds {
		l.say("round %d of %d with RSA-2048, %d messages", round+1, l.Rounds, messages)
		saw, err := l.crier(ctx, crierRun{messages: messages, connections: l.Connections, keys: signing})
		if err != nil {
			return Row{}, err
		}
		runs = append(runs, saw)
		rate, err := signatures(signingTime)
		if err != nil {
			return Row{}, err
		}
		l.say("  crypto/rsa on all cores: %.0f signatures/s", rate)
		reference = append(reference, rate)
	}
	rate, against := proc.Median(crierRates(runs)), proc.Median(reference)
	return Row{
		Name: "rsa2048", Work: "the same messages signed with RSA-2048, fewer of them", Against: "crypto/rsa signing on all cores",
		Subject: perSecond(rate), Reference: perSecond(against), Ratio: rate / against, Bar: Bar{AtLeast: 0.75},
		Runs: map[string]any{"crier": runs, "signaturesPerSecond": reference},
	}, nil
}

// signatures is how many RSA-2048 signatures a second all cores make.
func signatures(during time.Duration) (float64, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256([]byte("a header"))
	var count atomic.Int64
	var failed atomic.Pointer[error]
	var group sync.WaitGroup
	start := time.Now()
	for range runtime.NumCPU() {
		group.Go(func() {
			for time.Since(start) < during && failed.Load() == nil {
				if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
					failed.Store(&err)
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(start).Seconds(), nil
}
