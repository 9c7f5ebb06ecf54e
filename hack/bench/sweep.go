package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/bench/internal/chart"
	"crier.dev/crier/hack/bench/internal/rows"
)

func newSweep() *cobra.Command {
	f := &flags{}
	plots := []string{rows.PlotConnections, rows.PlotRoundTrips, rows.PlotRecipients}
	cmd := &cobra.Command{
		Use: "sweep", Short: "Measure what the plots show", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			results := &rows.Results{}
			if old, err := rows.Load(f.out); err == nil && old.Sweeps != nil {
				results.Sweeps = old.Sweeps // plots that aren't measured now stay
			} else {
				results.Sweeps = &rows.Sweeps{}
			}
			for _, plot := range plots {
				if err := rows.Sweep(cmd.Context(), f.options, plot, results.Sweeps); err != nil {
					return errors.Join(fmt.Errorf("plot %s: %w", plot, err), results.Save(f.out))
				}
			}
			fmt.Printf("\nAll figures: %s\n", f.out)
			return results.Save(f.out)
		},
	}
	f.add(cmd, "sweep.json")
	cmd.Flags().StringSliceVar(&plots, "plots", plots, "plots to measure")
	return cmd
}

func charts(s *rows.Sweeps) map[string]chart.Chart {
	if s == nil {
		return nil
	}
	out := map[string]chart.Chart{}
	if len(s.Connections) > 0 {
		out["connections"] = chart.Chart{
			Title: "Messages per second against connections, loopback", X: "connections", Y: "messages per second", LogX: true,
			Lines: lines(s.Connections, rows.LineCrier, rows.LineSource, rows.LineGomail),
		}
	}
	if len(s.RoundTrips) > 0 {
		out["roundtrips"] = chart.Chart{
			Title: "Messages per second against the round trip to the relay", X: "round trip in ms", Y: "messages per second", LogY: true,
			Lines: lines(s.RoundTrips, rows.LineCrier, rows.LineGomail),
		}
	}
	if len(s.Recipients) > 0 {
		out["time"] = chart.Chart{
			Title: "Time against recipients", X: "recipients", Y: "seconds", LogX: true, LogY: true,
			Lines: lines(s.Recipients, rows.LineSend, rows.LinePlan),
		}
		out["memory"] = chart.Chart{
			Title: "Memory (VmHWM) against recipients", X: "recipients", Y: "MiB", LogX: true,
			Lines: lines(s.Recipients, rows.LineManager, rows.LineSender),
		}
	}
	return out
}

func lines(points []rows.Point, names ...string) []chart.Line {
	var out []chart.Line
	for _, name := range names {
		line := chart.Line{Name: name}
		for _, p := range points {
			line.Points = append(line.Points, chart.Point{X: p.X, Y: p.Values[name]})
		}
		out = append(out, line)
	}
	return out
}
