package rows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crier.dev/crier/hack/bench/internal/plane"
	"crier.dev/crier/hack/bench/internal/proc"
)

// sessions that smtp-source is tried with; its best counts.
var sessions = []int{4, 10, 16}

// speed is all runs on loopback: each round has one of each, so that what
// else the machine does falls on all of them.
type speed struct {
	Crier  []crierSaw
	Source map[int][]referenceSaw
	Gomail []referenceSaw
}

// Speed measures the rows loopback, gomail, gomail_cpu and writes, those of
// them that are wanted.
func (l *Lab) Speed(ctx context.Context, want func(string) bool) ([]Row, error) {
	if err := l.sample(ctx, nil); err != nil {
		return nil, err
	}
	s := &speed{Source: map[int][]referenceSaw{}}
	for round := range l.Rounds {
		l.say("round %d of %d on loopback, %d messages each", round+1, l.Rounds, l.Messages)
		if err := l.round(ctx, s, want); err != nil {
			return nil, err
		}
	}
	var rows []Row
	for name, build := range map[string]func(*Lab) Row{
		"loopback": s.loopback, "gomail": s.gomail, "gomail_cpu": s.gomailCPU, "writes": s.writes,
	} {
		if want(name) {
			rows = append(rows, build(l))
		}
	}
	return rows, nil
}

func (l *Lab) round(ctx context.Context, s *speed, want func(string) bool) error {
	saw, err := l.crier(ctx, crierRun{messages: l.Messages, connections: l.Connections})
	if err != nil {
		return err
	}
	s.Crier = append(s.Crier, saw)
	if want("loopback") {
		for _, n := range sessions {
			saw, err := l.source(ctx, l.Messages, n)
			if err != nil {
				return err
			}
			s.Source[n] = append(s.Source[n], saw)
		}
	}
	if want("gomail") || want("gomail_cpu") {
		saw, err := l.gomail(ctx, l.Messages, l.Connections, 0)
		if err != nil {
			return err
		}
		s.Gomail = append(s.Gomail, saw)
	}
	return nil
}

func crierRates(all []crierSaw) []float64 {
	return each(all, func(s crierSaw) float64 { return s.Sink.Rate })
}

func referenceRates(all []referenceSaw) []float64 {
	return each(all, func(s referenceSaw) float64 { return s.Sink.Rate })
}

func each[T any](all []T, value func(T) float64) []float64 {
	var out []float64
	for _, v := range all {
		out = append(out, value(v))
	}
	return out
}

func perSecond(v float64) string { return fmt.Sprintf("%.0f/s", v) }

func (l *Lab) onLoopback() string {
	return fmt.Sprintf("%d messages of %d octets, %d connections, loopback", l.Messages, l.size, l.Connections)
}

func (s *speed) loopback(l *Lab) Row {
	best, at := 0.0, 0
	for _, n := range sessions {
		if rate := proc.Median(referenceRates(s.Source[n])); rate > best {
			best, at = rate, n
		}
	}
	rate := proc.Median(crierRates(s.Crier))
	return Row{
		Name: "loopback", Work: l.onLoopback(), Against: fmt.Sprintf("smtp-source, %d sessions", at),
		Subject: perSecond(rate), Reference: perSecond(best), Ratio: rate / best, Bar: Bar{AtLeast: 1},
		Notes: s.notes(), Runs: map[string]any{"crier": s.Crier, "smtpSource": s.Source},
	}
}

// notes say who else used the processor, and what the sink had left.
func (s *speed) notes() []string {
	last := s.Crier[len(s.Crier)-1]
	return []string{
		fmt.Sprintf("%d sender pod(s); messagesPerConnection is the Relay's default", last.Senders.Pods),
		fmt.Sprintf("processor time in the last run: senders %v, smtp-sink %.0f %% of one core, etcd %v, kube-apiserver %v, manager %v",
			last.Senders.CPU, 100*last.Sink.Busy, last.Plane.Etcd, last.Plane.APIServer, last.Manager),
		fmt.Sprintf("of the %.1f s from the first to the last message of that run, nothing came in %.1f s, in pauses of more than 50 ms",
			last.Sink.Elapsed.Seconds(), last.Sink.Stalled.Seconds()),
		fmt.Sprintf("every run counted to the last message by smtp-sink and by the record; %.1f s from the Broadcast to recipients written down, %.1f s to the first sender",
			last.Planned.Seconds(), last.Started.Seconds()),
	}
}

func (s *speed) gomail(l *Lab) Row {
	rate, reference := proc.Median(crierRates(s.Crier)), proc.Median(referenceRates(s.Gomail))
	return Row{
		Name: "gomail", Work: l.onLoopback(), Against: "go-mail, same templates",
		Subject: perSecond(rate), Reference: perSecond(reference), Ratio: rate / reference, Bar: Bar{AtLeast: 1.8},
		Runs: map[string]any{"gomail": s.Gomail},
	}
}

func (s *speed) gomailCPU(l *Lab) Row {
	subject := proc.Median(each(s.Crier, crierSaw.perMessage))
	reference := proc.Median(each(s.Gomail, referenceSaw.perMessage))
	return Row{
		Name: "gomail_cpu", Work: l.onLoopback(), Against: "go-mail, same templates",
		Subject: fmt.Sprintf("%.0f µs", subject), Reference: fmt.Sprintf("%.0f µs", reference),
		Ratio: subject / reference, Bar: Bar{AtMost: 0.55},
	}
}

// counted are the resources that Crier writes to. Pods and Jobs are written
// to by what stands for Kubernetes here.
var counted = []string{"deliveryshards", "deliveryrecords", "broadcasts", "secrets", "configmaps", "events", "leases"}

func (s *speed) writes(l *Lab) Row {
	var all []float64
	sum := plane.Writes{}
	for _, saw := range s.Crier {
		var n int64
		for _, resource := range counted {
			n += saw.Writes[resource]
		}
		all = append(all, float64(n))
		for resource, n := range saw.Writes {
			sum[resource] += n
		}
	}
	per := proc.Median(all) * 1000 / float64(l.Messages)
	var parts []string
	for _, resource := range slices.Sorted(maps.Keys(sum)) {
		parts = append(parts, fmt.Sprintf("%s %.2f", resource, float64(sum[resource])*1000/float64(l.Messages*len(s.Crier))))
	}
	return Row{
		Name: "writes", Work: "API writes per 1,000 recipients while sending", Against: "none",
		Subject: fmt.Sprintf("%.1f", per), Reference: "-", Ratio: per, Bar: Bar{AtMost: 15},
		Notes: []string{"per 1,000 by resource (pods and jobs are the bench's own): " + strings.Join(parts, ", ")},
	}
}
