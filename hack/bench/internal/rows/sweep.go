package rows

import (
	"context"
	"fmt"
	"time"

	"crier.dev/crier/hack/bench/internal/operator"
)

// Sweeps are the measurements of the plots.
type Sweeps struct {
	Connections []Point `json:"connections,omitempty"`
	RoundTrips  []Point `json:"roundTrips,omitempty"`
	Recipients  []Point `json:"recipients,omitempty"`
}

// Point is one place of a plot: values by the name of their line.
type Point struct {
	X      float64            `json:"x"`
	Values map[string]float64 `json:"values"`
}

// Names of the lines.
const (
	LineCrier   = "Crier"
	LineGomail  = "go-mail"
	LineSource  = "smtp-source, one fixed message"
	LinePlan    = "plan and write down"
	LineSend    = "send"
	LineManager = "manager"
	LineSender  = "sender"
)

// Plots that can be measured.
const (
	PlotConnections = "connections"
	PlotRoundTrips  = "roundtrips"
	PlotRecipients  = "recipients"
)

// Sweep measures one of the plots.
func Sweep(ctx context.Context, o Options, plot string, s *Sweeps) error {
	var err error
	switch plot {
	case PlotConnections:
		_, err = inLab(ctx, o, func(l *Lab) (_ []Row, err error) {
			s.Connections, err = l.sweepConnections(ctx)
			return nil, err
		})
	case PlotRoundTrips:
		_, err = inLab(ctx, o, func(l *Lab) (_ []Row, err error) {
			s.RoundTrips, err = l.sweepRoundTrips(ctx)
			return nil, err
		})
	case PlotRecipients:
		s.Recipients, err = sweepRecipients(ctx, o)
	default:
		err = fmt.Errorf("there is no plot %q", plot)
	}
	return err
}

func (l *Lab) sweepConnections(ctx context.Context) ([]Point, error) {
	if err := l.sample(ctx, nil); err != nil {
		return nil, err
	}
	messages := max(sampled, l.Messages/5)
	var points []Point
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64} {
		l.say("%d connections", n)
		saw, err := l.crier(ctx, crierRun{messages: messages, connections: n})
		if err != nil {
			return points, err
		}
		gomail, err := l.gomail(ctx, messages, n, 0)
		if err != nil {
			return points, err
		}
		source, err := l.source(ctx, messages, n)
		if err != nil {
			return points, err
		}
		points = append(points, Point{X: float64(n), Values: map[string]float64{
			LineCrier: saw.Sink.Rate, LineGomail: gomail.Sink.Rate, LineSource: source.Sink.Rate,
		}})
	}
	return points, nil
}

func (l *Lab) sweepRoundTrips(ctx context.Context) ([]Point, error) {
	var points []Point
	for _, ms := range []int{0, 5, 10, 20, 40, 80} {
		l.say("a round trip of %d ms", ms)
		delay := time.Duration(ms) * time.Millisecond / 2
		messages := max(sampled, l.Messages/50)
		if ms < 10 {
			messages = max(sampled, l.Messages/20)
		}
		saw, err := l.crier(ctx, crierRun{messages: messages, connections: l.Connections, delay: delay})
		if err != nil {
			return points, err
		}
		gomail, err := l.gomail(ctx, messages, l.Connections, delay)
		if err != nil {
			return points, err
		}
		points = append(points, Point{X: float64(ms), Values: map[string]float64{
			LineCrier: saw.Sink.Rate, LineGomail: gomail.Sink.Rate,
		}})
	}
	return points, nil
}

// sweepRecipients takes a new Lab for each number: the manager's memory is
// its highest since it was started.
func sweepRecipients(ctx context.Context, o Options) ([]Point, error) {
	var points []Point
	for n := 10_000; n <= max(o.Large, 10_000); n *= 10 {
		_, err := inLab(ctx, o, func(l *Lab) ([]Row, error) {
			l.say("%d recipients", n)
			if _, _, err := operator.DeclarePeople(ctx, l.plane.Client, n); err != nil {
				return nil, err
			}
			saw, err := l.crier(ctx, crierRun{messages: n, connections: l.Connections})
			if err != nil {
				return nil, err
			}
			points = append(points, Point{X: float64(n), Values: map[string]float64{
				LinePlan: saw.Planned.Seconds(), LineSend: saw.Sink.Elapsed.Seconds(),
				LineManager: mib(l.manager.Peak()), LineSender: mib(saw.Senders.Peak),
			}})
			return nil, nil
		})
		if err != nil {
			return points, err
		}
	}
	return points, nil
}
