package rows

import (
	"context"
	"fmt"

	"crier.dev/crier/hack/bench/internal/operator"
	"crier.dev/crier/hack/bench/internal/sink"
	"crier.dev/crier/hack/bench/internal/work"
)

// sampled is how many messages are looked at one by one.
const sampled = 1000

// sample sends to a sink that keeps messages, and has every one of them
// checked. It also finds how large they are.
func (l *Lab) sample(ctx context.Context, keys []operator.Key) error {
	checked, err := l.sampleOf(ctx, crierRun{messages: sampled, connections: l.Connections, keys: keys}, nil)
	l.size = checked.Size
	return err
}

// sampleOf does the same with messages of any kind; file is what each has to
// have attached.
func (l *Lab) sampleOf(ctx context.Context, run crierRun, file []byte) (sink.Checked, error) {
	s, err := sink.Start(ctx, "127.0.0.1:0", run.messages)
	if err != nil {
		return sink.Checked{}, err
	}
	defer s.Close()
	saw, err := l.send(ctx, run, s.Port())
	if err != nil {
		return sink.Checked{}, err
	}
	lookup := func(domain string) ([]string, error) {
		for _, k := range run.keys {
			if domain == k.Selector+"._domainkey."+k.Domain {
				return []string{k.Record}, nil
			}
		}
		return nil, fmt.Errorf("no key at %s", domain)
	}
	checked, err := sink.Check(s.Kept(), sink.Want{Signatures: len(run.keys), Lookup: lookup, File: file})
	if err != nil {
		return checked, fmt.Errorf("sample: %w", err)
	}
	if checked.Messages != run.messages || s.Recipients() != int64(run.messages) {
		return checked, fmt.Errorf("sample: %d messages to %d recipients, not %d", checked.Messages, s.Recipients(), run.messages)
	}
	l.say("sample: %d messages of %d octets parse, to as many recipients; %d signatures hold", checked.Messages, checked.Size, checked.Signatures)
	return checked, l.finished(ctx, saw.Record, int64(run.messages))
}

// keys makes a key of each algorithm.
func keys(algorithms ...string) ([]operator.Key, error) {
	var out []operator.Key
	for _, algorithm := range algorithms {
		key, err := operator.NewKey(algorithm, domainOf(work.FromAddress))
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

func domainOf(address string) string {
	for i := range address {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return ""
}
